import { execFile, execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChannelModel } from "amqplib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { derivePassword } from "../../components/access/client-passwords";
import { rabbitMqDefinitions, shards } from "../../components/access/rabbitmq-definitions";
import { passwordHash } from "../../components/brokers/rabbitmq/definitions";
import { workloadBundle } from "../../components/collectors/workload-bundle";
import type { Queue, Topology, User } from "../../components/config/topology";
import { cellsOf, queues, users } from "../support/access-cases";
import {
  declares,
  logIn,
  logsIn,
  publish,
  whatIsAllowed,
  type Login,
} from "../support/access-probe";
import { freePort, PrivateRabbit, rabbitInstalled } from "../support/rabbitmq";

type Access = Pick<Topology, "vhosts" | "queues" | "users" | "acl">;

const folder = mkdtempSync(join(tmpdir(), "mq-access-job-"));
let rabbit: PrivateRabbit;
/** The management API by TLS, beside the plain one. */
let tlsPort: number;
/** All that the program has printed. */
let printed = "";
/** All that must not be in it. */
const secrets = new Set<string>();

const table: Access = { vhosts: ["/"], queues, users, acl: "least-privilege" };
const passwordOf = (user: string, seed = "seed"): string => {
  const { password } = derivePassword(seed, user);
  return password;
};

/** Runs the program as the Job does, with the definitions as shards of a few objects each. */
async function run({
  access = table,
  seed = "seed",
  extra = [] as unknown[],
  password = rabbit.admin.password,
  broker = { url: `http://127.0.0.1:${String(rabbit.ports.management)}` },
} = {}): Promise<{ code: number; output: string }> {
  const definitions = rabbitMqDefinitions(access, (user) => {
    const { salt } = derivePassword(seed, user);
    const hash = passwordHash(passwordOf(user, seed), salt);
    secrets.add(hash).add(passwordOf(user, seed));
    return hash;
  });
  const dir = join(folder, "definitions");
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  const texts = [
    ...shards(definitions, { objects: 7, bytes: 1_000 }),
    ...extra.map((part) => JSON.stringify(part)),
  ];
  texts.forEach((text, index) => {
    writeFileSync(join(dir, `20-access-${String(index).padStart(3, "0")}.json`), text);
  });
  writeFileSync(join(folder, "password"), password, { mode: 0o600 });
  const config = join(folder, "access.json");
  writeFileSync(
    config,
    JSON.stringify({
      ...broker,
      user: rabbit.admin.user,
      passwordFile: join(folder, "password"),
      definitionsDir: dir,
      nodes: 1,
      timeoutSeconds: 2,
    }),
  );
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(folder, "access.js"), "--config", config],
      (error, stdout, stderr) => {
        printed += stdout + stderr;
        const lines = (stdout + stderr).split("\n").map((line) => line.replace(/^\S+Z /, ""));
        resolve({ code: Number(error?.code ?? 0), output: lines.join("\n") });
      },
    );
  });
}

/** `ca.pem`, a certificate of it for `localhost`, and a CA that nobody knows; of no worth elsewhere. */
function issueCertificates(): void {
  const openssl = (name: string, ...args: string[]): void => {
    const key = ["-newkey", "rsa:2048", "-nodes", "-keyout", `${name}.key`, "-out", `${name}.pem`];
    const request = ["req", "-x509", "-days", "2", "-subj", `/CN=${name}`, ...key, ...args];
    execFileSync("openssl", request, { cwd: folder, stdio: "pipe" });
    // The broker's user reads it.
    chmodSync(join(folder, `${name}.key`), 0o644);
  };
  openssl("ca");
  openssl("stranger");
  const name = "subjectAltName=DNS:localhost";
  openssl("server", "-CA", "ca.pem", "-CAkey", "ca.key", "-addext", name);
}

const login = (user: string, more: Partial<Login> = {}): Login => ({
  port: rabbit.ports.amqp,
  user,
  password: passwordOf(user),
  ...more,
});

/** Names of what the broker has, without what it made itself and its administrator. */
async function names(path: string): Promise<string[]> {
  const { json } = await rabbit.api("GET", path);
  return (json as { name?: string; user?: string; vhost?: string }[])
    .map(({ name, user }) => name ?? user ?? "")
    .filter((name) => name !== "" && name !== rabbit.admin.user && !name.startsWith("amq."))
    .sort();
}

const without = (queue: string): User[] =>
  users.map((user) => ({
    ...user,
    send: user.send.filter((name) => name !== queue),
    receive: user.receive.filter((name) => name !== queue),
    manage: user.manage.filter((name) => name !== queue),
  }));

describe.skipIf(!rabbitInstalled)("definitions and the access program", () => {
  beforeAll(async () => {
    writeFileSync(join(folder, "access.js"), workloadBundle("access"));
    chmodSync(folder, 0o755);
    issueCertificates();
    tlsPort = await freePort();
    const listener = {
      ip: "127.0.0.1",
      port: String(tlsPort),
      cacertfile: join(folder, "ca.pem"),
      certfile: join(folder, "server.pem"),
      keyfile: join(folder, "server.key"),
    };
    const conf = Object.entries(listener).map(([key, value]) => `management.ssl.${key} = ${value}`);
    rabbit = await PrivateRabbit.start({ users: {}, queues: [], conf });
  });

  afterAll(async () => {
    await rabbit.stop();
    rmSync(folder, { recursive: true });
  });

  test("say for each kind what was done", async () => {
    expect(await run()).toStrictEqual({
      code: 0,
      output: [
        "info vhosts: 1 applied, 0 removed",
        "info users: 9 applied, 0 removed",
        "info permissions: 8 applied, 0 removed",
        "info queues: 6 applied, 0 removed",
        "info exchanges: 6 applied, 0 removed",
        "info bindings: 6 applied, 0 removed",
        "",
      ].join("\n"),
    });
  });

  test.each(users)("K12: $name: every operation on every queue", async ({ name, client }) => {
    expect(await whatIsAllowed(login(name), client)).toStrictEqual(cellsOf(name));
  });

  test("O14: the users have no tag", async () => {
    const { json } = await rabbit.api("GET", "/users");
    const tagged = (json as { name: string; tags: string[] }[]).filter(({ tags }) => tags.length);
    expect(tagged.map(({ name }) => name)).toStrictEqual([rabbit.admin.user]);
  });

  test("X3: a second run changes nothing", async () => {
    const definitions = async () => (await rabbit.api("GET", "/definitions")).json;
    const before = await definitions();
    expect((await run()).code).toBe(0);
    expect(await definitions()).toStrictEqual(before);
  });

  test("a removed user is disconnected and cannot log in; what others made stays", async () => {
    await rabbit.api("PUT", "/users/stranger", { password: "Stranger-1234", tags: "" });
    await rabbit.declare("strange");
    const connection = await logIn(login("sender"));
    const closed = new Promise((resolve) => connection.once("close", resolve));
    const access = { ...table, users: users.filter(({ name }) => name !== "sender") };
    const { code, output } = await run({ access });
    expect(code).toBe(0);
    expect(output).toContain("info users: 8 applied, 1 removed\n");
    await closed;
    expect(await logsIn(login("sender"))).toBe(false);
    expect(await logsIn(login("receiver"))).toBe(true);
    expect(await names("/users?columns=name")).toContain("stranger");
    expect(await names("/queues/%2F")).toContain("strange");
    expect(await names("/exchanges/%2F")).toContain("strange");
  });

  test("a changed password works, and the old one no longer", async () => {
    expect((await run({ seed: "another" })).code).toBe(0);
    expect(await logsIn(login("sender", { password: passwordOf("sender", "another") }))).toBe(true);
    expect(await logsIn(login("sender"))).toBe(false);
    expect((await run()).code).toBe(0);
    expect(await logsIn(login("sender"))).toBe(true);
  });

  test("a removed queue is gone with its exchange; the log says how many messages it held", async () => {
    const connection = await logIn(login("sender"));
    for (let sent = 0; sent < 3; sent++) {
      expect(await publish(connection, "kermit.inventory", "kermit.inventory")).toBe(true);
    }
    await connection.close();
    const held = await rabbit.depth("kermit.inventory");
    const left = { ...table, users: without("kermit.inventory") };
    const access = { ...left, queues: queues.filter(({ name }) => name !== "kermit.inventory") };
    const { code, output } = await run({ access });
    expect(code).toBe(0);
    expect(output).toContain(
      `warn queue "kermit.inventory" of vhost "/": deleted; messages at the broker's last count: ${String(held.ready)}\n`,
    );
    expect(output).toContain("info queues: 5 applied, 1 removed\n");
    expect(await names("/queues/%2F")).not.toContain("kermit.inventory");
    expect(await names("/exchanges/%2F")).not.toContain("kermit.inventory");
  });

  describe("vhosts", () => {
    const site = (name: string, type: Queue["type"]): Queue => ({ name, vhost: "site", type });
    const kermit: User = {
      name: "kermit",
      send: ["kermit.log", "site.log"],
      receive: ["site.log"],
      manage: [],
      client: "kermit",
    };
    const withSite = (type: Queue["type"], more: Queue[] = []): Access => ({
      ...table,
      vhosts: ["/", "site"],
      queues: [...queues, site("site.log", type), ...more],
      users: [kermit],
    });
    const inSite = <T>(work: (connection: ChannelModel) => Promise<T>): Promise<T> =>
      logIn(login("kermit", { vhost: "site" })).then(async (connection) => {
        const result = await work(connection);
        await connection.close();
        return result;
      });

    test("trap 12: a vhost of quorum queues declares them quorum for software that names no type", async () => {
      expect((await run({ access: withSite("quorum") })).code).toBe(0);
      expect(await inSite((connection) => declares(connection, "site.log"))).toBe(true);
      const { json } = await rabbit.api("GET", "/queues/site/site.log");
      expect(json).toMatchObject({ type: "quorum", durable: true, auto_delete: false });
    });

    test("a queue whose type changes is declared again, and takes messages", async () => {
      const access = withSite("classic");
      expect(await inSite((connection) => publish(connection, "", "site.log"))).toBe(true);
      const { code, output } = await run({ access });
      expect(code).toBe(0);
      expect(output).toContain('queue "site.log" of vhost "site": deleted; messages at ');
      const { json } = await rabbit.api("GET", "/queues/site/site.log");
      expect(json).toMatchObject({ type: "classic", arguments: {} });
      const bindings = await rabbit.api("GET", "/bindings/site/e/site.log/q/site.log");
      expect(bindings.json).toHaveLength(1);
    });

    test("a permission that is removed in one vhost is removed there alone", async () => {
      const access = {
        ...withSite("classic"),
        users: [{ ...kermit, send: ["kermit.log"], receive: [] }],
      };
      const { code, output } = await run({ access });
      expect(code).toBe(0);
      expect(output).toContain("info permissions: 1 applied, 1 removed\n");
      expect(await logsIn(login("kermit"))).toBe(true);
      expect(await logsIn(login("kermit", { vhost: "site" }))).toBe(false);
    });

    test("a vhost in which others made a queue stays until that is deleted", async () => {
      await rabbit.api("PUT", "/queues/site/strange", { durable: true });
      const kept = await run();
      expect(kept.code).toBe(0);
      expect(kept.output).toContain("info vhosts: 1 applied, 0 removed\n");
      expect(kept.output).toContain(
        'warn vhost "site": stays, as others made 1 queues in it, such as "strange"; it goes with the next run after they are deleted\n',
      );
      expect(await names("/vhosts")).toStrictEqual(["/", "site"]);
      await rabbit.api("DELETE", "/queues/site/strange");
      expect((await run()).output).toContain("info vhosts: 1 applied, 1 removed\n");
      expect(await names("/vhosts")).toStrictEqual(["/"]);
    });
  });

  test("a queue of another type that others made is an error, and nothing is applied", async () => {
    const mine: Queue = { name: "strange", vhost: "/", type: "quorum" };
    const newcomer: User = { name: "newcomer", send: [], receive: [], manage: [], client: "mq" };
    const access = { ...table, queues: [...queues, mine], users: [...users, newcomer] };
    expect(await run({ access })).toStrictEqual({
      code: 1,
      output:
        'access: queue "strange" of vhost "/": is a classic queue that others made, and is to be a quorum one; give it that type in mq:queues, or delete it in the broker\n',
    });
    expect(await names("/users")).not.toContain("newcomer");
  });

  test("what a run that failed has applied goes with the next", async () => {
    const newcomer: User = { ...(users[0] as User), name: "newcomer" };
    const permission = { user: "newcomer", vhost: "absent", configure: "", write: "", read: "" };
    const { code, output } = await run({
      access: { ...table, users: [...users, newcomer] },
      extra: [{ permissions: [permission] }],
    });
    expect(code).toBe(1);
    expect(output).toMatch(
      /^access: 20-access-\d{3}\.json: the broker refuses these definitions: POST \/api\/definitions: 400 [^;]*absent[^;]*; see its log, mend the stack file, and apply again\n$/,
    );
    expect(await logsIn(login("newcomer"))).toBe(true);
    expect((await run()).output).toContain("info users: 9 applied, 1 removed\n");
    expect(await logsIn(login("newcomer"))).toBe(false);
  });

  test("K11: compat gives everything, in every vhost", async () => {
    expect((await run({ access: { ...table, acl: "compat" } })).code).toBe(0);
    const { json } = await rabbit.api("GET", "/permissions/%2F/nobody");
    expect(json).toStrictEqual({
      user: "nobody",
      vhost: "/",
      configure: ".*",
      write: ".*",
      read: ".*",
    });
    expect((await run()).output).toContain("info permissions: 8 applied, 1 removed\n");
    expect((await rabbit.api("GET", "/permissions/%2F/nobody")).status).toBe(404);
  });

  test("a wrong password of the administrator ends with what the broker said", async () => {
    const { code, output } = await run({ password: "wrong" });
    expect(code).toBe(1);
    expect(output).toMatch(
      /access: the broker was not ready within 2 s: GET \/api\/nodes: 401 \S.*; look at its pods and their logs, then apply again\n$/,
    );
  });

  test("by TLS: the broker's CA is trusted, and no other", async () => {
    const by = (ca: string) => ({
      url: `https://localhost:${String(tlsPort)}`,
      caFile: join(folder, ca),
    });
    expect((await run({ broker: by("ca.pem") })).code).toBe(0);
    const { code, output } = await run({ broker: by("stranger.pem") });
    expect(code).toBe(1);
    expect(output).toMatch(
      /^access: the broker was not ready within 2 s: self-signed certificate in certificate chain; /m,
    );
  });

  test("X5: no password and no hash in what was printed, nor in the record", async () => {
    const { json } = await rabbit.api("GET", "/global-parameters/mq-access");
    const seen = printed + JSON.stringify(json);
    secrets.add(rabbit.admin.password);
    expect(secrets.size).toBeGreaterThan(20);
    expect([...secrets].filter((secret) => seen.includes(secret))).toStrictEqual([]);
  });
});
