import { existsSync, readdirSync, writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { projectDir } from "../../tools/lib/workspace";
import { Command } from "../support/command";
import { TestStack, type StackValues } from "../support/stack";

let stack: TestStack;

afterEach(() => {
  stack.remove();
});

/** Previews a changed local stack by the real engine. @returns the lines of the error, and its exit code. */
async function refused(change: (values: StackValues) => void): Promise<string[]> {
  stack = await TestStack.create("engine", change);
  const { code, stdout, stderr } = await stack.pulumi("preview");
  expect(code).not.toBe(0);
  expect(existsSync(stack.root)).toBe(false);
  const lines = (stdout + stderr).split("\n").map((line) => line.trim());
  const first = lines.findLastIndex((line) => line.includes("cannot be used:"));
  const last = lines.findIndex((line, index) => index > first && line === "");
  return lines.slice(first + 1, last);
}

const users = (values: StackValues): Record<string, Record<string, unknown>> =>
  values["mq:users"] as Record<string, Record<string, unknown>>;

describe("X4: a stack file that cannot be used is refused by the engine, with key and mend, before anything is made", () => {
  test("unknown keys, at the top and below", async () => {
    const lines = await refused((values) => {
      values["mq:quues"] = {};
      (values["mq:broker"] as { port?: number }).port = 5672;
    });
    expect(lines).toEqual([
      'mq:broker.port: unknown key; did you mean "ports"?',
      'mq:quues: unknown key; did you mean "queues"?',
    ]);
  });

  test("a port that is used twice", async () => {
    const lines = await refused((values) => {
      const { ports } = values["mq:broker"] as { ports: Record<string, number> };
      Object.assign(ports, { amqp: 35672, stomp: 35672 });
    });
    expect(lines).toEqual([
      "mq:broker.ports.stomp: 35672 is used by mq:broker.ports.amqp already; choose another",
    ]);
  });

  test("a grant to a queue that is not there", async () => {
    const lines = await refused((values) => {
      Object.assign(users(values)["kermit-sender"] ?? {}, {
        send: ["kermit.inventory", "kermit.log", "kermit.lgo"],
      });
    });
    expect(lines).toEqual([
      'mq:users.kermit-sender.send.2: no queue "kermit.lgo" in mq:queues; declare it there, or choose of: kermit.inventory, kermit.log',
    ]);
  });

  test("the user guest", async () => {
    const lines = await refused((values) => {
      users(values).guest = {};
    });
    expect(lines).toEqual([
      "mq:users.guest: guest is every RabbitMQ's well-known user; name a user of your own",
    ]);
  });

  test("K9: the documents' password, and any in clear", async () => {
    const lines = await refused((values) => {
      values["mq:passwords"] = { "kermit-sender": "marionette" };
    });
    expect(lines).toEqual([
      "mq:passwords: passwords stand in clear in the stack file; remove them and use `pulumi config set --secret --path 'mq:passwords.USER'`",
      "mq:passwords.kermit-sender: is a well-known password; remove it, and one is generated",
    ]);
  });
});

describe("X1, X2: stack files", () => {
  for (const file of readdirSync(join(projectDir, "stacks")).filter((name) =>
    name.endsWith(".yaml"),
  )) {
    test(`${file} previews with neither broker nor host in reach`, async () => {
      stack = await TestStack.create("engine");
      const { stdout } = await stack.expect(0, "preview");
      expect(stdout).toMatch(/\+ \d+ to create/);
      expect(existsSync(stack.root)).toBe(false);
    });
  }

  test("a key that stands there twice is named with its line", async () => {
    stack = await TestStack.create("engine");
    const { stackFile } = stack.workspace;
    writeFileSync(stackFile, `${readFileSync(stackFile, "utf8")}  mq:queues: {}\n`);
    const lines = readFileSync(stackFile, "utf8").trimEnd().split("\n").length;
    expect(await stack.command("preview", ["engine"]).result()).toEqual({
      code: 1,
      output: `mq: ${stackFile}:${String(lines)}:3: this key stands here twice; keep one\n`,
    });
  });

  test("the commands leave the stack file as it is", async () => {
    stack = await TestStack.create("engine");
    const before = readFileSync(stack.workspace.stackFile, "utf8");
    expect((await stack.command("preview", ["engine"]).result()).code).toBe(0);
    expect(readFileSync(stack.workspace.stackFile, "utf8")).toBe(before);
  });
});

describe("commands", () => {
  const { scripts } = JSON.parse(readFileSync(join(projectDir, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const commands = [
    ...new Set(
      Object.values(scripts).flatMap(
        (script) => /^node tools\/run\.mjs (\S+)/.exec(script)?.[1] ?? [],
      ),
    ),
  ];
  for (const name of commands) {
    test(`${name} --help says how it is used`, async () => {
      stack = await TestStack.create("engine");
      const { code, output } = await stack.command(name, ["--help"]).result();
      expect(output).toMatch(/^usage: npm (run |start|test)/);
      expect(code).toBe(0);
    });
  }

  test("an unknown stack names those that there are", async () => {
    stack = await TestStack.create("engine");
    expect(await stack.command("preview", ["prod"]).result()).toEqual({
      code: 1,
      output: `mq: no stack "prod": ${join(stack.folder, "stacks")} holds no Pulumi.prod.yaml; the stacks are: engine\n`,
    });
  });

  test("an unknown command and an unknown option are refused", async () => {
    stack = await TestStack.create("engine");
    const unknown = await new Command([join(projectDir, "tools/run.mjs"), "fly"], {}).result();
    expect(unknown).toEqual({ code: 2, output: "mq: no command fly; see package.json, scripts\n" });
    const option = await stack.command("preview", ["engine", "--fast"]).result();
    expect(option.code).toBe(2);
    expect(option.output).toMatch(/^mq: Unknown option '--fast'.*\nusage: npm run preview/);
  });

  test("output before anything is up says so", async () => {
    stack = await TestStack.create("engine");
    expect(
      (await stack.command("output", ["endpoints", "--stack", "engine"]).result()).output,
    ).toContain("mq: stack engine has no outputs yet; run `up` first\n");
  });
});
