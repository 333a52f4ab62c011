import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Account } from "../../../components/platforms/hosts/provider/connection";
import { EngineLog } from "../../../components/platforms/hosts/provider/engine-log";
import { LocalConnection } from "../../../components/platforms/hosts/provider/local-connection";
import { HostsProvider } from "../../../components/platforms/hosts/provider/provider";
import type { Properties } from "../../../components/platforms/hosts/provider/values";

const urn = "urn:pulumi:prod::mq::hosts:index:HostAuthorizationEntries::it";
const connection = { kind: "local" };
const original = Buffer.from(
  "<broker><authorizationPlugin><map>\r\n  <authorizationEntries>\r\n    <!-- f\xfcr alle -->\r\n  </authorizationEntries>\r\n</map></authorizationPlugin></broker>",
  "latin1",
);
const log = { queue: "kermit.log", read: "noc", write: "kermit", admin: "admins" };

let folder: string;
let path: string;
let provider: HostsProvider;

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "mq-entries-"));
  path = join(folder, "activemq.xml");
  fs.writeFileSync(path, original, { mode: 0o640 });
  fs.chmodSync(path, 0o640);
  provider = new HostsProvider(new EngineLog(undefined));
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Its runs are the lines of a file, each with what the broker would read: the number of our entries. */
const restart = () => ["sh", "-c", `grep -c kermit ${path} >> ${folder}/restarts; true`];
const restarts = (): string[] =>
  fs.existsSync(join(folder, "restarts"))
    ? fs.readFileSync(join(folder, "restarts"), "utf8").trimEnd().split("\n")
    : [];

/** A restart that fails as long as our entries are in the file. */
const failing = () => ["sh", "-c", `! grep kermit ${path} || { echo cannot start >&2; exit 3; }`];

const inputs = (more: Properties = {}): Properties => ({
  connection,
  path,
  name: "prod",
  entries: [log],
  restart: restart(),
  ...more,
});
const create = async (more: Properties = {}): Promise<Properties> =>
  (await provider.create(urn, inputs(more))).outs as Properties;
const update = async (olds: Properties, more: Properties): Promise<Properties> =>
  (await provider.update(path, urn, olds, inputs(more))).outs as Properties;
const refreshed = async (olds: Properties): Promise<Properties> =>
  (await provider.read(path, urn, olds)).props as Properties;
const changes = async (olds: Properties, more: Properties = {}): Promise<boolean | undefined> =>
  (await provider.diff(path, urn, olds, inputs(more))).changes;
const reasons = async (more: Properties = {}): Promise<string[] | undefined> =>
  (await provider.check(urn, {}, inputs(more))).failures?.map(({ reason }) => reason);

const text = (): string => fs.readFileSync(path, "latin1");
const names = (): string[] => fs.readdirSync(folder).filter((name) => name !== "restarts");

describe("entries in a broker's file", () => {
  test("K32: create adds them, keeps the file that was there, its mode, and restarts once", async () => {
    expect(await reasons()).toEqual([]);
    const outs = await create();
    const ours =
      '<authorizationEntry queue="kermit.log" read="noc" write="kermit" admin="admins"/>';
    expect(outs).toEqual({ connection, path, name: "prod", found: [ours], restart: restart() });
    expect(text()).toBe(
      original
        .toString("latin1")
        .replace(
          "-->",
          `-->\r\n    <!-- mq "prod": what is between these comments is replaced by up and removed by destroy -->\r\n    ${ours}\r\n    <!-- end of mq "prod" -->`,
        ),
    );
    expect(fs.statSync(path).mode & 0o7777).toBe(0o640);
    expect(fs.readFileSync(`${path}.before-mq`)).toEqual(original);
    expect(restarts()).toEqual(["1"]);
    expect(await changes(outs)).toBe(false);
    expect(await refreshed(outs)).toEqual(outs);
  });

  test("K32: delete leaves every byte as it was, no backup, and restarts once", async () => {
    await provider.delete(path, urn, await create());
    expect(fs.readFileSync(path)).toEqual(original);
    expect(names()).toEqual(["activemq.xml"]);
    expect(restarts()).toEqual(["1", "0"]);
  });

  test("K32: a change of entries restarts once, a change of the command not at all", async () => {
    const outs = await create();
    const entries = [log, { ...log, queue: "kermit.inventory" }];
    expect(await changes(outs, { entries })).toBe(true);
    const more = await update(outs, { entries });
    expect(restarts()).toEqual(["1", "2"]);
    const other = ["sh", "-c", "exit 1"];
    expect(await changes(more, { entries, restart: other })).toBe(true);
    expect((await update(more, { entries, restart: other }))["restart"]).toEqual(other);
    expect(restarts()).toEqual(["1", "2"]);
    expect(fs.readFileSync(`${path}.before-mq`)).toEqual(original);
  });

  test.each([
    ["edited", (xml: string) => xml.replace("noc", "eve")],
    ["removed", () => original.toString("latin1")],
  ])("K32: entries that somebody has %s are seen and mended", async (_, spoil) => {
    const outs = await create();
    const good = text();
    fs.writeFileSync(path, spoil(good), "latin1");
    const seen = await refreshed(outs);
    expect(await changes(seen)).toBe(true);
    expect(await update(seen, {})).toEqual(outs);
    expect(text()).toBe(good);
    expect(restarts()).toEqual(["1", "1"]);
  });

  test("K32: what others add meanwhile is no drift, and stays with the backup after delete", async () => {
    const outs = await create();
    const theirs = text().replace(
      "  </authorizationEntries>",
      "  <theirs/></authorizationEntries>",
    );
    fs.writeFileSync(path, theirs, "latin1");
    expect(await changes(await refreshed(outs))).toBe(false);
    await provider.delete(path, urn, outs);
    expect(text()).toBe(
      original
        .toString("latin1")
        .replace("  </authorizationEntries>", "  <theirs/></authorizationEntries>"),
    );
    expect(names()).toEqual(["activemq.xml", "activemq.xml.before-mq"]);
  });

  test("K32: a failing restart is reported with its output, and the file is what it was", async () => {
    const error = new RegExp(
      `^restart: "sh -c .*" ended with 3; mend what it says:\n[^]*cannot start\n${path} is as it was before, and the broker has restarted with it$`,
    );
    await expect(create({ restart: failing() })).rejects.toThrow(error);
    expect(fs.readFileSync(path)).toEqual(original);
    expect(names()).toEqual(["activemq.xml"]);

    const outs = await create();
    const good = text();
    const entries = [{ ...log, queue: "other" }];
    const never = ["sh", "-c", "echo broken; exit 1"];
    await expect(update(outs, { entries, restart: never })).rejects.toThrow(
      `restart: "sh -c echo broken; exit 1" ended with 1; mend what it says:\nbroken\n${path} is as it was before, and that failed with it too`,
    );
    await expect(provider.delete(path, urn, { ...outs, restart: never })).rejects.toThrow("broken");
    expect(text()).toBe(good);
  });

  test("K32: what an interrupted run left is taken over, with a restart", async () => {
    const outs = await create();
    expect(await create()).toEqual(outs);
    expect(restarts()).toEqual(["1", "1"]);
    const entries = [{ ...log, read: "others" }];
    const more = await update(outs, { entries });
    expect(await update(outs, { entries })).toEqual(more);
    expect(restarts()).toEqual(["1", "1", "1", "1"]);
    await provider.delete(path, urn, more);
    expect(fs.readFileSync(path)).toEqual(original);
  });

  test("K32: no restart without a command, or without a file", async () => {
    const outs = await create({ restart: undefined });
    expect(outs).not.toHaveProperty("restart");
    fs.rmSync(path);
    expect((await provider.read(path, urn, outs)).id).toBe("");
    await provider.delete(path, urn, { ...outs, restart: restart() });
    expect(restarts()).toEqual([]);
  });
});

describe("what is refused before anything is done", () => {
  test("K32: a broker without authorizationPlugin, with the mend", async () => {
    fs.writeFileSync(path, "<broker/>");
    expect(await reasons()).toEqual([
      `path: ${path} has no authorizationPlugin: every user of that broker may do everything; add <authorizationPlugin><map><authorizationMap><authorizationEntries/></authorizationMap></map></authorizationPlugin> to the plugins of the broker, with entries for the users that it has`,
    ]);
    await expect(create()).rejects.toThrow(`${path} has no authorizationPlugin`);
    expect(names()).toEqual(["activemq.xml"]);
  });

  test("K32: what is no XML, no file, or not there", async () => {
    fs.writeFileSync(path, "<broker>\n<a></broker>");
    expect(await reasons()).toEqual([
      `path: ${path} is not well-formed XML from line 2 on; correct it there (xmllint --noout shows what is wrong)`,
    ]);
    fs.symlinkSync(path, join(folder, "link"));
    expect(await reasons({ path: join(folder, "link") })).toEqual([
      `path: ${folder}/link is not a regular file; give the path of the file itself, not of a link to it`,
    ]);
    fs.rmSync(path);
    expect(await reasons()).toEqual([
      `path: ${path} is not there; give the path of the broker's activemq.xml`,
    ]);
  });

  test("K32: a file of somebody else, where this is not root", async () => {
    class UserConnection extends LocalConnection {
      override effectiveUser(): Promise<Account> {
        return Promise.resolve({ name: "alice", uid: 12345, gid: 12345, home: "/home/alice" });
      }
    }
    provider = new HostsProvider(new EngineLog(undefined), new UserConnection());
    const { owner = "" } = (await new LocalConnection().stat(path)) ?? {};
    expect(await reasons()).toEqual([
      `path: ${path} is ${owner}'s, and only root or ${owner} can change it; run as one of them`,
    ]);
  });

  test("K32: entries that are none", async () => {
    expect(await reasons({ entries: [] })).toEqual([
      "entries: needs at least one entry; leave the resource out",
    ]);
    const neither = { ...log, queue: undefined };
    expect(await reasons({ entries: [neither, { ...log, topic: "x" }, { ...log, read: "a\nb" }] })).toEqual([
      "entries.0: must have either a queue or a topic",
      "entries.1: must have either a queue or a topic",
      "entries.2.read: must not hold a newline or another control character",
    ]); // prettier-ignore
  });

  test("K32: a file that lost one of our comments: seen by refresh, refused by up and destroy", async () => {
    const outs = await create();
    fs.writeFileSync(path, text().replace(/<!-- end of.*-->/, ""), "latin1");
    expect((await refreshed(outs))["found"]).toEqual([]);
    const reason = `${path} has not exactly one pair of the comments <!-- mq "prod": … --> and <!-- end of mq "prod" --> any more; remove what is left of them, with our entries`;
    expect(await reasons()).toEqual([`path: ${reason}`]);
    await expect(provider.delete(path, urn, outs)).rejects.toThrow(reason);
  });
});
