import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { artemisAddresses } from "../../../../components/brokers/artemis/addresses";
import { artemisCommand } from "../../../../components/brokers/artemis/command";
import type { ArtemisConfig } from "../../../../components/brokers/artemis/config";
import { artemisFiles } from "../../../../components/brokers/artemis/files";
import { queues, users } from "../../../support/access-cases";
import { artemisConfig, credentialsOf, readProperties } from "../../access/artemis-broker";
import { cluster, tls } from "./parts";
import { readCore, readUris } from "./read-xml";

const stack = { queues, users, acl: "least-privilege" } as const;
const credentials = credentialsOf(stack);

function files(more: Partial<ArtemisConfig> = {}): Partial<Record<string, string>> {
  return artemisFiles({ ...artemisConfig(stack), ...more }, credentials);
}

const signs = Array.from("&<>\"'=:!.,;% ü日😀aZ0-_");

const core = (more: Partial<ArtemisConfig> = {}) => readCore(files(more)["broker.xml"] ?? "");
const acceptors = (more: Partial<ArtemisConfig>) =>
  readUris((core(more).acceptors as { acceptor: unknown }).acceptor);

describe("broker.xml", () => {
  test("D22: the STOMP acceptor speaks STOMP alone, to queues and topics by their prefixes", () => {
    expect(files()["broker.xml"]).toContain(
      "?protocols=STOMP;anycastPrefix=/queue/;multicastPrefix=/topic/;",
    );
    expect(acceptors({})).toStrictEqual({
      stomp: {
        to: "tcp://127.0.0.1:61613",
        parameters: {
          protocols: "STOMP",
          anycastPrefix: "/queue/",
          multicastPrefix: "/topic/",
          connectionTtl: "86400000",
        },
      },
    });
  });

  test("Q30: the name is the node's own, and the same file is every node's", () => {
    expect(core().name).toBe("${mq.broker.name}");
    const named = (name: string) =>
      artemisCommand({ java: "java", home: "/h", etc: "/e", data: "/d", heapBytes: 1, name });
    expect(named("artemis-prod-0")).toContain("-Dmq.broker.name=artemis-prod-0");
    expect(named("artemis-prod-1")).toContain("-Dmq.broker.name=artemis-prod-1");
  });

  test("an acceptor for each protocol, nobody without a password", () => {
    const listeners = (["stomp", "amqp", "openwire"] as const).map((protocol, index) => ({
      protocol,
      host: "::1",
      port: 5000 + index,
      tls: false,
    }));
    const { amqp, openwire, ...others } = acceptors({ listeners });
    expect(Object.keys(others)).toStrictEqual(["stomp"]);
    expect(amqp).toStrictEqual({
      to: "tcp://[::1]:5001",
      parameters: { protocols: "AMQP", saslMechanisms: "PLAIN" },
    });
    expect(openwire).toStrictEqual({
      to: "tcp://[::1]:5002",
      parameters: { protocols: "CORE,OPENWIRE", supportAdvisory: "false" },
    });
  });

  test.each([true, false])(
    "TLS from PEM files that may be renewed; client certificates: %s",
    (wanted) => {
      const listeners = [{ protocol: "amqp", host: "0.0.0.0", port: 5671, tls: true }] as const;
      expect(acceptors({ listeners, tls: { ...tls, clientCertificates: wanted } })).toStrictEqual({
        "amqp-tls": {
          to: "tcp://0.0.0.0:5671",
          parameters: {
            protocols: "AMQP",
            saslMechanisms: "PLAIN",
            sslEnabled: "true",
            enabledProtocols: "TLSv1.3,TLSv1.2",
            keyStorePath: "/etc/artemis/tls.pemcfg",
            keyStoreType: "PEMCFG",
            sslAutoReload: "true",
            ...(wanted && {
              trustStorePath: tls.ca,
              trustStoreType: "PEMCA",
              needClientAuth: "true",
            }),
          },
        },
      });
      expect(readProperties(files({ listeners, tls })["tls.pemcfg"] ?? "")).toStrictEqual({
        "source.cert": tls.certificate,
        "source.key": tls.key,
      });
    },
  );

  test("TLS without a certificate is refused", () => {
    const listeners = [{ protocol: "stomp", host: "0.0.0.0", port: 61614, tls: true }] as const;
    expect(() => files({ listeners })).toThrow(
      "acceptor stomp-tls: has TLS, and there is no certificate; give one",
    );
  });

  test("confirmed is on disk, in folders that are kept", () => {
    expect(core({ data: "/d" })).toMatchObject({
      "persistence-enabled": "true",
      "journal-type": "NIO",
      "journal-datasync": "true",
      "journal-sync-transactional": "true",
      "journal-sync-non-transactional": "true",
      "journal-directory": "/d/journal",
      "bindings-directory": "/d/bindings",
      "paging-directory": "/d/paging",
      "large-messages-directory": "/d/large-messages",
    });
  });

  test("limits follow from the heap", () => {
    expect(core({ heapBytes: 900 })).toMatchObject({
      "global-max-size": "300",
      "max-disk-usage": "90",
    });
  });

  test("no message is dropped, no client makes a queue, what leaves the file leaves the broker", () => {
    const { "address-setting": settings } = core()["address-settings"] as {
      "address-setting": unknown;
    };
    expect(settings).toStrictEqual([
      {
        "@match": "#",
        "dead-letter-address": "DLQ",
        "expiry-address": "ExpiryQueue",
        "max-delivery-attempts": "-1",
        "redelivery-delay": "0",
        "address-full-policy": "PAGE",
        "max-size-bytes": "-1",
        "auto-create-queues": "false",
        "auto-create-addresses": "false",
        "auto-delete-queues": "false",
        "auto-delete-addresses": "false",
        "config-delete-queues": "FORCE",
        "config-delete-addresses": "FORCE",
      },
      ...["$.artemis.internal.#", "activemq.#"].map((match) => ({
        "@match": match,
        "config-delete-queues": "OFF",
        "config-delete-addresses": "OFF",
      })),
    ]);
  });

  test("queues are durable, of one consumer a message, and have the addresses that clients use", () => {
    const { address } = core({ queues: [{ name: "b", vhost: "/", type: "classic" }] })
      .addresses as { address: unknown };
    const anycast = (name: string) => ({
      "@name": name,
      anycast: { queue: { "@name": name, durable: "true" } },
    });
    expect(address).toStrictEqual([anycast("DLQ"), anycast("ExpiryQueue"), anycast("b")]);
    expect(artemisAddresses.stomp.source("b")).toBe("/queue/b");
    expect(artemisAddresses.stomp.target("b")).toBe("/queue/b");
    expect(artemisAddresses.amqp.source("b")).toBe("b");
    expect(artemisAddresses.amqp.target("b")).toBe("b");
  });

  test("a single node has no connector to anywhere", () => {
    for (const name of ["connectors", "cluster-connections", "ha-policy"]) {
      expect(core()).not.toHaveProperty(name);
    }
  });

  test("nodes of a cluster: an acceptor of their own, all of them as connectors, a group to hand messages to", () => {
    const xml = core({ cluster });
    expect(acceptors({ cluster }).cluster).toStrictEqual({
      to: "tcp://0.0.0.0:61618",
      parameters: { protocols: "CORE" },
    });
    expect(readUris((xml.connectors as { connector: unknown }).connector)).toStrictEqual({
      self: { to: "tcp://${mq.broker.host}:61618", parameters: {} },
      "node-artemis-0": { to: "tcp://artemis-0.artemis-nodes:61618", parameters: {} },
      "node-artemis-1": { to: "tcp://artemis-1.artemis-nodes:61618", parameters: {} },
    });
    const all = { "connector-ref": ["node-artemis-0", "node-artemis-1"] };
    expect(xml["cluster-connections"]).toStrictEqual({
      "cluster-connection": {
        "@name": "mq",
        "connector-ref": "self",
        "use-duplicate-detection": "true",
        "message-load-balancing": "ON_DEMAND",
        "max-hops": "1",
        "static-connectors": all,
      },
    });
    expect(xml["ha-policy"]).toStrictEqual({
      "primary-only": { "scale-down": { "group-name": "mq", connectors: all } },
    });
    expect(JSON.stringify(xml["address-settings"])).toContain('"redistribution-delay":"0"');
    expect(
      artemisCommand({
        java: "java",
        home: "/h",
        etc: "/e",
        data: "/d",
        heapBytes: 1,
        name: "n",
        host: "artemis-0.artemis-nodes",
      }),
    ).toContain("-Dmq.broker.host=artemis-0.artemis-nodes");
  });

  test("nodes with TLS prove their names to each other", () => {
    const secure = { cluster: { ...cluster, tls: true }, tls };
    const connectors = readUris((core(secure).connectors as { connector: unknown }).connector);
    expect(connectors["node-artemis-1"]?.parameters).toStrictEqual({
      sslEnabled: "true",
      enabledProtocols: "TLSv1.3,TLSv1.2",
      trustStorePath: tls.ca,
      trustStoreType: "PEMCA",
      verifyHost: "true",
    });
    expect(acceptors(secure).cluster?.parameters).toMatchObject({
      protocols: "CORE",
      sslEnabled: "true",
      keyStoreType: "PEMCFG",
    });
    expect(() => core({ cluster: secure.cluster })).toThrow(
      "acceptor cluster: has TLS, and there is no certificate; give one",
    );
  });

  test("the user that every Artemis has as an administrator gets a password of its own, a single node's too", () => {
    const { "cluster-user": name, "cluster-password": password } = core();
    expect(name).toBe("mq-cluster");
    expect(password).toMatch(/^[0-9a-f]{64}$/);
    expect(core({ cluster })["cluster-password"]).toBe(password);
    const other = { ...credentials, admin: { password: "other", salt: "AQIDBA==" } };
    const others = artemisFiles(artemisConfig(stack), other)["broker.xml"] ?? "";
    expect(readCore(others)["cluster-password"]).not.toBe(password);
  });

  test("any names stay what they are", () => {
    const name = fc
      .string({ unit: fc.constantFrom(...signs, "&amp;", "&lt;", "&amp;quot;") })
      .filter((text) => text.trim() === text && text !== "" && !text.includes("::"));
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 4 }), (names) => {
        const some = names.map((each) => ({ name: each, vhost: "/", type: "classic" as const }));
        const { address } = core({ queues: some }).addresses as { address: { "@name": string }[] };
        expect(address.map((each) => each["@name"]).sort()).toStrictEqual(
          [...names, "DLQ", "ExpiryQueue"].sort(),
        );
      }),
    );
  });
});
