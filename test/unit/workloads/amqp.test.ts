import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { create_container, message, type Container, type EventContext } from "rhea";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectAmqp } from "../../../workloads/shared/amqp";
import type { BrokerConnection } from "../../../workloads/shared/config";
import type { Delivery, Session } from "../../../workloads/shared/protocol";
import { MemorySpool } from "./memory-spool";

const PASSWORD = "pässwörd-12345";
let broker: Container;
let server: Server;
/** Login, and what the connection was opened with. */
let seen: { user?: string; password?: string; hostname?: unknown };
/** Connections that a test has opened. */
let sessions: Session[] = [];

beforeEach(async () => {
  seen = {};
  broker = create_container({ id: "broker" });
  const mechanisms = broker.sasl_server_mechanisms as {
    enable_plain(check: (user: string, password: string) => boolean): void;
  };
  mechanisms.enable_plain((user, password) => {
    seen = { ...seen, user, password };
    return password === PASSWORD;
  });
  broker.on("connection_open", ({ connection }: EventContext) => {
    seen.hostname = connection.hostname;
  });
  broker.on("disconnected", () => undefined);
  server = broker.listen({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
});
afterEach(async () => {
  await Promise.all(sessions.map((session) => session.close()));
  sessions = [];
  server.close();
});

async function connect(
  changes: Partial<BrokerConnection> = {},
  { password = PASSWORD, heartbeatMs = 0, timeoutMs = 5_000 } = {},
): Promise<Session> {
  const session = await connectAmqp({
    broker: {
      protocol: "amqp",
      host: "127.0.0.1",
      port: (server.address() as AddressInfo).port,
      vhost: "/",
      user: "kermit",
      passwordFile: "unread",
      ...changes,
    },
    password,
    timeoutMs,
    heartbeatMs,
  });
  sessions.push(session);
  return session;
}

/** Subscribes; what comes is in the result. */
async function subscribe(session: Session, prefetch = 10): Promise<Delivery<MemorySpool>[]> {
  const deliveries: Delivery<MemorySpool>[] = [];
  await session.subscribe<MemorySpool>({
    source: "queue",
    prefetch,
    maxBytes: 1_000,
    spool: () => new MemorySpool(),
    onDelivery: (delivery) => deliveries.push(delivery),
  });
  return deliveries;
}

/** Lets the broker and the session exchange what they have to say. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const textOf = (delivery?: Delivery<MemorySpool>): string => (delivery?.body as Buffer).toString();

const reason = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "none",
    (error: unknown) => (error as Error).message,
  );

test("the login is the user and the password as they are, and only that", async () => {
  await connect();
  expect(seen).toStrictEqual({ user: "kermit", password: PASSWORD, hostname: "127.0.0.1" });
  expect(await reason(connect({}, { password: "secret-and-wrong" }))).toBe(
    "the broker refuses the user kermit or its password",
  );
});

test("a virtual host is in the connection's host name", async () => {
  await connect({ vhost: "grün" });
  expect(seen.hostname).toBe("vhost:grün");
});

test("what is sent is durable, with headers as texts and the body as data", async () => {
  const received: unknown[] = [];
  broker.on("message", ({ message: sent }: EventContext) => received.push(sent));
  const session = await connect();
  await session.send("target", new Map([["mq-file", "a\nb"]]), Buffer.from([0, 255]));
  expect(received).toMatchObject([
    {
      durable: true,
      application_properties: { "mq-file": "a\nb" },
      body: { typecode: 0x75, content: Buffer.from([0, 255]) },
    },
  ]);
});

test("more messages than the library holds wait for their turn, in their order", async () => {
  const received: string[] = [];
  broker.on("message", ({ message: sent }: EventContext) => {
    received.push(String((sent?.body as { content: Buffer }).content));
  });
  const session = await connect();
  const bodies = Array.from({ length: 5_000 }, (_, index) => String(index));
  await Promise.all(bodies.map((body) => session.send("target", new Map(), Buffer.from(body))));
  expect(received).toStrictEqual(bodies);
});

test("a message that the broker rejects is refused with its words; the next one is not", async () => {
  let first = true;
  broker.on("receiver_open", ({ receiver }: EventContext) => {
    (receiver as unknown as { observers: { removeAllListeners(event: string): void } }).observers
      // The library accepts by itself.
      .removeAllListeners("message");
    receiver?.add_credit(10);
  });
  broker.on("message", ({ delivery }: EventContext) => {
    if (first) delivery?.reject({ condition: "amqp:resource-limit-exceeded", description: "full" });
    else delivery?.accept();
    first = false;
  });
  const session = await connect();
  const send = () => session.send("target", new Map(), Buffer.from("x"));
  expect(await reason(send())).toBe(
    "the broker has not accepted it: rejected: amqp:resource-limit-exceeded: full",
  );
  expect(await reason(send())).toBe("none");
});

test("a link that the broker refuses ends the session with its reason", async () => {
  const refuse = { condition: "amqp:unauthorized-access", description: "not\n yours" };
  broker.on("receiver_open", ({ receiver }: EventContext) => receiver?.close(refuse));
  broker.on("sender_open", ({ sender }: EventContext) => sender?.close(refuse));
  const refused = "amqp:unauthorized-access: not yours";
  const sending = await connect();
  expect(await reason(sending.send("target", new Map(), Buffer.alloc(0)))).toBe(refused);
  const receiving = await connect();
  await subscribe(receiving).catch(() => undefined);
  expect((await receiving.closed)?.message).toBe(refused);
});

test("F25: a subscription that the broker closes ends the session with its reason", async () => {
  let link: EventContext["sender"];
  broker.on("sender_open", ({ sender }: EventContext) => (link = sender));
  const session = await connect();
  await subscribe(session);
  link?.close({ condition: "amqp:resource-deleted", description: "queue is gone" });
  expect((await session.closed)?.message).toBe("amqp:resource-deleted: queue is gone");
});

test("credit comes back as acknowledgements go, all up to the one that is named", async () => {
  const settled: string[] = [];
  let sent = 0;
  broker.on("sendable", ({ sender }: EventContext) => {
    while (sender?.sendable() && sent < 25) {
      sender.send({ body: message.data_section(Buffer.from(String((sent += 1)))) as unknown });
    }
  });
  broker.on("accepted", ({ delivery }: EventContext) => settled.push(String(delivery?.id)));
  const session = await connect();
  const deliveries = await subscribe(session, 10);
  await until(() => deliveries.length === 10);
  expect(deliveries.map(textOf)).toStrictEqual(
    Array.from({ length: 10 }, (_, index) => String(index + 1)),
  );
  session.acknowledge("no such tag");
  session.acknowledge(deliveries[3]?.tag ?? "");
  await until(() => deliveries.length === 14);
  expect(settled).toStrictEqual(["0", "1", "2", "3"]);
  session.acknowledge(deliveries[2]?.tag ?? "");
  session.acknowledge(deliveries[13]?.tag ?? "");
  await until(() => deliveries.length === 24);
  expect(settled).toHaveLength(14);
});

test("a message in many pieces is whole; a large one is spooled, the next one comes behind it", async () => {
  const large = Buffer.alloc(1_000_000, "0123456789");
  broker.once("sendable", ({ sender }: EventContext) => {
    for (const body of [large, Buffer.from("next")]) {
      sender?.send({
        application_properties: { a: "1" },
        body: message.data_section(body) as unknown,
      });
    }
  });
  const session = await connect();
  const deliveries = await subscribe(session);
  await until(() => deliveries.length === 2);
  const [first, next] = deliveries;
  const spooled = first?.body as MemorySpool;
  expect(Buffer.concat(spooled.parts).equals(large)).toBe(true);
  expect(textOf(next)).toBe("next");
  expect(Object.fromEntries(next?.headers ?? [])).toStrictEqual({ a: "1" });
});

test("a paused session takes nothing more, and lives on", async () => {
  let sender: EventContext["sender"];
  broker.on("sender_open", (context: EventContext) => (sender = context.sender));
  const session = await connect({}, { heartbeatMs: 50 });
  const deliveries = await subscribe(session);
  session.pause();
  sender?.send({ body: message.data_section(Buffer.from("1")) as unknown });
  // Longer than a silent broker is waited for.
  await new Promise((resolve) => setTimeout(resolve, 400));
  sender?.send({ body: message.data_section(Buffer.from("2")) as unknown });
  expect(deliveries.length).toBeLessThan(2);
  session.resume();
  await until(() => deliveries.length === 2);
});
