import { randomBytes } from "node:crypto";
import { get, type IncomingMessage } from "node:http";
import { get as getSecurely } from "node:https";
import type { ConnectionOptions } from "node:tls";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import {
  collectedFile,
  podsOf,
  roundTrip,
  sendFile,
  type List,
  type Named,
  type Pod,
} from "../support/cluster-round-trip";
import { haveImages } from "../support/cluster-images";
import { ClusterStack, section } from "../support/cluster-stack";
import { eventually } from "../support/eventually";
import { foreignCertificate } from "../support/foreign-certificate";
import { stompKnock, type StompLogin } from "../support/stomp-knock";

interface BrokerOutputs {
  readonly clients: Readonly<Record<string, { readonly password: string }>>;
  readonly tls: { readonly ca: string };
}

const pretending = inject("pretending");

describe.skipIf(pretending).each(["activemq", "artemis"] as const)(
  "stack staging on a cluster, broker.kind %s",
  (kind) => {
    let stack: ClusterStack;
    let outputs: BrokerOutputs;
    let port: number;

    const servername = (): string => `${kind}.${stack.namespace}.svc`;
    const login = (user: string, password = outputs.clients[user]?.password): StompLogin => ({
      user,
      ...(password !== undefined && { password }),
    });
    const knock = (as: StompLogin, tls: ConnectionOptions = {}): Promise<string> =>
      stompKnock(port, as, {
        ca: outputs.tls.ca,
        servername: servername(),
        ...tls,
      });
    const brokers = (): Promise<readonly Pod[]> => podsOf(stack, "broker");
    const up = async (): Promise<void> => {
      await stack.expect(0, "up", "--yes");
      outputs = await stack.outputs<BrokerOutputs>();
    };

    beforeAll(async () => {
      await haveImages([kind]);
      stack = ClusterStack.on("staging", `staging-${kind}`, (values) => {
        section(values, "broker").kind = kind;
        const log = section(values, "collectors").log as Record<string, unknown>;
        // One collector by STOMP, the other by AMQP 1.0.
        log.protocol = "amqp";
      });
      await up();
      port = await stack.forward(`service/${kind}`, 61614);
    });

    afterAll(async () => {
      await stack.dispose();
    });

    test("K27: files arrive on the receivers' volumes, byte for byte, by STOMP and by AMQP 1.0", async () => {
      const inventory = randomBytes(200_000);
      const collected = await roundTrip(stack, "inventory.json", inventory, false);
      expect(collected.equals(inventory)).toBe(true);
      const log = randomBytes(1000);
      expect((await roundTrip(stack, "host.log", log, true)).equals(log)).toBe(true);
    });

    test("X3: a second up changes nothing, and a preview expects no changes", async () => {
      await stack.expect(0, "preview", "--expect-no-changes");
      const { stdout } = await stack.expect(0, "up", "--yes");
      expect(stdout).not.toMatch(/updated|created|replaced|deleted/);
    });

    test("PodSecurity restricted is enforced, and every pod was admitted", async () => {
      const namespace = await stack.get<Named>("namespace", stack.namespace);
      expect(namespace.metadata.labels).toMatchObject({
        "pod-security.kubernetes.io/enforce": "restricted",
      });
      const { items } = await stack.get<List<Pod>>("pods");
      const components = items.map(
        ({ metadata }) => metadata.labels?.["app.kubernetes.io/component"],
      );
      expect(components.sort()).toStrictEqual([
        "broker",
        "collector-inventory",
        "collector-log",
        "sender-kermit",
      ]);
    });

    test("K15, F20: the right password is taken; a wrong one, none and no name are refused", async () => {
      expect(await knock(login("dirac"))).toBe("CONNECTED");
      expect(await knock(login("dirac", "wrong"))).toMatch(/ERROR|closed/);
      expect(await knock({ user: "dirac" })).toMatch(/ERROR|closed/);
      expect(await knock({})).toMatch(/ERROR|closed/);
      expect(await knock(login("admin", "admin"))).toMatch(/ERROR|closed/);
    });

    test("F20: a plain client, TLS 1.1, a foreign CA and a foreign name end in no connection", async () => {
      const dirac = login("dirac");
      expect(await stompKnock(port, dirac)).not.toBe("CONNECTED");
      expect(await knock(dirac, { ca: foreignCertificate().certificate })).toMatch(
        /SELF_SIGNED|UNABLE_TO/,
      );
      expect(await knock(dirac, { servername: "broker.example.com" })).toBe(
        "ERR_TLS_CERT_ALTNAME_INVALID",
      );
      const old = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
      expect(await knock(dirac, old as ConnectionOptions)).toMatch(
        /PROTOCOL_VERSION|ECONNRESET|closed/,
      );
    });

    test("the agent serves metrics: by HTTPS where it can read the certificate, and else by HTTP", async () => {
      const metrics = await stack.forward("pod/" + kind + "-0", 9404);
      const url = `${kind === "activemq" ? "https" : "http"}://127.0.0.1:${String(metrics)}/metrics`;
      const text = await eventually(() => page(url, outputs.tls.ca, servername()), 60);
      expect(text).toMatch(
        kind === "activemq"
          ? /^activemq_queue_size\{.*queue="kermit\.log".*\} /m
          : /^artemis_message_count\{.*queue="kermit\.log".*\} /m,
      );
    });

    test("what was confirmed is collected, though the broker is killed meanwhile", async () => {
      const [pod] = await brokers();
      const names = Array.from({ length: 12 }, (_, index) => `during-${String(index)}.json`);
      for (const [index, name] of names.entries()) {
        if (index === 4) {
          await stack.kubectl(
            "delete",
            "pod",
            pod?.metadata.name ?? "",
            "--grace-period=0",
            "--force",
            "--wait=false",
          );
        }
        await eventually(
          () =>
            sendFile(stack, name, Buffer.from(name), false).then(
              () => true,
              () => false,
            ),
          120,
        );
      }
      for (const name of names) {
        expect((await collectedFile(stack, name, false)).toString()).toBe(name);
      }
      expect((await brokers())[0]?.metadata.uid).not.toBe(pod?.metadata.uid);
    });

    test("K16: a user that leaves the stack file rolls the broker's pod, and can no longer log in", async () => {
      const [before] = await brokers();
      const gone = login("dirac");
      stack.change((values) => {
        Reflect.deleteProperty(section(values, "users"), "dirac");
      });
      await up();
      await stack.rolledOut();
      const [after] = await brokers();
      expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
      const sender = login("kermit-sender");
      await eventually(async () => (await knock(sender)) === "CONNECTED", 60);
      expect(await knock(gone)).toMatch(/ERROR|closed/);
    });

    test("X7: destroy leaves no object behind", async () => {
      await stack.expect(0, "destroy", "--yes");
      const left = await stack.tryKubectl("get", "namespace", stack.namespace);
      expect(left.stderr).toMatch(/not found/);
    });
  },
);

/** A page of the loopback address; undefined where there is none. */
function page(url: string, ca: string, servername: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const answer = (response: IncomingMessage): void => {
      let text = "";
      response.on("data", (data: Buffer) => (text += data.toString()));
      response.once("end", () => {
        resolve(response.statusCode === 200 ? text : undefined);
      });
    };
    const request = url.startsWith("https:")
      ? getSecurely(url, { ca, servername }, answer)
      : get(url, answer);
    request.once("error", () => {
      resolve(undefined);
    });
  });
}
