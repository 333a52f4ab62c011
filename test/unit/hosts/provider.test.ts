import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EngineLog } from "../../../components/platforms/hosts/provider/engine-log";
import type { Account } from "../../../components/platforms/hosts/provider/connection";
import { LocalConnection } from "../../../components/platforms/hosts/provider/local-connection";
import { HostsProvider } from "../../../components/platforms/hosts/provider/provider";
import { secret, type Properties } from "../../../components/platforms/hosts/provider/values";

const connection = { kind: "local" };
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

let folder: string;
let provider: HostsProvider;

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "mq-hosts-"));
  provider = new HostsProvider(new EngineLog(undefined));
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

const urn = (kind: string, name = "it"): string =>
  `urn:pulumi:s::mq::mq:index:Broker$hosts:index:${kind}::${name}`;

const reasons = async (kind: string, inputs: Properties, olds: Properties = {}) =>
  (await provider.check(urn(kind), olds, { connection, ...inputs })).failures?.map(
    ({ property, reason }) => `${property}${reason}`,
  );

const create = async (
  kind: string,
  inputs: Properties,
): Promise<{ id: string; outs: Properties }> => {
  const made = await provider.create(urn(kind), { connection, ...inputs });
  return { id: made.id, outs: made.outs as Properties };
};

const read = async (kind: string, id: string, outs: Properties) => {
  const found = await provider.read(id, urn(kind), outs);
  return { id: found.id, props: found.props as Properties, inputs: found.inputs as Properties };
};

const update = async (kind: string, id: string, olds: Properties, inputs: Properties) =>
  (await provider.update(id, urn(kind), olds, { connection, ...inputs })).outs as Properties;

const remove = (kind: string, id: string, outs: Properties) => provider.delete(id, urn(kind), outs);

const diff = (kind: string, olds: Properties, inputs: Properties) =>
  provider.diff("id", urn(kind), olds, { connection, ...inputs });

const unchanged = { changes: false, replaces: [], deleteBeforeReplace: false };
const changed = { ...unchanged, changes: true };

const mode = (path: string): string => (fs.statSync(path).mode & 0o7777).toString(8);
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** This machine for somebody who is not root. */
class UserConnection extends LocalConnection {
  override effectiveUser(): Promise<Account> {
    return Promise.resolve({ name: "alice", uid: 12345, gid: 12345, home: "/home/alice" });
  }
  override writable(): Promise<boolean> {
    return Promise.resolve(false);
  }
}

describe("check", () => {
  test("a property that does not exist, a missing and a malformed one are named", async () => {
    expect(await reasons("HostFile", { path: "/a/../b", moed: "0644", mode: "9" })).toEqual([
      'path: must be an absolute path without "//", "." and ".." steps or a trailing "/"',
      "content: Invalid input: expected string, received undefined",
      'mode: must be three or four octal digits in quotes, such as "0644"',
      "moed: is not a property of this resource; remove it, or correct its name",
    ]);
  });

  test("what is not known yet in a preview is neither validated nor looked at", async () => {
    const service = { name: unknown, command: unknown, ports: unknown, stateDirectory: folder };
    expect(await reasons("HostService", service)).toEqual([]);
    expect(await reasons("HostFile", { path: unknown, content: unknown, mode: "0600" })).toEqual(
      [],
    );
    expect(await reasons("HostDirectory", { path: unknown, owner: unknown })).toEqual([]);
  });

  test("X5: a secret that would be readable on the host is refused, its value not shown", async () => {
    expect(
      await reasons("HostService", {
        name: "x",
        command: ["/bin/x"],
        stateDirectory: folder,
        environment: { PASSWORD: secret("zebra") },
      }),
    ).toEqual([
      "environment: must not be a secret, for it is not kept as one on the host; put the secret into a HostFile and name its path",
    ]);
  });

  test("a path that cannot be written is refused, with who and where", async () => {
    provider = new HostsProvider(new EngineLog(undefined), new UserConnection());
    const path = join(folder, "a/b");
    const refused = `path: ${path} cannot be made because ${folder} cannot be written by user "alice"; choose a path that alice can write, or run as root`;
    expect(await reasons("HostDirectory", { path })).toEqual([refused]);
    expect(await reasons("HostFile", { path, content: "" })).toEqual([refused]);
    expect(await reasons("HostUser", { name: "nobody-here" })).toEqual([
      'name: the account "nobody-here" does not exist and only root can make it; run as root, or make it first: useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin nobody-here',
    ]);
    expect(await reasons("HostFile", { path, content: "", owner: "root" })).toEqual([
      'owner: only root can give something to "root"; run as root, or leave out owner',
      refused,
    ]);
  });

  test("a file where a directory is needed is refused", async () => {
    fs.writeFileSync(join(folder, "a"), "");
    expect(await reasons("HostDirectory", { path: join(folder, "a/b/c") })).toEqual([
      `path: ${folder}/a/b/c cannot be made because ${folder}/a is not a directory; choose another path, or move ${folder}/a away`,
    ]);
  });

  test("a system directory has to be kept", async () => {
    expect(await reasons("HostDirectory", { path: "/var/mq" })).toEqual([
      "path: /var/mq is a system directory, which is never removed; choose a path below it, or set keep: true",
    ]);
    expect(await reasons("HostDirectory", { path: "/var/mq", keep: true })).toEqual([]);
  });

  test("a port that is taken is refused on create, and on update when it is new", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const service = {
      name: "broker",
      command: ["/not/there/yet"],
      stateDirectory: join(folder, "state"),
      ports: { stomp: port },
    };
    const taken = new RegExp(
      `^ports.stomp: the stomp port ${String(port)} is taken by process ${String(process.pid)} \\(.*node.*\\); stop what listens there, or choose another port$`,
    );
    expect(await reasons("HostService", service)).toEqual([expect.stringMatching(taken) as string]);
    expect(await reasons("HostService", service, { ...service, ports: {} })).toHaveLength(1);
    expect(await reasons("HostService", service, service)).toEqual([]);
    // The engine checks a replacement as if it were new; its port is the one that it has.
    expect(await reasons("HostService", { ...service, name: "other" })).toEqual([]);
    server.close();
  });
});

describe("HostFile", () => {
  const file = (more: Properties = {}) => ({ path: join(folder, "f"), content: "a\n", ...more });

  test("is written, read without a difference, and removed", async () => {
    const { id, outs } = await create("HostFile", file({ mode: "0640" }));
    expect(id).toBe(join(folder, "f"));
    expect(fs.readFileSync(id, "utf8")).toBe("a\n");
    expect(mode(id)).toBe("640");
    expect(fs.readdirSync(folder)).toEqual(["f"]);
    expect(await diff("HostFile", outs, file({ mode: "0640" }))).toEqual(unchanged);
    expect((await read("HostFile", id, outs)).props).toEqual(outs);
    await remove("HostFile", id, outs);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test("X5: outputs hold the hash of the content; of a secret one encrypted, and its change is seen", async () => {
    const { outs } = await create("HostFile", file({ content: secret("zebra") }));
    expect(JSON.stringify(outs)).not.toContain("zebra");
    expect(outs["contentSha256"]).toEqual(secret(sha256("zebra")));
    expect(await diff("HostFile", outs, file({ content: secret("zebra") }))).toEqual(unchanged);
    expect(await diff("HostFile", outs, file({ content: secret("lion") }))).toEqual(changed);
  });

  test.each([
    [
      "content",
      (path: string) => {
        fs.appendFileSync(path, "b");
      },
    ],
    [
      "mode",
      (path: string) => {
        fs.chmodSync(path, 0o666);
      },
    ],
  ])("drift of its %s is seen and mended", async (_what, spoil) => {
    const { id, outs } = await create("HostFile", file());
    spoil(id);
    const { props } = await read("HostFile", id, outs);
    expect(await diff("HostFile", props, file())).toEqual(changed);
    const after = await update("HostFile", id, props, file());
    expect(after).toEqual(outs);
    expect(fs.readFileSync(id, "utf8")).toBe("a\n");
    expect(mode(id)).toBe("644");
  });

  test("is gone when it was removed", async () => {
    const { id, outs } = await create("HostFile", file());
    fs.rmSync(id);
    expect((await read("HostFile", id, outs)).id).toBe("");
  });

  test("another path makes another file, the old one deleted first", async () => {
    const { outs } = await create("HostFile", file());
    expect(await diff("HostFile", outs, file({ path: join(folder, "g") }))).toEqual({
      changes: true,
      replaces: ["path"],
      deleteBeforeReplace: true,
    });
  });

  test("a file that was there is kept aside and put back", async () => {
    const path = join(folder, "f");
    fs.writeFileSync(path, "theirs", { mode: 0o600 });
    const { id, outs } = await create("HostFile", file());
    expect(fs.readFileSync(`${path}.before-mq`, "utf8")).toBe("theirs");
    expect(mode(`${path}.before-mq`)).toBe("600");
    expect(fs.readFileSync(path, "utf8")).toBe("a\n");
    await remove("HostFile", id, outs);
    expect(fs.readFileSync(path, "utf8")).toBe("theirs");
    expect(mode(path)).toBe("600");
    expect(fs.readdirSync(folder)).toEqual(["f"]);
  });

  test("after an interrupted run the original is still the one that is put back", async () => {
    const path = join(folder, "f");
    fs.writeFileSync(path, "theirs");
    await create("HostFile", file({ content: "first run, whose state was lost" }));
    const { id, outs } = await create("HostFile", file());
    await remove("HostFile", id, outs);
    expect(fs.readFileSync(path, "utf8")).toBe("theirs");
  });

  test("an identical file is taken over", async () => {
    fs.writeFileSync(join(folder, "f"), "a\n");
    const { outs } = await create("HostFile", file());
    expect(outs["backup"]).toBe("");
    expect(fs.readdirSync(folder)).toEqual(["f"]);
  });

  test("a symbolic link is never followed nor replaced", async () => {
    fs.writeFileSync(join(folder, "target"), "theirs");
    fs.symlinkSync("target", join(folder, "f"));
    const refused = `${folder}/f is there and is not a regular file; move it away, or choose another path`;
    expect(await reasons("HostFile", file())).toEqual([`path: ${refused}`]);
    await expect(create("HostFile", file())).rejects.toThrow(refused);
    expect(fs.readFileSync(join(folder, "target"), "utf8")).toBe("theirs");
  });

  test("its directory must exist", async () => {
    const path = join(folder, "no/f");
    await expect(create("HostFile", file({ path }))).rejects.toThrow(
      `${path}: the directory ${folder}/no does not exist; make it first (HostDirectory, dependsOn)`,
    );
  });

  test("an import takes content, owner and mode from the host, the content as a secret", async () => {
    const path = join(folder, "f");
    fs.writeFileSync(path, "theirs", { mode: 0o600 });
    const { inputs, props } = await read("HostFile", path, {});
    expect(inputs).toMatchObject({ connection, path, content: secret("theirs"), mode: "0600" });
    expect(await diff("HostFile", props, inputs)).toEqual(unchanged);
  });
});

describe("HostDirectory", () => {
  const directory = (more: Properties = {}) => ({ path: join(folder, "a/b/c"), ...more });

  test("is made with its parents and removed with its content and the empty parents", async () => {
    fs.mkdirSync(join(folder, "a"));
    const { id, outs } = await create("HostDirectory", directory({ mode: "0710" }));
    expect(outs["created"]).toEqual([join(folder, "a/b"), join(folder, "a/b/c")]);
    expect([mode(join(folder, "a/b")), mode(id)]).toEqual(["755", "710"]);
    expect(await diff("HostDirectory", outs, directory({ mode: "0710" }))).toEqual(unchanged);
    fs.mkdirSync(join(id, "deep"));
    fs.writeFileSync(join(id, "deep/f"), "");
    await remove("HostDirectory", id, outs);
    expect(fs.readdirSync(join(folder))).toEqual(["a"]);
    expect(fs.readdirSync(join(folder, "a"))).toEqual([]);
  });

  test("a parent that somebody uses stays", async () => {
    const { id, outs } = await create("HostDirectory", directory());
    fs.writeFileSync(join(folder, "a/theirs"), "");
    await remove("HostDirectory", id, outs);
    expect(fs.readdirSync(join(folder, "a"))).toEqual(["theirs"]);
  });

  test("keep: it is never removed", async () => {
    const { id, outs } = await create("HostDirectory", directory({ keep: true }));
    await remove("HostDirectory", id, outs);
    expect(fs.existsSync(id)).toBe(true);
  });

  test("one that was there keeps its mode unless one is given, and stays", async () => {
    fs.mkdirSync(join(folder, "a/b/c"), { recursive: true });
    fs.chmodSync(join(folder, "a/b/c"), 0o700);
    const { id, outs } = await create("HostDirectory", directory());
    expect(mode(id)).toBe("700");
    expect(await diff("HostDirectory", outs, directory())).toEqual(unchanged);
    expect(await diff("HostDirectory", outs, directory({ mode: "0750" }))).toEqual(changed);
    await remove("HostDirectory", id, outs);
    expect(fs.existsSync(id)).toBe(true);
  });

  test("drift of its mode is seen and mended", async () => {
    const { id, outs } = await create("HostDirectory", directory());
    fs.chmodSync(id, 0o777);
    const { props } = await read("HostDirectory", id, outs);
    expect(await diff("HostDirectory", props, directory())).toEqual(changed);
    const after = await update("HostDirectory", id, props, directory());
    expect(after).toEqual(outs);
    expect(mode(id)).toBe("755");
  });

  test("a missing one is made again, and what was made for it is still known", async () => {
    const { id, outs } = await create("HostDirectory", directory());
    fs.rmdirSync(id);
    const { props } = await read("HostDirectory", id, outs);
    expect(await diff("HostDirectory", props, directory())).toEqual(changed);
    expect(await update("HostDirectory", id, props, directory())).toEqual(outs);
    await remove("HostDirectory", id, outs);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test("two that are made at the same time share their missing parents", async () => {
    const paths = ["x", "y"].map((name) => join(folder, "a/b", name));
    const made = await Promise.all(
      paths.map((path) => create("HostDirectory", directory({ path }))),
    );
    const created = made.flatMap(({ outs }) => outs["created"] as string[]);
    expect(created.sort()).toEqual([join(folder, "a"), join(folder, "a/b"), ...paths]);
    // In whichever order they go, the last one takes the parents along.
    for (const { id, outs } of made) await remove("HostDirectory", id, outs);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test("a symbolic link in its place is not followed on delete", async () => {
    const { id, outs } = await create("HostDirectory", directory());
    fs.rmdirSync(id);
    fs.mkdirSync(join(folder, "theirs"));
    fs.writeFileSync(join(folder, "theirs/f"), "");
    fs.symlinkSync(join(folder, "theirs"), id);
    await expect(remove("HostDirectory", id, outs)).rejects.toThrow(
      `${id} is no longer a directory and is not removed`,
    );
    expect(fs.readdirSync(join(folder, "theirs"))).toEqual(["f"]);
  });

  test("a link inside is removed, what it names is not", async () => {
    const { id, outs } = await create("HostDirectory", directory());
    fs.mkdirSync(join(folder, "theirs"));
    fs.writeFileSync(join(folder, "theirs/f"), "");
    fs.symlinkSync(join(folder, "theirs"), join(id, "link"));
    await remove("HostDirectory", id, outs);
    expect(fs.readdirSync(join(folder, "theirs"))).toEqual(["f"]);
  });

  test.skipIf(process.getuid?.() !== 0)(
    "K17: it belongs to nobody and nobody's group when asked to (needs root)",
    async () => {
      const { outs } = await create("HostDirectory", directory({ owner: "nobody" }));
      expect(outs).toMatchObject({ owner: "nobody", group: "nogroup" });
      expect(fs.statSync(join(folder, "a/b/c")).uid).toBe(65534);
      expect(fs.statSync(join(folder, "a/b")).uid).toBe(0);
      expect(await diff("HostDirectory", outs, directory({ owner: "65534" }))).toEqual(unchanged);
      expect(await diff("HostDirectory", outs, directory())).toEqual(changed);
    },
  );
});
