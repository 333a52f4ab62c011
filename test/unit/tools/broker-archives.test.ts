import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { archiveFolder, ensureArchive } from "../../../tools/brokers/archives";
import { ensureStackArchive } from "../../../tools/brokers/stack-archive";
import type { Workspace } from "../../../tools/lib/workspace";

const artemis = "apache-artemis-2.44.0-bin.tar.gz";
/** No sum is known of it, so that a few bytes can stand for it. */
const untried = "apache-artemis-2.99.0-bin.tar.gz";

let folder: string;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mq-brokers-"));
  said = [];
  vi.stubEnv("XDG_CACHE_HOME", folder);
  vi.spyOn(console, "error").mockReturnValue();
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** Puts a script in Maven's place; it finds where to put the file in `$to`, and its arguments are kept. */
function maven(script: string): void {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const find = "for word; do case $word in -DoutputDirectory=*) to=${word#*=};; esac; done";
  writeFileSync(join(bin, "mvn"), `#!/bin/sh\necho "$@" >>'${folder}/calls'\n${find}\n${script}\n`);
  chmodSync(join(bin, "mvn"), 0o755);
  vi.stubEnv("PATH", [bin, process.env.PATH].join(delimiter));
}

const calls = (): string[] =>
  existsSync(join(folder, "calls"))
    ? readFileSync(join(folder, "calls"), "utf8").trimEnd().split("\n")
    : [];

const ensure = (name: string): Promise<string> =>
  ensureArchive(name, {
    say: (line) => {
      said.push(line);
    },
  });

describe("ensureArchive", () => {
  test("gets an archive once, by its coordinates, and says how it goes", async () => {
    maven(`echo content >$to/${untried}`);
    const path = join(folder, "mq/brokers", untried);
    expect(await ensure(untried)).toBe(path);
    expect(await ensure(untried)).toBe(path);
    expect(readFileSync(path, "utf8")).toBe("content\n");
    expect(readdirSync(archiveFolder())).toEqual([untried]);
    expect(calls()).toEqual([
      expect.stringMatching(
        /^--batch-mode --no-transfer-progress --strict-checksums .*:copy -Dartifact=org\.apache\.activemq:apache-artemis:2\.99\.0:tar\.gz:bin -DoutputDirectory=\S+$/,
      ),
    ]);
    expect(said).toEqual([
      `brokers: gets ${untried} by Maven, once: up to 50 MB …`,
      expect.stringMatching(new RegExp(`^brokers: got 0 MB in [\\d.]+ s: ${path}$`)),
    ]);
  });

  test("what is another archive than the one that was published is not kept", async () => {
    maven(`echo other >$to/${artemis}`);
    await expect(ensure(artemis)).rejects.toThrow(
      /^brokers: what Maven got for apache-artemis-2\.44\.0-bin\.tar\.gz has the SHA-512 [0-9a-f]{128}, not d709eafe[0-9a-f]{120}; it is not kept\. /,
    );
    expect(readdirSync(archiveFolder())).toEqual([]);
  });

  test("without Maven it says what to install", async () => {
    vi.stubEnv("PATH", folder);
    await expect(ensure(artemis)).rejects.toThrow(
      "brokers: apache-artemis-2.44.0-bin.tar.gz is got by Maven, and mvn is not on PATH; install it (Debian, Ubuntu: apt-get install maven; Fedora: dnf install maven), or name an archive of your own: mq:broker.archive",
    );
    expect(readdirSync(archiveFolder())).toEqual([]);
  });

  test("what Maven says is shown, but its hints; nothing half is kept", async () => {
    maven(
      `echo half >$to/${artemis}; printf '[INFO] x\\n[ERROR] Unknown host\\n[ERROR] \\n[ERROR] Re-run Maven\\n'; exit 1`,
    );
    await expect(ensure(artemis)).rejects.toThrow(
      "brokers: Maven could not get apache-artemis-2.44.0-bin.tar.gz (code 1):\n[ERROR] Unknown host\nMend that (a proxy or a mirror belongs into ~/.m2/settings.xml) and run the same command again, or name an archive of your own: mq:broker.archive",
    );
    expect(readdirSync(archiveFolder())).toEqual([]);
  });

  test.each([
    "rabbitmq.tar.gz",
    "../apache-artemis-2.44.0-bin.tar.gz",
    "apache-artemis-../x-bin.tar.gz",
  ])("%s is none that it gets", async (name) => {
    await expect(ensure(name)).rejects.toThrow(
      `brokers: ${name} is no archive of ActiveMQ Classic or Artemis, such as apache-artemis-2.44.0-bin.tar.gz; name one of those`,
    );
  });

  test("ActiveMQ 6 is made of jars; others than those that were tried are refused", async () => {
    maven("mkdir -p $to; echo jar >$to/activemq-run-6.1.7.jar");
    await expect(ensure("apache-activemq-6.1.7-bin.tar.gz")).rejects.toThrow(
      /^brokers: the jars of ActiveMQ Classic 6\.1\.7 have the sum [0-9a-f]{64}, not /,
    );
    expect(calls()).toEqual([
      expect.stringMatching(/ --file \S+\/activemq-6\/pom\.xml \S+:copy-dependencies /),
    ]);
    expect(readdirSync(archiveFolder())).toEqual([]);
  });
});

describe("ensureStackArchive", () => {
  const stack = (broker: object, platform = "hosts"): Workspace => {
    const stackFile = join(folder, "Pulumi.s.yaml");
    writeFileSync(
      stackFile,
      JSON.stringify({ config: { "mq:platform": platform, "mq:broker": broker } }),
    );
    return { stack: "s", stackFile, stateDir: join(folder, "state") };
  };
  const got = (): string[] => calls().map((call) => /-Dartifact=(\S+)/.exec(call)?.[1] ?? "none");

  test("gets what the broker of a stack of hosts is unpacked from, the version that is named or the default", async () => {
    maven("exit 1");
    for (const broker of [
      { kind: "artemis", archive: { version: "2.99.0" } },
      { kind: "artemis" },
      { kind: "activemq" },
    ]) {
      await expect(ensureStackArchive(stack(broker))).rejects.toThrow("Maven could not get");
    }
    expect(got()).toEqual([
      "org.apache.activemq:apache-artemis:2.99.0:tar.gz:bin",
      "org.apache.activemq:apache-artemis:2.44.0:tar.gz:bin",
      "org.apache.activemq:apache-activemq:5.18.3:tar.gz:bin",
    ]);
  });

  test.each<[what: string, broker: object, platform: string]>([
    ["RabbitMQ", { kind: "rabbitmq" }, "hosts"],
    ["an archive of one's own", { kind: "artemis", archive: { file: "/srv/a.tar.gz" } }, "hosts"],
    ["Kubernetes", { kind: "artemis" }, "kubernetes"],
    ["a kind that there is not", { kind: "constructor" }, "hosts"],
  ])("gets nothing for %s", async (_what, broker, platform) => {
    maven("exit 1");
    await ensureStackArchive(stack(broker, platform));
    expect(got()).toEqual([]);
  });
});
