import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Engine } from "../../tools/lib/engine";
import { projectDir } from "../../tools/lib/workspace";
import { connectStomp } from "../../workloads/shared/stomp";
import { ExistingActiveMq, javaInstalled } from "../support/existing-activemq";
import { openScratch } from "../support/scratch-program";

/** Somebody's broker: alice and bob have a queue, kermit-sender and noc an account and nothing to use it for. */
const activeMqXml = (stompPort: number): string => `<?xml version="1.0" encoding="UTF-8"?>
<beans xmlns="http://www.springframework.org/schema/beans" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="http://www.springframework.org/schema/beans http://www.springframework.org/schema/beans/spring-beans.xsd
  http://activemq.apache.org/schema/core http://activemq.apache.org/schema/core/activemq-core.xsd">
  <!-- was: <authorizationEntries/> -->
  <broker xmlns="http://activemq.apache.org/schema/core" brokerName="theirs" persistent="false" useJmx="false"
          dataDirectory="\${activemq.data}">
    <destinations>\r
      <queue physicalName="orders"/><queue physicalName="kermit.log"/><queue physicalName="kermit.inventory"/>
    </destinations>
    <plugins>
      <simpleAuthenticationPlugin>
        <users>
${["admin", "alice", "bob", "kermit-sender", "noc"]
  .map(
    (user) =>
      `          <authenticationUser username="${user}" password="of-${user}" groups="${user === "admin" ? "admins" : user}"/>`,
  )
  .join("\n")}
        </users>
      </simpleAuthenticationPlugin>
      <authorizationPlugin>
        <map>
          <authorizationMap>
            <authorizationEntries>
              <authorizationEntry queue=">" read="admins" write="admins" admin="admins" />
              <authorizationEntry topic=">" read="admins" write="admins" admin="admins" />
              <authorizationEntry topic="ActiveMQ.Advisory.>" read="admins" write="admins,alice,bob" admin="admins,alice,bob" />
              <!-- für Alice -->
              <authorizationEntry queue="orders" read="bob" write="alice" admin="admins" />
            </authorizationEntries>
          </authorizationMap>
        </map>
      </authorizationPlugin>
    </plugins>
    <transportConnectors>
      <transportConnector name="stomp" uri="stomp://127.0.0.1:${String(stompPort)}"/>
    </transportConnectors>
  </broker>
</beans>
`;

const topology = {
  acl: "least-privilege",
  queues: ["kermit.inventory", "kermit.log"].map((name) => ({ name, vhost: "/", type: "classic" })),
  users: [
    { name: "kermit-sender", send: ["kermit.log"], receive: [], manage: [], client: "mq" },
    { name: "noc", send: [], receive: ["kermit.log"], manage: [], client: "mq" },
  ],
};

let broker: ExistingActiveMq;
let folder: string;
let engine: Engine;

/** What the stack of the test is made of. */
async function open(): Promise<void> {
  const hosts = join(projectDir, "components/platforms/hosts/provider");
  const component = join(projectDir, "components/brokers/activemq/hosts/existing-authorization.ts");
  const host = { name: "here", connection: { kind: "local" }, root: "/", node: process.execPath };
  const args = { host, config: broker.config, restart: broker.restartCommand, topology };
  engine = await openScratch({
    folder,
    program: `const { ExistingActiveMqAuthorization } = require(${JSON.stringify(component)});
      new ExistingActiveMqAuthorization("broker", ${JSON.stringify(args)});`,
    project: { plugins: { providers: [{ name: "hosts", path: hosts }] } },
  });
}

async function pulumi(code: number, ...args: string[]): Promise<string> {
  const finished = await engine.capture(...args);
  const text = finished.stdout + finished.stderr;
  expect(finished.code, text).toBe(code);
  return text;
}

/** Whether the broker lets a user, by STOMP, put a message into a queue or take from it. */
async function may(user: string, verb: "send" | "receive", queue: string): Promise<boolean> {
  const session = await connectStomp({
    broker: { protocol: "stomp", host: "127.0.0.1", port: broker.stompPort, vhost: "/", user, passwordFile: "" }, // prettier-ignore
    password: `of-${user}`,
    timeoutMs: 10_000,
    heartbeatMs: 0,
  });
  const address = `/queue/${queue}`;
  try {
    await (verb === "send"
      ? session.send(address, new Map(), Buffer.from("x"))
      : session.subscribe({
          source: address,
          prefetch: 1,
          maxBytes: 10,
          onDelivery: () => undefined,
          spool: () => {
            throw new Error("too large");
          },
        }));
    return true;
  } catch (error) {
    expect((error as Error).message).toMatch(/not authorized/);
    return false;
  } finally {
    await session.close();
  }
}

/** What each user may do, of what is asked about here. */
async function rights(): Promise<string[]> {
  const allowed: string[] = [];
  for (const user of ["alice", "bob", "kermit-sender", "noc"]) {
    for (const verb of ["send", "receive"] as const) {
      for (const queue of ["orders", "kermit.log", "kermit.inventory"]) {
        if (await may(user, verb, queue)) allowed.push(`${user} ${verb} ${queue}`);
      }
    }
  }
  return allowed;
}

const theirs = ["alice send orders", "bob receive orders"];

describe.skipIf(!javaInstalled)("an ActiveMQ that is there", () => {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "mq-existing-project-"));
    broker = await ExistingActiveMq.start(activeMqXml);
  });

  afterEach(async () => {
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("K32: our users' grants hold beside those that were there, and destroy leaves the file as it was", async () => {
    const before = readFileSync(broker.config);
    chmodSync(broker.config, 0o640);
    expect(await rights()).toEqual(theirs);

    await open();
    await pulumi(0, "preview");
    expect(readFileSync(broker.config)).toEqual(before);
    await pulumi(0, "up", "--yes");
    expect(broker.restarts).toBe(1);
    expect(await rights()).toEqual([
      ...theirs,
      "kermit-sender send kermit.log",
      "noc receive kermit.log",
    ]);
    expect(readFileSync(`${broker.config}.before-mq`)).toEqual(before);
    expect(statSync(broker.config).mode & 0o777).toBe(0o640);

    await pulumi(0, "refresh", "--yes");
    await pulumi(0, "preview", "--expect-no-changes");
    await pulumi(0, "up", "--yes");
    expect(broker.restarts).toBe(1);

    await pulumi(0, "destroy", "--yes");
    expect(readFileSync(broker.config)).toEqual(before);
    expect(existsSync(`${broker.config}.before-mq`)).toBe(false);
    expect(broker.restarts).toBe(2);
    expect(await rights()).toEqual(theirs);
  });
});
