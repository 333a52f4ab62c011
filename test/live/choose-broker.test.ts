import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestStack } from "../support/stack";

const name = "livechoose";
let stack: TestStack;
let file: string;

/** Runs `npm start` on the stack. */
const start = (...args: string[]) => stack.command("start", ["--stack", name, ...args]).result();

beforeAll(async () => {
  stack = await TestStack.create(name);
  file = readFileSync(stack.workspace.stackFile, "utf8");
});

afterAll(async () => {
  await stack.dispose();
});

test("a broker that there is not is refused, and the others are named", async () => {
  expect(await start("--broker", "zeromq")).toEqual({
    code: 1,
    output: "mq: --broker zeromq: the brokers are: rabbitmq, activemq, artemis\n",
  });
});

test("npm start -- --broker artemis brings up that broker, and a file and a log arrive through it", async () => {
  const { code, output } = await start("--broker", "artemis");
  expect(output).toMatch(/\+ +mq:index:HostsArtemis +broker +creat/);
  expect(output).toMatch(/kermit\.inventory\/[0-9a-f]{32}-inventory\.json\n/);
  expect(output).toMatch(/kermit\.log\/[0-9a-f]{32}-start\.log\n/);
  expect(output).not.toContain("destroys it first");
  expect(code).toBe(0);
});

test("without --broker it stays with the one that was chosen; the stack file is as it was", async () => {
  const { code, output } = await start();
  expect(output).toMatch(/Resources:\n +\d+ unchanged/);
  expect(code).toBe(0);
  expect(readFileSync(stack.workspace.stackFile, "utf8")).toBe(file);
});

test("--broker activemq says that it destroys the other one first, and does", async () => {
  const { code, output } = await start("--broker", "activemq");
  expect(output).toContain(
    `mq: stack ${name} is up with artemis, and is to have activemq on the same ports: destroys it first; collected files and the broker's data stay\n`,
  );
  expect(output).toMatch(/- +mq:index:HostsArtemis +broker +delet/);
  expect(output).toMatch(/\+ +mq:index:HostsActiveMq +broker +creat/);
  expect(output).toMatch(/kermit\.inventory\/[0-9a-f]{32}-inventory\.json\n/);
  expect(code).toBe(0);
});
