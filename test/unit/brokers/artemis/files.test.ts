import { createHash, pbkdf2Sync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { artemisCommand } from "../../../../components/brokers/artemis/command";
import type { ArtemisConfig } from "../../../../components/brokers/artemis/config";
import { artemisFileNames, artemisFiles } from "../../../../components/brokers/artemis/files";
import { artemisPasswordHash } from "../../../../components/brokers/artemis/password-hash";
import { queues, users } from "../../../support/access-cases";
import { artemisConfig, credentialsOf, readProperties } from "../../access/artemis-broker";
import { cluster, tls } from "./parts";
import { readXml } from "./read-xml";

const stack = { queues, users, acl: "least-privilege" } as const;
const credentials = credentialsOf(stack);

function files(more: Partial<ArtemisConfig> = {}): Partial<Record<string, string>> {
  return artemisFiles({ ...artemisConfig(stack), ...more }, credentials);
}

describe("the files", () => {
  test("all of them, those of TLS where there is TLS", () => {
    expect(Object.keys(files({ tls })).sort()).toStrictEqual([...artemisFileNames].sort());
    expect(Object.keys(files())).not.toContain("tls.pemcfg");
  });

  test("no password is among them, nor what one could be told from at a glance", () => {
    const text = Object.values(files({ cluster, tls })).join("\n");
    expect(text).not.toContain("secret of");
  });

  test("K16: a change of queues, users, rights or passwords changes them, and nothing else does", () => {
    const before = files();
    expect(files()).toStrictEqual(before);
    expect(files({ queues: [...queues].reverse(), users: [...users].reverse() })).toStrictEqual(
      before,
    );
    const changed = (more: Partial<ArtemisConfig>): string[] =>
      Object.entries(files(more))
        .filter(([name, text]) => before[name] !== text)
        .map(([name]) => name);
    expect(changed({ queues: queues.slice(1) })).toStrictEqual(["broker.xml"]);
    expect(changed({ users: users.slice(1) })).toStrictEqual([
      "artemis-roles.properties",
      "artemis-users.properties",
      "broker.xml",
    ]);
    expect(changed({ users: users.map((each) => ({ ...each, send: [] })) })).toStrictEqual([
      "broker.xml",
    ]);
    const others = {
      ...credentials,
      users: { ...credentials.users, sender: { password: "new", salt: "AQIDBA==" } },
    };
    const renewed = Object.entries(artemisFiles(artemisConfig(stack), others));
    expect(
      renewed.filter(([name, text]) => before[name] !== text).map(([name]) => name),
    ).toStrictEqual(["artemis-users.properties"]);
  });

  test("bootstrap.xml has the login and the configuration, and no web server", () => {
    expect(readXml(files({ etc: "/e" })["bootstrap.xml"] ?? "")).toStrictEqual({
      broker: {
        "@xmlns": "http://activemq.apache.org/schema",
        "jaas-security": { "@domain": "artemis" },
        server: { "@configuration": "file:/e/broker.xml" },
      },
    });
  });

  test("management.xml opens nothing to JMX from elsewhere", () => {
    expect(readXml(files()["management.xml"] ?? "")).toStrictEqual({
      "management-context": { "@xmlns": "http://activemq.apache.org/schema" },
    });
  });

  test("login.config knows users and roles of the two files, and no guest", () => {
    expect(files()["login.config"]).toBe(
      [
        "artemis {",
        "    org.apache.activemq.artemis.spi.core.security.jaas.PropertiesLoginModule required",
        "        reload=true",
        '        org.apache.activemq.jaas.properties.user="artemis-users.properties"',
        '        org.apache.activemq.jaas.properties.role="artemis-roles.properties";',
        "};",
        "",
      ].join("\n"),
    );
  });

  test("log4j2.properties writes to standard output alone, without a line for each look at an object", () => {
    const read = files()["log4j2.properties"] ?? "";
    expect(read).toContain("appender.console.type = Console\n");
    expect(read.match(/^appender\.\w+\.type/gm)).toHaveLength(1);
    expect(read).toContain("logger.quiet.level = off\n");
  });

  test("a user without a password is refused", () => {
    expect(() => artemisFiles(artemisConfig(stack), { ...credentials, users: {} })).toThrow(
      "mq:users.both: has no password; give it one",
    );
  });
});

describe("password hashes", () => {
  test("a known answer, which Artemis 2.44.0 lets in", () => {
    expect(artemisPasswordHash("adminpw", "mq-admin AAAAAA==")).toBe(
      [
        "ENC(1024",
        "A98AA3F38AC55BE6CCE75E24DB3297E2CA974E4AF9B22800D80EFA5EC96AD65C",
        "D2D401CB5D67B37E4B662753E1DD1B91FEF3E0AF455CCB48510757EDC4CA1D8416548AE16F9794C267A779F76FED3D35BE38A3B69E2E82B503A6D6C263EF52EC)",
      ].join(":"),
    );
  });

  test("every user has a hash of its own, which any password's login can be checked with", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (password) => {
        const own = { ...credentials, admin: { password, salt: "AQIDBA==" } };
        const text = artemisFiles(artemisConfig({ ...stack, users: [] }), own)[
          "artemis-users.properties"
        ];
        const hash = readProperties(text ?? "")["mq-admin"] ?? "";
        const [, iterations, salt = "", key] =
          /^ENC\((\d+):([0-9A-F]+):([0-9A-F]{128})\)$/.exec(hash) ?? [];
        const again = pbkdf2Sync(
          password,
          Buffer.from(salt, "hex"),
          Number(iterations),
          64,
          "sha1",
        );
        expect(again.toString("hex").toUpperCase()).toBe(key);
      }),
      { numRuns: 50 },
    );
  });

  test("two users with the same password have different hashes", () => {
    const same = { password: "x", salt: "AQIDBA==" };
    const text = artemisFiles(artemisConfig(stack), {
      admin: same,
      users: Object.fromEntries(users.map(({ name }) => [name, same])),
    })["artemis-users.properties"];
    const hashes = Object.values(readProperties(text ?? ""));
    expect(new Set(hashes).size).toBe(users.length + 1);
    expect(hashes.join("")).not.toContain(createHash("sha1").update("x").digest("hex"));
  });
});

test("the command runs Java itself, with all that is the node's own and no secret", () => {
  expect(
    artemisCommand({
      java: "/usr/bin/java",
      home: "/opt/artemis",
      etc: "/etc/artemis",
      data: "/var/lib/artemis",
      tmp: "/tmp/artemis",
      heapBytes: 300,
      name: "artemis-prod-0",
      agent: "-javaagent:/agent.jar=9404:/etc/artemis/jmx-exporter.yaml",
    }),
  ).toStrictEqual([
    "/usr/bin/java",
    "-Xms300",
    "-Xmx300",
    "-XX:MaxDirectMemorySize=100",
    "-XX:+ExitOnOutOfMemoryError",
    "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
    "-Djava.awt.headless=true",
    "-Djava.io.tmpdir=/tmp/artemis",
    "-Djava.security.auth.login.config=/etc/artemis/login.config",
    "-Dlog4j2.disableJmx=true",
    "-Dlog4j2.configurationFile=file:/etc/artemis/log4j2.properties",
    "-Dartemis.home=/opt/artemis",
    "-Dartemis.instance=/var/lib/artemis",
    "-Dartemis.instance.etc=/etc/artemis",
    "-Dmq.broker.name=artemis-prod-0",
    "-javaagent:/agent.jar=9404:/etc/artemis/jmx-exporter.yaml",
    "-classpath",
    "/opt/artemis/lib/artemis-boot.jar",
    "org.apache.activemq.artemis.boot.Artemis",
    "run",
  ]);
});
