import { connect, type ChannelModel } from "amqplib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Outputs } from "../../tools/lib/outputs";
import { TestStack } from "../support/stack";

type Operation = "send" | "receive" | "declare";

/** Queues of one vhost; each name is a prefix, a suffix or a regex' match of another. */
const queues = ["kermit.inventory", "kermit.log", "kermit.log2", "xkermitXlog", "kermitXlog"];

/** Who may do what: what is not here has to be refused. */
const grants: Record<string, Partial<Record<"send" | "receive" | "manage", string[]>>> = {
  sender: { send: ["kermit.inventory", "kermit.log"] },
  "log-sender": { send: ["kermit.log"] },
  receiver: { receive: ["kermit.inventory", "kermit.log"] },
  "log-receiver": { receive: ["kermit.log"] },
  both: { send: ["kermit.inventory"], receive: ["kermit.log2"] },
  manager: { manage: ["kermit.log"] },
  nobody: {},
};

const operations: readonly Operation[] = ["send", "receive", "declare"];
const allowed = (user: string, operation: Operation, queue: string): boolean => {
  const { send = [], receive = [], manage = [] } = grants[user] ?? {};
  // To bind, a manager needs write and read, which RabbitMQ cannot tell from send and receive.
  if (manage.includes(queue)) return true;
  return operation !== "declare" && { send, receive }[operation].includes(queue);
};

let stack: TestStack;
let url: (user: string) => string;

beforeAll(async () => {
  stack = await TestStack.create("liveaccess", (values) => {
    values["mq:queues"] = Object.fromEntries(queues.map((queue) => [queue, {}]));
    values["mq:users"] = {
      ...grants,
      "kermit-sender": { client: "kermit", send: ["kermit.inventory", "kermit.log"] },
      "kermit-receiver": { client: "kermit", receive: ["kermit.inventory", "kermit.log"] },
    };
    Object.assign(values, { "mq:collectors": {}, "mq:senders": {} });
  });
  await stack.expect(0, "up", "--yes");
  const { clients, endpoints } = await stack.outputs<
    Outputs & { clients: Record<string, { password: string }> }
  >();
  url = (user) =>
    `amqp://${user}:${clients[user]?.password ?? ""}@127.0.0.1:${String(endpoints.amqp?.port)}/%2F`;
});

afterAll(async () => {
  await stack.dispose();
});

/** Whether the broker lets a user do something; any answer but 403 ACCESS_REFUSED or success is an error. */
async function attempt(
  connection: ChannelModel,
  operation: Operation,
  queue: string,
): Promise<boolean> {
  switch (operation) {
    case "send": {
      // By the exchange of the queue, and by the default exchange: neither may be a way around.
      const ways = [queue, ""].map((exchange) => publish(connection, exchange, queue));
      return (await Promise.all(ways)).includes(true);
    }
    case "receive":
      return onChannel(connection, async (channel) => {
        await channel.get(queue, { noAck: true });
      });
    case "declare":
      return onChannel(connection, async (channel) => {
        await channel.assertQueue(queue, { durable: true });
      });
  }
}

async function onChannel(
  connection: ChannelModel,
  work: (channel: Awaited<ReturnType<ChannelModel["createConfirmChannel"]>>) => Promise<void>,
): Promise<boolean> {
  const channel = await connection.createConfirmChannel();
  const refused = new Promise<boolean>((resolve, reject) => {
    channel.on("error", (error: Error & { code?: number }) => {
      if (error.code === 403) resolve(false);
      else reject(error);
    });
  });
  const done = work(channel).then(
    () => true,
    () => refused,
  );
  const result = await Promise.race([done, refused]);
  if (result) await channel.close();
  return result;
}

/** Whether a message gets into a queue this way. */
async function publish(
  connection: ChannelModel,
  exchange: string,
  queue: string,
): Promise<boolean> {
  let returned = false;
  const accepted = await onChannel(connection, async (channel) => {
    channel.on("return", () => (returned = true));
    channel.publish(exchange, queue, Buffer.from("x"), { mandatory: true });
    await channel.waitForConfirms();
  });
  return accepted && !returned;
}

describe("the broker allows what is granted and refuses everything else", () => {
  for (const user of Object.keys(grants)) {
    test(`K12: ${user}: every operation on every queue`, async () => {
      if (Object.keys(grants[user] ?? {}).length === 0) {
        await expect(connect(url(user))).rejects.toThrow(/got <ConnectionClose/);
        return;
      }
      const connection = await connect(url(user));
      connection.on("error", () => {});
      const cells: Record<string, boolean> = {};
      const expected: Record<string, boolean> = {};
      for (const operation of operations) {
        for (const queue of queues) {
          cells[`${operation} ${queue}`] = await attempt(connection, operation, queue);
          expected[`${operation} ${queue}`] = allowed(user, operation, queue);
        }
      }
      await connection.close();
      expect(cells).toEqual(expected);
    });
  }

  test("K12: Kermit's own software: the sender cannot read, the receiver cannot publish", async () => {
    const sender = await connect(url("kermit-sender"));
    const receiver = await connect(url("kermit-receiver"));
    for (const connection of [sender, receiver]) connection.on("error", () => {});
    expect(await attempt(sender, "declare", "kermit.log")).toBe(true);
    expect(await publish(sender, "", "kermit.log")).toBe(true);
    expect(await attempt(sender, "receive", "kermit.log")).toBe(false);
    expect(await attempt(receiver, "declare", "kermit.log")).toBe(true);
    expect(await attempt(receiver, "receive", "kermit.log")).toBe(true);
    expect(await attempt(receiver, "send", "kermit.log")).toBe(false);
    expect(await attempt(receiver, "receive", "kermit.log2")).toBe(false);
    expect(await attempt(sender, "declare", "kermit.log2")).toBe(false);
    await Promise.all([sender.close(), receiver.close()]);
  });

  test("a wrong password and the user guest are refused", async () => {
    const wrong = url("sender").replace(/:[^:@/]+@/, ":wrong@");
    const guest = url("sender").replace(/\/\/[^@]+@/, "//guest:guest@");
    await expect(connect(wrong)).rejects.toThrow(/403|ACCESS.REFUSED/i);
    await expect(connect(guest)).rejects.toThrow(/403|ACCESS.REFUSED/i);
  });
});
