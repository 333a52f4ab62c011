import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { activeMqAddresses } from "../../../../components/brokers/activemq/addresses";
import { activeMqCommand } from "../../../../components/brokers/activemq/command";

const paths = { home: "/opt/apache-activemq", etc: "/etc/activemq", data: "/var/lib/activemq" };
const args = { ...paths, java: "/usr/bin/java", heapBytes: 512 * 1024 * 1024 };

test("the command starts Java with the files of etc", () => {
  expect(activeMqCommand(args).slice(3)).toStrictEqual([
    "/etc/activemq/encryption-password",
    "/usr/bin/java",
    "-Xms536870912",
    "-Xmx536870912",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "-Djava.io.tmpdir=/var/lib/activemq/tmp",
    "-Djava.security.auth.login.config=/etc/activemq/login.config",
    "-Dlog4j2.configurationFile=file:/etc/activemq/log4j2.properties",
    "-Dactivemq.home=/opt/apache-activemq",
    "-Dactivemq.base=/opt/apache-activemq",
    "-Dactivemq.conf=/etc/activemq",
    "-Dactivemq.data=/var/lib/activemq",
    "-jar",
    "/opt/apache-activemq/bin/activemq.jar",
    "start",
    "xbean:file:/etc/activemq/activemq.xml",
  ]);
});

test("an agent stands before what is run", () => {
  const agent = "-javaagent:/agent/exporter.jar=0.0.0.0:9404:/etc/activemq/jmx-exporter.yaml";
  const command = activeMqCommand({ ...args, agent });
  expect(command[command.indexOf("-jar") - 1]).toBe(agent);
});

describe("the shell before it", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "mq-command-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** What the broker would be given, from a program in Java's place. */
  function started(password: string): unknown {
    const java = join(folder, "java");
    writeFileSync(join(folder, "encryption-password"), password);
    writeFileSync(
      java,
      `#!${process.execPath}
console.log(JSON.stringify({
  parent: process.ppid,
  password: process.env.ACTIVEMQ_ENCRYPTION_PASSWORD,
  args: process.argv.slice(2),
}));`,
      { mode: 0o755 },
    );
    const [shell = "", ...rest] = activeMqCommand({ ...args, java, etc: folder });
    return JSON.parse(execFileSync(shell, rest, { encoding: "utf8" }));
  }

  test("puts the password into the environment, as it is, and nowhere else", () => {
    const password = String.raw`a $(b) "c" 'd' \e`;
    expect(started(`${password}\n`)).toStrictEqual({
      // The shell has become the program: a signal reaches it.
      parent: process.pid,
      password,
      args: activeMqCommand({ ...args, etc: folder }).slice(5),
    });
  });

  test("starts nothing without the password", () => {
    const [shell = "", ...rest] = activeMqCommand({ ...args, java: "/bin/true", etc: folder });
    expect(() => execFileSync(shell, rest, { stdio: "pipe" })).toThrow(/encryption-password/);
  });
});

test("K15, D22: queues by protocol", () => {
  const { stomp, amqp } = activeMqAddresses;
  expect([stomp.source("q"), stomp.target("q")]).toStrictEqual(["/queue/q", "/queue/q"]);
  expect([amqp.source("q"), amqp.target("q")]).toStrictEqual(["queue://q", "queue://q"]);
});
