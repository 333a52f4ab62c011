import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sendFile } from "../../tools/lib/send";
import { eventually } from "../support/eventually";
import { TestStack, type HostOutputs } from "../support/stack";

type SecretOutputs = HostOutputs & { clients: Record<string, { user: string; password: string }> };

/** Kind, version, and what a broker prints when it has started. */
const brokers = [
  ["activemq", "5.18.3", /Apache ActiveMQ \S+ \(.+\) started/],
  ["activemq", "6.1.7", /Apache ActiveMQ \S+ \(.+\) started/],
  ["artemis", "2.44.0", /AMQ221007/],
] as const;
/** The versions that a stack has which names none. */
const defaults: readonly string[] = ["5.18.3", "2.44.0"];

/** The first frame that a STOMP server answers a CONNECT with: its command. */
function firstFrame(port: number, login: string, passcode: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      const headers = ["accept-version:1.2", "host:/", `login:${login}`, `passcode:${passcode}`];
      socket.write(["CONNECT", ...headers, "", "\0"].join("\n"));
    });
    socket.on("error", reject);
    socket.once("data", (data) => {
      socket.destroy();
      resolve(data.toString().split("\n")[0] ?? "");
    });
  });
}

/** Whether something takes connections there. */
function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.on("connect", () => {
      end(true);
    });
    for (const event of ["error", "timeout"] as const) {
      socket.on(event, () => {
        end(false);
      });
    }
  });
}

/** Every regular file below a folder. */
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe.each(brokers)("%s %s on this machine", (kind, version, started) => {
  let stack: TestStack;
  let outputs: SecretOutputs;
  const etc = (): string => join(stack.root, "etc", kind);
  const stomp = (): number => outputs.endpoints.stomp?.port ?? 0;

  /** What the broker has written to its output. */
  const brokerLog = (): string => {
    const service = `mq-${stack.workspace.stack}-${kind}`;
    return existsSync("/run/systemd/system")
      ? execFileSync("journalctl", ["-u", service, "-o", "cat"], { encoding: "utf8" })
      : readFileSync(join(stack.root, "var/lib/mq-services", `${service}.log`), "utf8");
  };
  const starts = (): number =>
    brokerLog()
      .split("\n")
      .filter((line) => started.test(line)).length;

  /** Sends a file with this content. @returns what is collected of it. */
  const roundTrip = async (name: string, content: string | Buffer): Promise<Buffer> => {
    const path = join(stack.folder, name);
    writeFileSync(path, content);
    expect(await sendFile(outputs.senders, path, { log: false })).toBe(0);
    rmSync(path);
    const folder = join(outputs.collectedDir ?? "", "kermit.inventory");
    const file = await eventually(() => readdirSync(folder).find((each) => each.endsWith(name)));
    return readFileSync(join(folder, file));
  };

  beforeAll(async () => {
    // The kind is all that changes, and the version where it is another than the default.
    stack = await TestStack.create(`live${kind}`, (values) => {
      const broker = values["mq:broker"] as Record<string, unknown>;
      broker.kind = kind;
      if (!defaults.includes(version)) broker.archive = { version };
    });
  });

  afterAll(async () => {
    await stack.dispose();
  });

  test("X1: a preview says what it would create, and creates nothing", async () => {
    const { stdout } = await stack.expect(0, "preview");
    expect(stdout).toMatch(/\+ +hosts:index:HostArchive +broker-archive +create/);
    expect(stdout).toMatch(/\+ +hosts:index:HostService +broker +create/);
    expect(existsSync(stack.root)).toBe(false);
  });

  test("up brings up a broker of that version, once; a second up changes nothing", async () => {
    await stack.expect(0, "up", "--yes");
    outputs = await stack.outputs<SecretOutputs>();
    expect(Object.keys(outputs.endpoints).sort()).toEqual(["amqp", "stomp"]);
    expect(brokerLog()).toContain(version);
    const { stdout } = await stack.expect(0, "up", "--yes");
    expect(stdout).not.toMatch(/created|updated|deleted|replaced/);
    await stack.expect(0, "preview", "--expect-no-changes");
    expect(starts()).toBe(1);
  });

  test("it starts without a warning", () => {
    expect(
      brokerLog()
        .split("\n")
        .filter((line) => /\b(WARN|ERROR|FATAL)\b/.test(line)),
    ).toEqual([]);
  });

  test("K27: a file that is sent is collected byte for byte, text and binary", async () => {
    const text = '{"héllo": "wörld"}\n';
    expect((await roundTrip("facts.json", text)).toString()).toBe(text);
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7) % 256));
    expect(bytes.equals(await roundTrip("facts.bin", bytes))).toBe(true);
  });

  test("K15: a CONNECT with the right password is answered by CONNECTED, any other by ERROR", async () => {
    const { user, password } = outputs.clients["kermit-sender"] ?? { user: "", password: "" };
    expect(await firstFrame(stomp(), user, password)).toBe("CONNECTED");
    expect(await firstFrame(stomp(), user, `${password}x`)).toBe("ERROR");
    expect(await firstFrame(stomp(), user, "")).toBe("ERROR");
    expect(await firstFrame(stomp(), "", "")).toBe("ERROR");
    expect(await firstFrame(stomp(), "admin", "admin")).toBe("ERROR");
  });

  test("it listens on the loopback address alone", async () => {
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4");
    for (const { port } of Object.values(outputs.endpoints)) {
      expect(await listens("127.0.0.1", port)).toBe(true);
      for (const { address } of outside) expect(await listens(address, port)).toBe(false);
    }
  });

  test("X5: its files are its account's alone, and hold no password of a user in clear", () => {
    const passwords = Object.values(outputs.clients).map(({ password }) => password);
    expect(passwords).toHaveLength(2);
    const files = filesBelow(etc());
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) {
      expect([file, statSync(file).mode & 0o777]).toEqual([file, 0o600]);
      const content = readFileSync(file, "utf8");
      expect(passwords.filter((password) => content.includes(password))).toEqual([]);
    }
  });

  test("K16: a changed file restarts the broker, exactly once, and what is sent then is collected", async () => {
    const before = starts();
    stack.change((values) => {
      (values["mq:queues"] as Record<string, object>)["kermit.another"] = {};
    });
    const { stdout } = await stack.expect(0, "up", "--yes");
    expect(stdout).toMatch(/broker updated/);
    expect(starts()).toBe(before + 1);
    await stack.expect(0, "up", "--yes");
    expect(starts()).toBe(before + 1);
    expect((await roundTrip("after.json", "after\n")).toString()).toBe("after\n");
  });

  test("refresh sees a changed file and a removed one of the software; up mends both", async () => {
    const [file = ""] = filesBelow(etc()).filter((path) => path.endsWith(".xml"));
    const original = readFileSync(file, "utf8");
    writeFileSync(file, `${original}<!-- somebody was here -->\n`);
    const jar = filesBelow(join(stack.root, "opt")).find((path) => path.endsWith(".jar")) ?? "";
    const { size } = statSync(jar);
    rmSync(jar);
    const hosts = `urn:pulumi:${stack.workspace.stack}::mq::**hosts:index:**`;
    const { stdout } = await stack.expect(0, "refresh", "--yes", "--target", hosts);
    expect(stdout).toMatch(/broker-archive updated/);
    await stack.expect(0, "up", "--yes");
    expect(readFileSync(file, "utf8")).toBe(original);
    expect(statSync(jar).size).toBe(size);
    await stack.expect(0, "preview", "--expect-no-changes");
  });

  test("destroy leaves nothing but data and collected files; with the data, it comes up again", async () => {
    await stack.expect(0, "destroy", "--yes");
    const kept = filesBelow(stack.root).map((path) => path.slice(stack.root.length + 1));
    const expected = new RegExp(`^var/lib/(${kind}|kermit/queue)/`);
    expect(kept.filter((path) => !expected.test(path))).toEqual([]);
    expect(await listens("127.0.0.1", stomp())).toBe(false);
    await stack.expect(0, "up", "--yes");
    outputs = await stack.outputs<SecretOutputs>();
    expect((await roundTrip("again.json", "again\n")).toString()).toBe("again\n");
  });
});
