import { beforeAll, describe, expect, test } from "vitest";
import { derivePassword } from "../../../../components/access/client-passwords";
import { activeMqFiles } from "../../../../components/brokers/activemq/files";
import { artemisFiles } from "../../../../components/brokers/artemis/files";
import { archiveSums } from "../../../../components/brokers/java/archive-sums";
import {
  clearText,
  find,
  generatedBytes,
  generatedPassword,
  isSecret,
  reveal,
  type RecordedResource,
} from "../../../support/mocks";
import { localProgramStack, runProgram } from "../../../support/program";
import { hostsTopology } from "../../../support/stack-values";

type Kind = "activemq" | "artemis";

const connection = { kind: "local" };
const root = "/var/lib/mq/local";
const java = "/opt/java/bin/java";
const versions = { activemq: "5.18.3", artemis: "2.44.0" };
const components = { activemq: "HostsActiveMq", artemis: "HostsArtemis" };

/** The local stack with its broker's kind changed, and nothing else. */
function stackOf(kind: Kind, change: { broker?: object; host?: object } = {}) {
  const values = localProgramStack();
  const { here } = values.hosts as { here: object };
  values.hosts = { here: { ...here, java, ...change.host } };
  values.broker = { ...(values.broker as object), kind, ...change.broker };
  return values;
}

const resourcesOf = async (
  kind: Kind,
  change: Parameters<typeof stackOf>[1] = {},
  uid = 0,
): Promise<readonly RecordedResource[]> =>
  (await runProgram(stackOf(kind, change), { uid })).resources;

const restartOn = (resources: readonly RecordedResource[]): unknown =>
  reveal(find(resources, "hosts:index:HostService", "broker").inputs.restartOn);

describe.each(["activemq", "artemis"] as const)("%s on a host", (kind) => {
  const home = `${root}/opt/apache-${kind}`;
  const etc = `${root}/etc/${kind}`;
  const data = `${root}/var/lib/${kind}`;
  let resources: readonly RecordedResource[];
  const inputsOf = (type: string, name: string) =>
    find(resources, `hosts:index:${type}`, name).inputs;
  const files = () =>
    resources.filter(
      ({ type, parent }) =>
        type === "hosts:index:HostFile" && parent === `mq:index:${components[kind]}::broker`,
    );

  beforeAll(async () => {
    resources = await resourcesOf(kind);
  });

  test("is unpacked from the archive that the commands fetch, of the sum that is known", () => {
    const file = `apache-${kind}-${versions[kind]}-bin.tar.gz`;
    expect(inputsOf("HostArchive", "broker-archive")).toStrictEqual({
      connection,
      source: `/home/operator/.cache/mq/brokers/${file}`,
      version: versions[kind],
      sha512: archiveSums[file],
      path: home,
    });
  });

  test("an archive of one's own has no sum that is known", async () => {
    const archive = { version: "9.9.9", file: "/srv/own.tar.gz" };
    const own = await resourcesOf(kind, { broker: { archive } });
    const { inputs } = find(own, "hosts:index:HostArchive", "broker-archive");
    expect(inputs).toStrictEqual({
      connection,
      source: "/srv/own.tar.gz",
      version: "9.9.9",
      path: home,
    });
  });

  test("has an account of its own that stays, as its data does", () => {
    expect(inputsOf("HostUser", "broker-user")).toStrictEqual({
      connection,
      name: kind,
      home: data,
    });
    expect(find(resources, "hosts:index:HostUser", "broker-user").retainOnDelete).toBe(true);
    const owner = { owner: kind, group: kind, mode: "0750" };
    expect(inputsOf("HostDirectory", "broker-data")).toStrictEqual({
      connection,
      path: data,
      ...owner,
      keep: true,
    });
    expect(inputsOf("HostDirectory", "broker-etc")).toStrictEqual({
      connection,
      path: etc,
      ...owner,
      keep: false,
    });
  });

  test("X5: all that it reads is a secret that its account alone reads; nothing of it is in clear", () => {
    const admin = generatedPassword("broker-admin");
    const seed = generatedPassword("passwords-seed");
    const secrets = [
      admin,
      generatedPassword("broker-encryption"),
      derivePassword(seed, "kermit-sender").password,
      derivePassword(seed, "kermit-receiver").password,
    ];
    expect(files().length).toBeGreaterThan(4);
    for (const { inputs } of files()) {
      expect(inputs).toMatchObject({ connection, owner: kind, group: kind, mode: "0600" });
      expect(isSecret(inputs.content)).toBe(true);
    }
    const clear = resources
      .filter(({ type }) => type.startsWith("hosts:"))
      .flatMap(({ inputs }) => clearText(inputs));
    for (const secret of secrets) {
      expect(clear.filter((text) => text.includes(secret))).toEqual([]);
    }
    expect(isSecret(inputsOf("HostService", "broker").restartOn)).toBe(true);
  });

  test("reads the files that its renderer makes, all of them, on the loopback address alone", () => {
    const { queues, users, acl } = hostsTopology(stackOf(kind));
    const seed = generatedPassword("passwords-seed");
    const listener = (protocol: "stomp" | "amqp", port: number) =>
      ({ protocol, host: "127.0.0.1", port, tls: false }) as const;
    const listeners = [listener("stomp", 36163), listener("amqp", 35672)];
    const login = {
      password: generatedPassword("broker-admin"),
      salt: generatedBytes("broker-admin-salt", 4),
    };
    const logins = Object.fromEntries(users.map(({ name }) => [name, derivePassword(seed, name)]));
    const common = { queues, users, acl, listeners, data, heapBytes: 512 * 1024 * 1024 };
    const rendered =
      kind === "activemq"
        ? activeMqFiles(
            { ...common, brokerName: "mq-local", extraAuthorizationEntries: [] },
            {
              admin: { user: "mq-admin", ...login },
              users: logins,
              encryptionPassword: generatedPassword("broker-encryption"),
            },
          )
        : artemisFiles({ ...common, etc }, { admin: login, users: logins });
    const written = Object.fromEntries(
      files().map(({ inputs }) => [
        (inputs.path as string).slice(etc.length + 1),
        reveal(inputs.content),
      ]),
    );
    expect(written).toStrictEqual({ ...rendered });
  });

  test("runs as a service of that account, with the Java that is named, and is ready when STOMP answers", () => {
    const { command, restartOn: hash, ...inputs } = inputsOf("HostService", "broker");
    expect(reveal(hash)).toMatch(/^[0-9a-f]{64}$/);
    expect(inputs).toStrictEqual({
      connection,
      name: `mq-local-${kind}`,
      description: `${kind === "activemq" ? "ActiveMQ Classic" : "Artemis"} broker of mq`,
      user: kind,
      workingDirectory: data,
      stateDirectory: `${root}/var/lib/mq-services`,
      ports: { amqp: 35672, stomp: 36163 },
      ready: { tcp: { host: "127.0.0.1", port: 36163 } },
      readyTimeoutSeconds: 120,
      stopTimeoutSeconds: 60,
    });
    expect(command).toContain(java);
    expect(command).toContain(`-Xmx${String(512 * 1024 * 1024)}`);
    const { dependsOn } = find(resources, "hosts:index:HostService", "broker");
    const needed = ["broker-archive", "broker-data", ...files().map(({ name }) => name)];
    expect(dependsOn).toEqual(expect.arrayContaining(needed));
  });

  test("OpenWire is open where a port is named", async () => {
    const ports = { amqp: 1001, stomp: 1002, openwire: 1003 };
    const { inputs } = find(
      await resourcesOf(kind, { broker: { ports, heap: "1Gi" } }),
      "hosts:index:HostService",
      "broker",
    );
    expect(inputs.ports).toStrictEqual(ports);
    expect(inputs.command).toContain(`-Xmx${String(1024 ** 3)}`);
  });

  test("K16: the service restarts when a file or the version changes, and else not", async () => {
    const before = restartOn(resources);
    expect(restartOn(await resourcesOf(kind))).toBe(before);
    const extra = stackOf(kind);
    (extra.queues as Record<string, object>).another = {};
    expect(restartOn((await runProgram(extra)).resources)).not.toBe(before);
    const archive = { version: "9.9.9" };
    expect(restartOn(await resourcesOf(kind, { broker: { archive } }))).not.toBe(before);
  });

  test("for somebody who is not root: everything is theirs, below their home", async () => {
    const theirs = await resourcesOf(kind, {}, 1000);
    expect(theirs.filter(({ type }) => type === "hosts:index:HostUser")).toEqual([]);
    const { inputs } = find(theirs, "hosts:index:HostService", "broker");
    expect(inputs).not.toHaveProperty("user");
    expect(inputs.workingDirectory).toBe(`/home/operator/.local/share/mq/local/var/lib/${kind}`);
  });

  test("the distribution's Java is installed only where no other is named or found", async () => {
    const packages = (of: readonly RecordedResource[]): unknown[] =>
      of.filter(({ type }) => type === "hosts:index:HostPackage").map(({ inputs }) => inputs);
    expect(packages(resources)).toEqual([]);
    const path = process.env.PATH;
    process.env.PATH = "/nonexistent";
    try {
      const bare = await resourcesOf(kind, { host: { java: undefined } });
      expect(packages(bare)).toStrictEqual([{ connection, name: "default-jre-headless" }]);
      const { inputs, dependsOn } = find(bare, "hosts:index:HostService", "broker");
      expect(inputs.command).toContain("/usr/bin/java");
      expect(dependsOn).toContain("broker-java");
    } finally {
      process.env.PATH = path;
    }
  });
});
