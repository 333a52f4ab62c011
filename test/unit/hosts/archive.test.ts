import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EngineLog } from "../../../components/platforms/hosts/provider/engine-log";
import { HostsProvider } from "../../../components/platforms/hosts/provider/provider";
import {
  NotAnArchive,
  readTarArchive,
} from "../../../components/platforms/hosts/provider/tar-archive";
import type { Properties } from "../../../components/platforms/hosts/provider/values";

const connection = { kind: "local" };
const urn = "urn:pulumi:s::mq::mq:index:Broker$hosts:index:HostArchive::it";
const unchanged = { changes: false, replaces: [], deleteBeforeReplace: false };
const changed = { ...unchanged, changes: true };

let folder: string;
let provider: HostsProvider;
/** What the provider tells the user. */
let told: string[];

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "mq-archive-"));
  told = [];
  const log = new EngineLog(undefined);
  log.of = () => ({
    info: (line) => {
      told.push(line);
    },
    progress: () => undefined,
  });
  provider = new HostsProvider(log);
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

const target = () => join(folder, "opt/broker");
const source = () => join(folder, "it.tar.gz");

/** Makes an archive with `tar`, of files by name. */
function pack(files: Record<string, string>, at = source(), ...options: string[]): string {
  const from = fs.mkdtempSync(join(folder, "from-"));
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(dirname(join(from, name)), { recursive: true });
    fs.writeFileSync(join(from, name), content);
  }
  execFileSync("tar", [...options, "-czf", at, "-C", from, ...fs.readdirSync(from)]);
  fs.rmSync(from, { recursive: true });
  return at;
}

const content = { "broker-1.0/bin/run": "run", "broker-1.0/lib/a.jar": "aaaa", "broker-1.0/x": "" };

/** Makes an archive of one member by its header alone, as no `tar` would write it. */
function forge(name: string, type = "0", link = ""): void {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write("0000644\0", 100);
  header.write("00000000000\0", 124);
  header.write(type, 156);
  header.write(link, 157);
  header.write("ustar\0", 257);
  header.write("        ", 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0`, 148);
  fs.writeFileSync(source(), gzipSync(Buffer.concat([header, Buffer.alloc(1024)])));
}

const inputs = (more: Properties = {}): Properties => ({
  connection,
  source: source(),
  version: "1.0",
  path: target(),
  ...more,
});

const check = async (more: Properties = {}, olds: Properties = {}) =>
  (await provider.check(urn, olds, inputs(more))).failures?.map(({ reason }) => reason);

const create = async (more: Properties = {}): Promise<Properties> =>
  (await provider.create(urn, inputs(more))).outs as Properties;

const read = async (outs: Properties): Promise<Properties> =>
  (await provider.read(target(), urn, outs)).props as Properties;

const diff = (olds: Properties, more: Properties = {}) =>
  provider.diff("id", urn, olds, inputs(more));

const update = async (olds: Properties, more: Properties = {}): Promise<Properties> =>
  (await provider.update("id", urn, olds, inputs(more))).outs as Properties;

const below = (at: string): string[] =>
  fs
    .readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(at.length + 1))
    .sort();

const unpacked = [".mq-archive.json", "bin/run", "lib/a.jar", "x"];
const sha512 = (file: string): string =>
  createHash("sha512").update(fs.readFileSync(file)).digest("hex");

describe("HostArchive", () => {
  test("is unpacked without its top folder, read without a difference, and removed with its parents", async () => {
    pack(content);
    expect(await check()).toEqual([]);
    const outs = await create({ sha512: sha512(source()) });
    expect(outs).toMatchObject({ version: "1.0", sha512: sha512(source()), intact: true });
    expect(below(target())).toEqual(unpacked);
    expect(fs.readFileSync(join(target(), "lib/a.jar"), "utf8")).toBe("aaaa");
    expect(fs.readdirSync(dirname(target()))).toEqual(["broker"]);
    expect(await read(outs)).toEqual(outs);
    expect(await diff(outs)).toEqual(unchanged);
    await provider.delete(target(), urn, outs);
    expect(fs.readdirSync(folder)).toEqual(["it.tar.gz"]);
  });

  test("everybody may read it, whatever umask and archive say, and only its owner change it", async () => {
    pack(content, source(), "--mode=u=rwx,go=");
    await create();
    for (const path of ["", "bin", "bin/run"]) {
      expect(fs.statSync(join(target(), path)).mode & 0o7777).toBe(0o755);
    }
  });

  test("a preview works without the archive, and says that it is not there; up fails and leaves nothing", async () => {
    expect(await check()).toEqual([]);
    expect(told).toEqual([`${source()} is not there; up needs it`]);
    await expect(create()).rejects.toThrow(
      `${source()} cannot be read (ENOENT); put the archive there`,
    );
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test("another path of the source, or none there, is no change", async () => {
    pack(content);
    const outs = await create();
    fs.rmSync(source());
    expect(await diff(outs, { source: "/elsewhere/it.tar.gz" })).toEqual(unchanged);
    expect(await check({}, inputs())).toEqual([]);
    expect(told).toEqual([]);
  });

  test("another version is unpacked in its place; nothing of the old one is left", async () => {
    pack(content);
    const outs = await create();
    pack({ "broker-2.0/lib/b.jar": "b" });
    expect(await diff(outs, { version: "2.0" })).toEqual(changed);
    const after = await update(outs, { version: "2.0" });
    expect(after).toMatchObject({ version: "2.0", sha512: sha512(source()), intact: true });
    expect(below(target())).toEqual([".mq-archive.json", "lib/b.jar"]);
    expect(fs.readdirSync(dirname(target()))).toEqual(["broker"]);
  });

  test("another path makes another folder, the old one deleted first", async () => {
    pack(content);
    expect(await diff(await create(), { path: "/opt/other" })).toEqual({
      changes: true,
      replaces: ["path"],
      deleteBeforeReplace: true,
    });
  });

  test.each<[string, (at: string) => void]>([
    [
      "a missing file",
      (at) => {
        fs.rmSync(join(at, "bin/run"));
      },
    ],
    [
      "a file too many",
      (at) => {
        fs.writeFileSync(join(at, "lib/evil.jar"), "");
      },
    ],
    [
      "a link too many",
      (at) => {
        fs.symlinkSync("/etc/passwd", join(at, "lib/link"));
      },
    ],
    [
      "a file of another size",
      (at) => {
        fs.appendFileSync(join(at, "lib/a.jar"), "b");
      },
    ],
    [
      "a lost mark",
      (at) => {
        fs.rmSync(join(at, ".mq-archive.json"));
      },
    ],
    [
      "a spoilt mark",
      (at) => {
        fs.writeFileSync(join(at, ".mq-archive.json"), "{");
      },
    ],
  ])("drift is seen and mended: %s", async (_what, spoil) => {
    pack(content);
    const outs = await create();
    spoil(target());
    const seen = await read(outs);
    expect(seen["intact"]).toBe(false);
    expect(await diff(seen)).toEqual(changed);
    expect(await update(seen)).toEqual(outs);
    expect(below(target())).toEqual(unpacked);
  });

  test("is gone when it was removed", async () => {
    pack(content);
    const outs = await create();
    fs.rmSync(target(), { recursive: true });
    expect((await provider.read(target(), urn, outs)).id).toBe("");
  });

  test("a folder that somebody made is refused, in a preview too, and never removed", async () => {
    pack(content);
    fs.mkdirSync(target(), { recursive: true });
    fs.writeFileSync(join(target(), "theirs"), "");
    const refused = `${target()} is there and was not unpacked by this resource; move it away, or choose another path`;
    expect(await check()).toEqual([`path: ${refused}`]);
    await expect(create()).rejects.toThrow(refused);
    await provider.delete(target(), urn, { connection, path: target(), created: [] });
    expect(told).toEqual([`${target()} is no longer what was unpacked there, and stays`]);
    expect(below(target())).toEqual(["theirs"]);
  });

  test("what a killed run left is replaced", async () => {
    pack(content);
    const outs = await create();
    for (const name of [".broker.unfinished", ".broker.replaced"]) {
      fs.mkdirSync(join(dirname(target()), name));
      fs.writeFileSync(join(dirname(target()), name, "half"), "");
    }
    // The state was lost with the run.
    expect(await check()).toEqual([]);
    const again = await create();
    expect(again).toEqual({ ...outs, created: [] });
    expect(fs.readdirSync(dirname(target()))).toEqual(["broker"]);
    expect(below(target())).toEqual(unpacked);
  });

  test("another archive than the one that is meant is refused, and what is there stays", async () => {
    pack(content);
    const outs = await create();
    const was = sha512(source());
    pack({ "broker-1.0/lib/a.jar": "other" });
    await expect(update(outs, { sha512: was })).rejects.toThrow(
      `its SHA-512 is ${sha512(source())}, not ${was}; it was damaged, or is not the archive of version 1.0`,
    );
    expect(below(target())).toEqual(unpacked);
  });

  test("relative paths, the root, an empty version and a sum that is none are refused", async () => {
    expect(await check({ source: "it.tar.gz", path: "/", version: "", sha512: "abc" })).toEqual([
      'source: must be an absolute path without "//", "." and ".." steps or a trailing "/"',
      "version: Too small: expected string to have >=1 characters",
      "sha512: must be a SHA-512 in hex, 128 lower-case digits",
      "path: must be a folder of its own",
    ]);
  });
});

describe("an archive that would write elsewhere, or is none", () => {
  const name = 'a name must not begin with "/" nor hold ".."';
  const plain = "only plain files and directories are unpacked";
  test.each<[what: string, why: string, forged: Parameters<typeof forge>]>([
    ["an absolute name", name, ["/etc/evil"]],
    ["a step up", name, ["broker/../../evil"]],
    ["a step up at its top", name, ["../evil"]],
    ["a symbolic link", plain, ["broker/link", "2", "/etc"]],
    ["a hard link", plain, ["broker/link", "1", "/etc/passwd"]],
    ["a device", plain, ["broker/null", "3"]],
    ["a name with a line break", plain, ["broker/a\nb"]],
    ["a file that is in no folder", "everything must be in one folder", ["evil"]],
  ])("%s is refused, and nothing is unpacked", async (_what, why, forged) => {
    forge(...forged);
    await expect(create()).rejects.toThrow(
      `${source()} is not unpacked, because of "${forged[0]}" in it: ${why}; get another one`,
    );
    expect(fs.readdirSync(folder)).toEqual(["it.tar.gz"]);
  });

  test("two top folders are refused", async () => {
    pack({ "a/x": "", "b/x": "" });
    await expect(create()).rejects.toThrow(/everything must be in one folder/);
  });

  test.each<[string, (file: string) => void]>([
    [
      "text",
      (file) => {
        fs.writeFileSync(file, "<html>not found</html>");
      },
    ],
    [
      "nothing",
      (file) => {
        fs.writeFileSync(file, "");
      },
    ],
    [
      "a gzip of something else",
      (file) => {
        fs.writeFileSync(file, gzipSync(Buffer.alloc(512, 7)));
      },
    ],
    [
      "one that is cut off",
      (file) => {
        fs.writeFileSync(file, fs.readFileSync(pack(content)).subarray(0, -20));
      },
    ],
  ])("%s is refused", async (_what, write) => {
    write(source());
    await expect(create()).rejects.toThrow(
      new RegExp(
        `^${source()} is not a \\.tar\\.gz that can be unpacked: .+; remove it, and get it again$`,
      ),
    );
    expect(fs.readdirSync(folder)).toEqual(["it.tar.gz"]);
  });
});

describe("readTarArchive", () => {
  const long = `${"d".repeat(90)}/${"f".repeat(120)}ü`;

  test.each(["gnu", "posix", "ustar"])("reads what tar writes in the format %s", async (format) => {
    const name = format === "ustar" ? `${"d".repeat(90)}/${"f".repeat(90)}` : long;
    pack({ [name]: "x".repeat(100_000), "e/f": "" }, source(), `--format=${format}`);
    const { entries, sha512: sum } = await readTarArchive(source());
    expect(sum).toBe(sha512(source()));
    expect(entries).toEqual([
      { name: `${"d".repeat(90)}/`, kind: "directory", size: 0 },
      { name, kind: "file", size: 100_000 },
      { name: "e/", kind: "directory", size: 0 },
      { name: "e/f", kind: "file", size: 0 },
    ]);
  });

  test("an archive without its end is cut off", async () => {
    fs.writeFileSync(source(), gzipSync(Buffer.alloc(0)));
    await expect(readTarArchive(source())).rejects.toEqual(new NotAnArchive("it is cut off"));
  });
});
