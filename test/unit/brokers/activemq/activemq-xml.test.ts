import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { describe, expect, test } from "vitest";
import { activeMqXml } from "../../../../components/brokers/activemq/activemq-xml";
import type { ActiveMqConfig } from "../../../../components/brokers/activemq/config";
import { config, tls, user } from "./values";

/** An element as a parser gives it. */
interface Element {
  readonly [name: string]: string | readonly Element[];
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  parseAttributeValue: false,
  isArray: (_name, _path, _leaf, isAttribute) => !isAttribute,
});

/** The broker's element, read back by another parser. */
function broker(given: Partial<ActiveMqConfig> = {}): Element {
  const text = activeMqXml(config(given), "password-of-the-stores");
  expect(XMLValidator.validate(text)).toBe(true);
  const [beans] = (parser.parse(text) as Record<string, Element[]>).beans ?? [];
  return only(beans, "broker");
}

/** The elements at the end of a path. */
function all(element: Element | undefined, ...path: readonly string[]): readonly Element[] {
  const [name, ...rest] = path;
  if (element === undefined) return [];
  if (name === undefined) return [element];
  const children = element[name] ?? [];
  if (typeof children === "string") return [];
  return children.flatMap((child) => all(child, ...rest));
}

function only(element: Element | undefined, ...path: readonly string[]): Element {
  const [found, ...more] = all(element, ...path);
  if (found === undefined || more.length > 0) throw new Error(`not once: ${path.join("/")}`);
  return found;
}

const map = ["plugins", "authorizationPlugin", "map", "authorizationMap"];
const everyRight = (groups: string): Record<string, string> => ({
  "@read": groups,
  "@write": groups,
  "@admin": groups,
});

describe("activemq.xml", () => {
  test("D22: what Kermit's and DIRAC's queues need", () => {
    const dirac = {
      queues: [{ name: "TestQueue", vhost: "/", type: "classic" as const }],
      users: [user("dirac", { send: ["TestQueue"], receive: ["TestQueue"] })],
    };
    expect(activeMqXml(config(dirac), "")).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <beans xmlns="http://www.springframework.org/schema/beans" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.springframework.org/schema/beans http://www.springframework.org/schema/beans/spring-beans.xsd http://activemq.apache.org/schema/core http://activemq.apache.org/schema/core/activemq-core.xsd">
        <broker xmlns="http://activemq.apache.org/schema/core" brokerName="mq-local" dataDirectory="/var/lib/activemq" persistent="true" useJmx="true" useShutdownHook="false" schedulerSupport="false" advisorySupport="false" schedulePeriodForDiskUsageCheck="60000" diskUsageCheckRegrowThreshold="0">
          <destinationPolicy>
            <policyMap>
              <policyEntries>
                <policyEntry queue="&gt;">
                  <deadLetterStrategy>
                    <sharedDeadLetterStrategy processNonPersistent="true"/>
                  </deadLetterStrategy>
                </policyEntry>
              </policyEntries>
            </policyMap>
          </destinationPolicy>
          <managementContext>
            <managementContext createConnector="false"/>
          </managementContext>
          <persistenceAdapter>
            <kahaDB directory="/var/lib/activemq/kahadb" journalDiskSyncStrategy="always"/>
          </persistenceAdapter>
          <systemUsage>
            <systemUsage>
              <memoryUsage>
                <memoryUsage percentOfJvmHeap="60"/>
              </memoryUsage>
              <storeUsage>
                <storeUsage percentLimit="10"/>
              </storeUsage>
              <tempUsage>
                <tempUsage limit="67108864"/>
              </tempUsage>
            </systemUsage>
          </systemUsage>
          <destinations>
            <queue physicalName="TestQueue"/>
          </destinations>
          <plugins>
            <jaasAuthenticationPlugin configuration="activemq"/>
            <authorizationPlugin>
              <map>
                <authorizationMap>
                  <authorizationEntries>
                    <authorizationEntry queue="&gt;" read="admins" write="admins" admin="admins"/>
                    <authorizationEntry queue="TestQueue" read="admins,dirac" write="admins,dirac" admin="admins"/>
                    <authorizationEntry topic="&gt;" read="admins" write="admins" admin="admins"/>
                    <authorizationEntry topic="ActiveMQ.Advisory.&gt;" read="admins" write="admins" admin="admins"/>
                  </authorizationEntries>
                  <tempDestinationAuthorizationEntry>
                    <tempDestinationAuthorizationEntry read="admins" write="admins" admin="admins"/>
                  </tempDestinationAuthorizationEntry>
                </authorizationMap>
              </map>
            </authorizationPlugin>
            <forcePersistencyModeBrokerPlugin persistenceFlag="true"/>
          </plugins>
          <transportConnectors>
            <transportConnector name="stomp" uri="stomp://127.0.0.1:61613?wireFormat.maxDataLength=33554432"/>
            <transportConnector name="amqp" uri="amqp://127.0.0.1:5672?wireFormat.maxFrameSize=34603008&amp;transport.transformer=jms"/>
          </transportConnectors>
        </broker>
      </beans>
      "
    `);
  });

  test("the limit of a message follows from the heap, up to 128 MiB", () => {
    const limit = (heapBytes: number): unknown =>
      all(broker({ heapBytes }), "transportConnectors", "transportConnector").map(
        ({ "@uri": uri }) => new URL(uri as string).search,
      );
    expect(limit(256 * 1024 * 1024)).toStrictEqual([
      "?wireFormat.maxDataLength=16777216",
      "?wireFormat.maxFrameSize=17825792&transport.transformer=jms",
    ]);
    expect(limit(8 * 1024 * 1024 * 1024)).toStrictEqual([
      "?wireFormat.maxDataLength=134217728",
      "?wireFormat.maxFrameSize=135266304&transport.transformer=jms",
    ]);
  });

  test("K15: listeners with TLS, by a scheme of their own", () => {
    const listeners = (["stomp", "amqp", "openwire"] as const).map((protocol) => ({
      protocol,
      host: "0.0.0.0",
      port: 1000,
      tls: true,
    }));
    const element = broker({ listeners, tls });
    const options = "&transport.enabledProtocols=TLSv1.3,TLSv1.2&needClientAuth=true";
    expect(all(element, "transportConnectors", "transportConnector")).toStrictEqual([
      {
        "@name": "stomp+ssl",
        "@uri": `stomp+ssl://0.0.0.0:1000?wireFormat.maxDataLength=33554432${options}`,
      },
      {
        "@name": "amqp+ssl",
        "@uri": `amqp+ssl://0.0.0.0:1000?wireFormat.maxFrameSize=34603008&transport.transformer=jms${options}`,
      },
      {
        "@name": "ssl",
        "@uri": `ssl://0.0.0.0:1000?wireFormat.maxFrameSize=34603008${options}`,
      },
    ]);
    expect(only(element, "sslContext", "sslContext")).toStrictEqual({
      "@keyStore": "file:/run/key-stores/key-store.p12",
      "@keyStoreType": "PKCS12",
      "@keyStorePassword": "password-of-the-stores",
      "@trustStore": "file:/run/key-stores/trust-store.p12",
      "@trustStoreType": "PKCS12",
      "@trustStorePassword": "password-of-the-stores",
    });
  });

  test("without client certificates nobody is asked for one", () => {
    const listeners = [{ protocol: "stomp", host: "::1", port: 61614, tls: true } as const];
    const element = broker({ listeners, tls: { ...tls, clientCertificates: false } });
    expect(only(element, "transportConnectors", "transportConnector")["@uri"]).toBe(
      "stomp+ssl://[::1]:61614?wireFormat.maxDataLength=33554432&transport.enabledProtocols=TLSv1.3,TLSv1.2&needClientAuth=false",
    );
  });

  test("a listener with TLS needs certificates", () => {
    const listeners = [{ protocol: "amqp", host: "0.0.0.0", port: 5671, tls: true } as const];
    expect(() => activeMqXml(config({ listeners }), "")).toThrow(
      "the amqp listener has TLS, and there are no certificates; give them",
    );
  });

  test("without certificates it holds no password", () => {
    expect(activeMqXml(config(), "password-of-the-stores")).not.toMatch(/password/i);
  });

  test("K14: compat has both entries of the document, and advisories", () => {
    const element = broker({ acl: "compat" });
    expect(all(element, ...map, "authorizationEntries", "authorizationEntry")).toStrictEqual([
      { "@queue": ">", ...everyRight("admins") },
      { "@queue": ">", ...everyRight("mcollective") },
      { "@topic": ">", ...everyRight("admins") },
      { "@topic": "ActiveMQ.Advisory.>", ...everyRight("admins,mcollective") },
    ]);
    expect(element["@advisorySupport"]).toBe("true");
  });

  test("K14: with OpenWire there are advisories, and users may read them", () => {
    const listeners = [{ protocol: "openwire", host: "::1", port: 61616, tls: false } as const];
    const element = broker({ listeners });
    expect(element["@advisorySupport"]).toBe("true");
    expect(all(element, ...map, "authorizationEntries", "authorizationEntry").at(-1)).toStrictEqual(
      {
        "@topic": "ActiveMQ.Advisory.>",
        "@read": "admins,receiver,sender",
        "@write": "admins",
        "@admin": "admins,receiver,sender",
      },
    );
  });

  test("what messages may take of the disk", () => {
    const limits = (given: Partial<ActiveMqConfig>): unknown =>
      only(broker(given), "systemUsage", "systemUsage", "storeUsage", "storeUsage");
    expect(limits({})).toStrictEqual({ "@percentLimit": "10" });
    expect(limits({ storeBytes: 8.5 * 1024 ** 3 })).toStrictEqual({ "@limit": "9126805504" });
    expect(broker({ storeBytes: 1 })).not.toHaveProperty("@schedulePeriodForDiskUsageCheck");
  });

  test.each(["", "mq local", "mq/é"])("a broker is not named %j", (brokerName) => {
    expect(() => activeMqXml(config({ brokerName }), "")).toThrow(
      `the broker's name ${brokerName} has other signs than letters, digits and . _ : -; change it`,
    );
  });

  test("ends with one newline, and no line with a space", () => {
    const text = activeMqXml(config(), "");
    expect(text).toMatch(/[^\n]\n$/);
    expect(text).not.toMatch(/[ \t]$/m);
  });
});

/** Names with what XML, Spring and URLs have a meaning for, and what is not ASCII; nothing that ActiveMQ reads otherwise. */
const signs = [
  ...Array.from("abc.&<\"'=:#!;/\\%$@{}[]|~^ é日🐸"),
  "#{",
  "#{1+1}",
  "${x}",
  "]]",
  "&amp;",
  "&lt;",
  "&#38;",
  "<!--",
];
const anyName = fc
  .array(fc.constantFrom(...signs), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join("").trim())
  .filter((name) => name !== "");

/** What Spring makes of an attribute's text: it computes `#{…}`, and ours are nothing but that text. */
const computed = (text: string): string => text.replaceAll("#{'#{'}", "#{");

const python = `
import json, sys, xml.etree.ElementTree as tree
core = "{http://activemq.apache.org/schema/core}"
for text in json.load(sys.stdin):
    root = tree.fromstring(text.encode())
    print(json.dumps([[e.get("physicalName") for e in root.iter(core + "queue")],
        [[e.get("queue"), e.get("read")] for e in root.iter(core + "authorizationEntry")]]))`;
const hasPython = spawnSync("python3", ["-c", ""]).status === 0;

describe("any names stay what they are", () => {
  const configs = fc
    .tuple(
      fc.uniqueArray(anyName, { minLength: 1, maxLength: 3 }),
      fc.uniqueArray(
        anyName.filter((name) => !/[()]/.test(name)),
        { minLength: 1, maxLength: 3 },
      ),
    )
    .map(([queues, users]) =>
      config({
        queues: queues.map((name) => ({ name, vhost: "/", type: "classic" as const })),
        users: users.map((name) => user(name, { receive: queues })),
      }),
    );
  const expected = ({ queues, users }: ActiveMqConfig): unknown => {
    const names = queues.map(({ name }) => name);
    const groups = ["admins", ...users.map(({ name }) => name).sort()].join(",");
    return [names, [...names].sort().map((name) => [name, groups])];
  };

  test("to another parser", () => {
    fc.assert(
      fc.property(configs, (given) => {
        const element = broker(given);
        const names = all(element, "destinations", "queue").map((queue) => queue["@physicalName"]);
        const entries = all(element, ...map, "authorizationEntries", "authorizationEntry")
          .filter((entry) => entry["@queue"] !== undefined && entry["@queue"] !== ">")
          .map((entry) => [entry["@queue"], entry["@read"]]);
        const read = JSON.parse(computed(JSON.stringify([names, entries]))) as unknown;
        expect(read).toStrictEqual(expected(given));
      }),
    );
  });

  test.skipIf(!hasPython)("to Python's", () => {
    const given = fc.sample(configs, { numRuns: 100, seed: 14 });
    const { stdout, stderr } = spawnSync("python3", ["-c", python], {
      input: JSON.stringify(given.map((each) => activeMqXml(each, ""))),
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    const read = stdout
      .trim()
      .split("\n")
      .map((line) => {
        const [names, entries] = JSON.parse(computed(line)) as [
          string[],
          [string | null, string][],
        ];
        return [names, entries.filter(([queue]) => queue !== null && queue !== ">")];
      });
    expect(read).toStrictEqual(given.map(expected));
  });
});
