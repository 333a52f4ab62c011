import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Outputs } from "../../tools/lib/outputs";
import { cellsOf, queues, users } from "../support/access-cases";
import { logsIn, whatIsAllowed, type Login } from "../support/access-probe";
import { TestStack } from "../support/stack";

let stack: TestStack;
let login: (user: string) => Login;

beforeAll(async () => {
  stack = await TestStack.create("liveaccess", (values) => {
    values["mq:queues"] = Object.fromEntries(queues.map(({ name }) => [name, {}]));
    values["mq:users"] = Object.fromEntries(users.map(({ name, ...grants }) => [name, grants]));
    Object.assign(values, { "mq:collectors": {}, "mq:senders": {} });
  });
  await stack.expect(0, "up", "--yes");
  const { clients, endpoints } = await stack.outputs<
    Outputs & { clients: Record<string, { password: string }> }
  >();
  login = (user) => ({
    port: Number(endpoints.amqp?.port),
    user,
    password: clients[user]?.password ?? "",
  });
});

afterAll(async () => {
  await stack.dispose();
});

describe("through the management API: the broker allows what is granted and refuses everything else", () => {
  test.each(users)("K12: $name: every operation on every queue", async ({ name, client }) => {
    expect(await whatIsAllowed(login(name), client)).toStrictEqual(cellsOf(name));
  });

  test("a wrong password and the user guest are refused", async () => {
    const { port } = login("sender");
    expect(await logsIn({ port, user: "sender", password: "wrong" })).toBe(false);
    expect(await logsIn({ port, user: "guest", password: "guest" })).toBe(false);
  });
});
