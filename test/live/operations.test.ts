import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sendFile } from "../../tools/lib/send";
import { controlService } from "../../tools/lib/service-control";
import { eventually } from "../support/eventually";
import { Management } from "../support/management";
import { processesWith, servicesBelow } from "../support/processes";
import { TestStack, type HostOutputs } from "../support/stack";

let stack: TestStack;
const name = "liveops";

beforeAll(async () => {
  stack = await TestStack.create(name);
});

afterAll(async () => {
  await stack.dispose();
});

describe("before anything is created", () => {
  test("a port that is taken is refused with its name and its holder", async () => {
    const ports = (stack.values()["mq:broker"] as { ports: { stomp: number } }).ports;
    const server = createServer();
    await new Promise<void>((listening) => {
      server.listen(ports.stomp, "127.0.0.1", listening);
    });
    const { code, output } = await stack.command("up", [name]).result();
    await new Promise((closed) => server.close(closed));
    expect(code).not.toBe(0);
    expect(output).toContain(`ports.stomp: the stomp port ${String(ports.stomp)} is taken`);
    expect(output).toContain(`process ${String(process.pid)}`);
    expect(existsSync(stack.root)).toBe(false);
  });

  test("a folder that cannot be written is refused", async () => {
    const elsewhere = await TestStack.create("liveopsro", (values) => {
      values["mq:hosts"] = { here: { connection: "local", root: "/etc/hostname/mq" } };
    });
    const { code, output } = await elsewhere.command("up", ["liveopsro"]).result();
    expect(code).not.toBe(0);
    expect(output).toContain("because /etc/hostname is not a directory; choose another path");
    await elsewhere.dispose();
  });

  test("Ctrl-C in the middle stops the engine too; the next up goes on", async () => {
    const up = stack.command("up", [name]);
    await up.prints(/HostService broker creating/);
    up.child.kill("SIGINT");
    expect(await up.ended).not.toBe(0);
    expect(processesWith(stack.workspace.stateDir)).toEqual([]);
    const again = await stack.command("up", [name]).result();
    expect(again.output).toContain("Resources:");
    expect(again.code).toBe(0);
    await stack.expect(0, "preview", "--expect-no-changes");
  });
});

describe("on a running stack", () => {
  test("start on it changes nothing, sends two files, and ends with what to do next", async () => {
    const { code, output } = await stack.command("start", ["--stack", name]).result();
    expect(output).toMatch(/Resources:\n +\d+ unchanged/);
    expect(output).toMatch(/kermit\.inventory\/[0-9a-f]{32}-inventory\.json\n/);
    expect(output).toMatch(/kermit\.log\/[0-9a-f]{32}-start\.log\n/);
    expect(
      output
        .trim()
        .split("\n")
        .slice(-3)
        .map((line) => line.trim().split(/ {2,}/)[0]),
    ).toEqual(["npm run send -- FILE", `npm run preview -- ${name}`, "npm run destroy"]);
    expect(code).toBe(0);
  });

  test("K21: npm run send: what cannot be sent is said, exit code not 0", async () => {
    const send = (...args: string[]) => stack.command("send", [...args, "--stack", name]).result();
    expect((await send()).output).toMatch(/^mq: Argument required\nusage: npm run send/);
    expect(await send("/nowhere/file")).toEqual({
      code: 1,
      output: "mq: /nowhere/file: no such file; name one that is there\n",
    });
    expect(await send("/tmp")).toEqual({
      code: 1,
      output: "mq: /tmp: is not a regular file; name one\n",
    });
    const large = join(stack.folder, "large.bin");
    writeFileSync(large, "");
    truncateSync(large, 17 * 1024 * 1024);
    const { code, output } = await send(large);
    expect(output).toMatch(/is larger than 16777216 bytes/);
    expect(code).toBe(1);
  });

  test("output prints one output, plain; an unknown one names those that there are", async () => {
    const output = (...args: string[]) =>
      stack.command("output", [...args, "--stack", name]).result();
    expect(await output("collectedDir")).toEqual({
      code: 0,
      output: `${stack.root}/var/lib/kermit/queue\n`,
    });
    expect(JSON.parse((await output("endpoints")).output)).toHaveProperty("stomp.scheme", "stomp");
    expect(await output("nothing")).toEqual({
      code: 1,
      output: `mq: stack ${name} has no output "nothing"; its outputs are: certExpiry, clients, collectedDir, collectors, endpoints, senders, tls\n`,
    });
  });

  test("two at once: the second one names the first one's process and does nothing", async () => {
    const first = stack.command("up", [name]);
    await first.prints(/Previewing/);
    const second = await stack.command("up", [name]).result();
    expect(second).toEqual({
      code: 1,
      output: `mq: process ${String(first.child.pid)} works on stack ${name} already; wait until it ends, or end it\n`,
    });
    expect(await first.ended).toBe(0);
  });

  test("a wrong passphrase is refused and changes nothing", async () => {
    const before = readFileSync(stateFile(), "utf8");
    const { code, output } = await stack
      .command("up", [name], { PULUMI_CONFIG_PASSPHRASE: "wrong" })
      .result();
    expect(output).toContain("incorrect passphrase");
    expect(code).not.toBe(0);
    expect(readFileSync(stateFile(), "utf8")).toBe(before);
  });

  test("a state file cut in half is refused, and the backup that it names works", async () => {
    const whole = readFileSync(stateFile());
    truncateSync(stateFile(), Math.floor(whole.length / 2));
    const { code, output } = await stack.command("preview", [name]).result();
    expect(output).toBe(
      `mq: ${stateFile()}: the state of stack ${name} is not whole JSON; nothing was changed. Put the last good one back: cp '${stateFile()}.bak' '${stateFile()}'\n`,
    );
    expect(code).toBe(1);
    writeFileSync(stateFile(), readFileSync(`${stateFile()}.bak`));
    await stack.expect(0, "up", "--yes");
    await stack.expect(0, "preview", "--expect-no-changes");
  });

  test("K26: receive stops the service, collects in the foreground, and starts the service again", async () => {
    const { senders, collectors, collectedDir } = await stack.outputs<HostOutputs>();
    const receive = stack.command("receive", [name, "kermit.log"]);
    await receive.prints(/subscribed/);
    const file = join(stack.folder, "console.log");
    writeFileSync(file, "seen in the console\n");
    expect(await sendFile(senders, file, { log: true })).toBe(0);
    await receive.prints(/kermit\.log\/[0-9a-f]{32}-console\.log/);
    receive.child.kill("SIGINT");
    expect(await receive.ended).toBe(0);
    expect(receive.output).toContain(`${collectors.log?.service ?? ""} runs again`);
    const log = readdirSync(join(collectedDir ?? "", "kermit.log"));
    expect(log.filter((path) => path.endsWith("-console.log"))).toHaveLength(1);
    await stack.expect(0, "preview", "--expect-no-changes");
    expect(await stack.command("receive", [name, "kermit.none"]).result()).toEqual({
      code: 1,
      output: `mq: no collector of queue "kermit.none" in stack ${name}; the collected queues are: kermit.inventory, kermit.log\n`,
    });
  });

  test("refresh with the broker killed and a queue deleted: both are mended", async () => {
    const broker = await Management.of(stack);
    await broker.delete("queues/%2F/kermit.log");
    stopBroker();
    const { code, output } = await stack.command("refresh", [name]).result();
    expect(output).toMatch(/HostService broker/);
    expect(code).toBe(0);
    const queues = await broker.get<{ name: string }[]>("queues");
    expect(queues.map((queue) => queue.name).sort()).toEqual(["kermit.inventory", "kermit.log"]);
    await stack.expect(0, "preview", "--expect-no-changes");
  });

  function stopBroker(): void {
    const services = join(stack.root, "var/lib/mq-services");
    const { supervisor, child } = JSON.parse(
      readFileSync(join(services, `mq-${name}-rabbitmq.pid`), "utf8"),
    ) as { supervisor: { pid: number }; child: { pid: number } };
    process.kill(supervisor.pid, "SIGKILL");
    process.kill(-child.pid, "SIGKILL");
  }
});

describe("destroy", () => {
  test("X7: leaves no process and no file but data; a new start on kept data takes what was queued", async () => {
    const { senders, collectors } = await stack.outputs<HostOutputs>();
    const log = collectors.log;
    if (log === undefined) throw new Error("no collector log");
    await controlService("stop", log);
    const file = join(stack.folder, "kept.log");
    writeFileSync(file, "kept in the queue\n");
    expect(await sendFile(senders, file, { log: true })).toBe(0);

    const { code } = await stack.command("destroy", [name]).result();
    expect(code).toBe(0);
    expect(servicesBelow(stack.root)).toEqual([]);
    expect(readdirSync(stack.root)).toEqual(["var"]);
    expect(readdirSync(join(stack.root, "var/lib")).sort()).toEqual(["kermit", "rabbitmq"]);

    await stack.expect(0, "up", "--yes");
    // The signing key went with the stack: what it signed is kept, but not taken for genuine.
    const rejected = join(log.directory, "../.rejected/kermit.log");
    const kept = await eventually(() =>
      readdirSync(rejected).find((path) => path.endsWith("-kept.log")),
    );
    expect(readFileSync(join(rejected, kept), "utf8")).toBe("kept in the queue\n");
  });
});

function stateFile(): string {
  return join(stack.workspace.stateDir, `backend/.pulumi/stacks/mq/${name}.json`);
}
