import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sendFile } from "../../tools/lib/send";
import { controlService } from "../../tools/lib/service-control";
import { eventually } from "../support/eventually";
import { Management } from "../support/management";
import { TestStack, type HostOutputs } from "../support/stack";

type SecretOutputs = HostOutputs & { clients: Record<string, { user: string; password: string }> };

const root = process.geteuid?.() === 0;
/** What `pulumi stack export --show-secrets` prints, as far as it is read. */
interface Export {
  deployment: { resources: { urn: string; outputs?: { result?: { plaintext: string } } }[] };
}
interface Consumer {
  queue: { name: string };
  channel_details: { name: string };
}

let stack: TestStack;
let outputs: SecretOutputs;
let broker: Management;

/** What is below a folder, as `find` prints it. */
const below = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String).sort() : [];

/** The loopback addresses as the kernel writes them. */
const loopback: Record<string, string> = {
  "0100007F": "127.0.0.1",
  "00000000000000000000000001000000": "::1",
};

/** The addresses that something listens on at a port, as the kernel has it (proc_net_tcp). */
function listeningAddresses(port: number): string[] {
  const rows = ["tcp", "tcp6"].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, "utf8").split("\n").slice(1),
  );
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local = "", , state]) => local.endsWith(suffix) && state === "0A")
    .map(([, local = ""]) => loopback[local.slice(0, -suffix.length)] ?? local);
}

/** Sends a file with this content by the stack's sender. @returns the folder of its queue. */
async function send(name: string, content: string | Buffer, log = false): Promise<string> {
  const path = join(stack.folder, name);
  writeFileSync(path, content);
  expect(await sendFile(outputs.senders, path, { log })).toBe(0);
  rmSync(path);
  return join(outputs.collectedDir ?? "", log ? "kermit.log" : "kermit.inventory");
}

/** The seed that the users' passwords come from, in clear. */
async function passwordSeed(): Promise<string> {
  const { stdout } = await stack.expect(0, "stack", "export", "--show-secrets");
  const { resources } = (JSON.parse(stdout) as Export).deployment;
  const seed = resources.find(({ urn }) => urn.endsWith("::passwords-seed"))?.outputs?.result;
  if (seed === undefined) throw new Error("passwords-seed: not in the state, or not a secret");
  return JSON.parse(seed.plaintext) as string;
}

/** The collected files of a name, with their content. */
const collected = (folder: string, name: string): Buffer[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith(`-${name}`))
    .map((file) => readFileSync(join(folder, file)));

beforeAll(async () => {
  stack = await TestStack.create("livelocal");
});

afterAll(async () => {
  await stack.dispose();
});

describe("a Kermit fleet on this machine", () => {
  test("X1: a preview with no broker in reach says what it would create, and creates nothing", async () => {
    const { stdout } = await stack.expect(0, "preview");
    expect(stdout).toMatch(/\+ +hosts:index:HostService +broker +create/);
    expect(stdout).toMatch(/\+ +rabbitmq:index:User +access-user-kermit-sender +create/);
    expect(existsSync(stack.root)).toBe(false);
  });

  test("K27: up brings up broker, users, keys, collectors and sender", async () => {
    await stack.expect(0, "up", "--yes");
    outputs = await stack.outputs<SecretOutputs>();
    broker = await Management.of(stack);
    expect(Object.keys(outputs.endpoints).sort()).toEqual(["amqp", "management", "stomp"]);
    expect(outputs.collectedDir).toBe(join(stack.root, "var/lib/kermit/queue"));
  });

  test("X3: a second up changes nothing, and so says the preview", async () => {
    const { stdout } = await stack.expect(0, "up", "--yes");
    expect(stdout).not.toMatch(/created|updated|deleted|replaced/);
    await stack.expect(0, "preview", "--expect-no-changes");
  });

  test("K27: a file that is sent is collected byte for byte, text and binary", async () => {
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7) % 256));
    const folder = await send("facts.json", '{"héllo": "wörld"}\n');
    await send("facts.bin", bytes);
    expect(await eventually(() => collected(folder, "facts.json")[0]?.toString())).toBe(
      '{"héllo": "wörld"}\n',
    );
    expect(bytes.equals(await eventually(() => collected(folder, "facts.bin")[0]))).toBe(true);
  });

  test("K21: --log goes into the log queue, and nothing into the other", async () => {
    const folder = await send("boot.log", "it booted\n", true);
    expect((await eventually(() => collected(folder, "boot.log")[0])).toString()).toBe(
      "it booted\n",
    );
    expect(collected(join(folder, "../kermit.inventory"), "boot.log")).toEqual([]);
  });

  test("K19: both collectors are consumers of their queues", async () => {
    const consumers = await broker.get<Consumer[]>("consumers");
    expect(consumers.map(({ queue }) => queue.name).sort()).toEqual([
      "kermit.inventory",
      "kermit.log",
    ]);
  });

  test("K25: the queues are durable, and a STOMP client may declare them again", async () => {
    const queues =
      await broker.get<{ name: string; durable: boolean; auto_delete: boolean }[]>("queues");
    expect(
      queues.map(({ name, durable, auto_delete }) => ({ name, durable, auto_delete })),
    ).toEqual([
      { name: "kermit.inventory", durable: true, auto_delete: false },
      { name: "kermit.log", durable: true, auto_delete: false },
    ]);
  });

  test("no user guest, and everything on the loopback address", async () => {
    const users = await broker.get<{ name: string }[]>("users");
    expect(users.map(({ name }) => name).sort()).toEqual([
      "kermit-receiver",
      "kermit-sender",
      "mq-admin",
    ]);
    const { ports } = stack.values()["mq:broker"] as { ports: Record<string, number> };
    for (const port of Object.values(ports)) {
      const addresses = listeningAddresses(port);
      expect([port, addresses[0]]).toEqual([port, "127.0.0.1"]);
      expect(addresses.filter((address) => !["127.0.0.1", "::1"].includes(address))).toEqual([]);
    }
  });

  test.runIf(root)("K28: neither role's process can read the other's key", () => {
    const asUser = (user: string, path: string): number | null =>
      spawnSync("runuser", ["-u", user, "--", "cat", path], { stdio: "ignore" }).status;
    const key = (role: string, half: string): string =>
      join(stack.root, `etc/kermit/${role}/ssl/q-${half}.pem`);
    expect(asUser("mq-sender", key("sender", "private"))).toBe(0);
    expect(asUser("nobody", key("receiver", "public"))).toBe(0);
    expect(asUser("nobody", key("sender", "private"))).not.toBe(0);
    expect(asUser("mq-sender", key("receiver", "public"))).not.toBe(0);
    for (const role of ["receiver", "sender"]) {
      expect(statSync(join(stack.root, `etc/kermit/${role}/ssl`)).mode & 0o777).toBe(0o700);
    }
    expect(statSync(key("sender", "private")).mode & 0o777).toBe(0o400);
    expect(statSync(key("receiver", "public")).mode & 0o777).toBe(0o400);
  });

  test("K4, K5: each half of the key is where it belongs and nowhere else", () => {
    const pems = below(stack.root).filter((path) => path.endsWith(".pem"));
    expect(pems).toEqual([
      "etc/kermit/receiver/ssl/q-public.pem",
      "etc/kermit/sender/ssl/q-private.pem",
    ]);
  });

  test("K2: openssl derives the public key from the private one; nothing lies under /tmp", () => {
    const at = (path: string): string => join(stack.root, "etc/kermit", path);
    const privatePem = readFileSync(at("sender/ssl/q-private.pem"), "utf8");
    const publicPem = readFileSync(at("receiver/ssl/q-public.pem"), "utf8");
    expect(privatePem.split("\n")[0]).toBe("-----BEGIN RSA PRIVATE KEY-----");
    expect(publicPem.split("\n")[0]).toBe("-----BEGIN PUBLIC KEY-----");
    const derived = execFileSync("openssl", ["rsa", "-pubout"], {
      input: privatePem,
      stdio: ["pipe", "pipe", "ignore"],
    });
    expect(derived.toString()).toBe(publicPem);
    expect(existsSync("/tmp/q-private.pem")).toBe(false);
  });

  test("X5: no password and no private key in clear: state, backups, files but its own, what is printed", async () => {
    const canaries = [
      ...Object.values(outputs.clients).map(({ password }) => password),
      broker.password,
      await passwordSeed(),
      readFileSync(join(stack.root, "etc/kermit/sender/ssl/q-private.pem"), "utf8").split("\n")[1],
    ].filter((canary) => canary !== undefined);
    expect(canaries).toHaveLength(5);
    const printed = [
      await stack.expect(0, "preview", "--diff"),
      await stack.expect(0, "stack", "export"),
      await stack.expect(0, "stack", "output"),
    ].map(({ stdout, stderr }) => stdout + stderr);
    const files = [stack.workspace.stateDir, stack.root].flatMap((folder) =>
      below(folder)
        .map((path) => join(folder, path))
        .filter((path) => statSync(path).isFile()),
    );
    for (const canary of canaries) {
      const forms = [canary, Buffer.from(canary).toString("base64").slice(0, -4)];
      for (const form of forms) {
        expect(printed.filter((text) => text.includes(form))).toEqual([]);
        const holders = files.filter((path) => readFileSync(path).includes(form));
        for (const path of holders) {
          expect(path).toMatch(/\/(password|amqpqueue\.cfg|q-private\.pem)$/);
          expect(statSync(path).mode & 0o077).toBe(0);
        }
      }
    }
  });
});

describe("what changes", () => {
  test("a user that leaves the stack file leaves the broker, and its password no longer works", async () => {
    stack.change((values) => {
      (values["mq:users"] as Record<string, object>).visitor = { receive: ["kermit.log"] };
    });
    await stack.expect(0, "up", "--yes");
    const { clients } = await stack.outputs<SecretOutputs>();
    const visitor = { user: "visitor", password: clients.visitor?.password ?? "" };
    expect(await broker.authenticates(visitor)).toBe(true);
    stack.change((values) => {
      delete (values["mq:users"] as Record<string, object>).visitor;
    });
    await stack.expect(0, "up", "--yes");
    expect(await broker.authenticates(visitor)).toBe(false);
    expect((await broker.get<{ name: string }[]>("users")).map(({ name }) => name)).not.toContain(
      "visitor",
    );
  });

  test("K11: acl compat is the document's permission; least privilege takes it back", async () => {
    const permissions = async (): Promise<unknown> =>
      (await broker.get<Record<string, string>[]>("users/kermit-sender/permissions")).map(
        ({ vhost, configure, write, read }) => [vhost, configure, write, read],
      );
    stack.change((values) => (values["mq:acl"] = "compat"));
    await stack.expect(0, "up", "--yes");
    expect(await permissions()).toEqual([["/", ".*", ".*", ".*"]]);
    stack.change((values) => delete values["mq:acl"]);
    await stack.expect(0, "up", "--yes");
    expect(await permissions()).toEqual([["/", "^$", "^kermit\\.(inventory|log)$", "^$"]]);
  });

  test("K16: a changed collector configuration restarts that collector once, and no other service", async () => {
    /** The connection that consumes a queue: another one after a restart. */
    const started = (queue: string): Promise<string> =>
      eventually(async () => {
        const consumers = await broker.get<Consumer[]>("consumers");
        return consumers.find((consumer) => consumer.queue.name === queue)?.channel_details.name;
      });
    const before = {
      log: await started("kermit.log"),
      inventory: await started("kermit.inventory"),
    };
    stack.change((values) => {
      const collectors = values["mq:collectors"] as Record<string, { maxBytes?: number }>;
      if (collectors.log) collectors.log.maxBytes = 1_000_000;
    });
    await stack.expect(0, "up", "--yes");
    expect(await started("kermit.inventory")).toBe(before.inventory);
    expect(await started("kermit.log")).not.toBe(before.log);
  });

  test("refresh sees a changed file, a removed one and a stopped service; up mends them", async () => {
    const kermitCfg = join(stack.root, "etc/kermit/receiver/kermit.cfg");
    const original = readFileSync(kermitCfg, "utf8");
    writeFileSync(kermitCfg, "# somebody was here\n");
    rmSync(join(stack.root, "etc/kermit/sender/kermit.cfg"));
    await controlService("stop", outputs.collectors.log ?? { service: "", stateDirectory: "" });
    const hosts = `urn:pulumi:${stack.workspace.stack}::mq::**hosts:index:**`;
    const { stdout } = await stack.expect(0, "refresh", "--yes", "--target", hosts);
    expect(stdout).toMatch(/kermit-receiver-kermit\.cfg updated/);
    expect(stdout).toMatch(/kermit-sender-kermit-here-kermit\.cfg deleted/);
    expect(stdout).toMatch(/kermit-receiver-log updated/);
    await stack.expect(0, "up", "--yes");
    expect(readFileSync(kermitCfg, "utf8")).toBe(original);
    expect(readFileSync(join(stack.root, "etc/kermit/sender/kermit.cfg"), "utf8")).toBe(
      original.replace("receiver", "sender"),
    );
    const folder = await send("after.log", "after\n", true);
    expect((await eventually(() => collected(folder, "after.log")[0])).toString()).toBe("after\n");
    await stack.expect(0, "preview", "--expect-no-changes");
  });
});
