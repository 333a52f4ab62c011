import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { identityOf, knock, type TlsIdentity } from "../support/cluster-broker";
import { ClusterStack, section } from "../support/cluster-stack";
import { eventually } from "../support/eventually";
import { foreignCertificate } from "../support/foreign-certificate";

const nodes = ["rabbitmq-0", "rabbitmq-1", "rabbitmq-2"];

const pretending = inject("pretending");

let stack: ClusterStack;
/** The name that the broker's certificate is for. */
let servername: string;
let identity: TlsIdentity;

beforeAll(async () => {
  stack = ClusterStack.on("prod", "prod");
  servername = `rabbitmq.${stack.namespace}.svc`;
  await stack.expect(0, "up", "--yes");
  identity = await identityOf(stack, "kermit-receiver");
});

afterAll(async () => {
  await stack.dispose();
});

/** What `rabbitmqctl … --formatter=json` says on a node. */
async function rabbitmqctl<T>(node: string, ...args: string[]): Promise<T> {
  const command = ["rabbitmqctl", "--quiet", "--formatter=json", ...args];
  return JSON.parse(await stack.exec(node, ...command)) as T;
}

interface ClusterStatus {
  readonly running_nodes: readonly string[];
}

const running = async (node: string): Promise<readonly string[]> =>
  [...(await rabbitmqctl<ClusterStatus>(node, "cluster_status")).running_nodes].sort();

const nodeName = (pod: string): string => `rabbit@${pod}.rabbitmq-nodes.${stack.namespace}.svc`;

/** The pod of the sender on the one node that there is. */
async function senderPod(): Promise<string> {
  const name = await stack.kubectl(
    "get",
    "pods",
    "--selector=app.kubernetes.io/component=sender-kermit",
    "--output=name",
  );
  return name.trim().split("\n")[0] ?? "";
}

describe.skipIf(pretending)("stack prod, three brokers on a cluster", () => {
  test("they form one cluster", async () => {
    for (const node of nodes) expect(await running(node)).toStrictEqual(nodes.map(nodeName));
  });

  test("each queue is a quorum queue with a member on every node", async () => {
    const queues = await rabbitmqctl<{ name: string; type: string; members: string[] }[]>(
      "rabbitmq-0",
      "list_queues",
      "name",
      "type",
      "members",
    );
    expect(queues).toHaveLength(2);
    for (const { type, members } of queues) {
      expect(type).toBe("quorum");
      expect([...members].sort()).toStrictEqual(nodes.map(nodeName));
    }
  });

  test("whichever broker is killed while collectors drain, nothing that was confirmed is lost", async () => {
    const folder = "/var/lib/kermit/queue/kermit.inventory";
    const sender = await senderPod();
    const confirmed: string[] = [];
    for (const node of nodes) {
      // Eighty files one after the other; each name is printed once the broker has confirmed it.
      const send = `for i in $(seq 1 80); do
        echo "$i" | mq-send --name ${node}-$i.json - 2>/dev/null && echo ${node}-$i.json; done; true`;
      const sending = stack.exec(sender, "sh", "-c", send);
      await eventually(async () => {
        const listed = await stack.exec("deploy/collector-inventory", "ls", folder);
        return listed.includes(`-${node}-3.json`);
      });
      await stack.kubectl("delete", "pod", node, "--grace-period=0", "--force");
      const names = (await sending).trim().split("\n");
      expect(names.length).toBeGreaterThan(10);
      confirmed.push(...names);
      await eventually(async () => {
        const { code } = await stack.tryKubectl(
          "wait",
          `pod/${node}`,
          "--for=condition=Ready",
          "--timeout=10s",
        );
        return code === 0 && (await running(node)).length === nodes.length;
      }, 240);
    }
    const missing = await eventually(async () => {
      const listed = await stack.exec("deploy/collector-inventory", "ls", folder);
      const arrived = new Set(listed.split("\n").map((entry) => entry.slice(33)));
      const left = confirmed.filter((name) => !arrived.has(name));
      return left.length === 0 ? "none" : undefined;
    }, 60);
    expect(missing).toBe("none");
  });

  test("X3: a second up changes nothing, and a preview expects no changes", async () => {
    const { stdout } = await stack.expect(0, "up", "--yes");
    expect(stdout).not.toMatch(/updated|created|replaced|deleted/);
    await stack.expect(0, "preview", "--expect-no-changes");
  });

  test("X12: when each certificate ends is an output, and a metric of the collectors", async () => {
    const { certExpiry } = await stack.outputs<{ certExpiry: Record<string, string> }>();
    expect(Object.keys(certExpiry).sort()).toStrictEqual([
      "ca",
      "client-kermit-receiver",
      "client-kermit-sender",
      "server",
    ]);
    const port = await stack.forward("deploy/collector-log", 9464);
    const metrics = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
    const [, seconds] =
      /^mq_collector_broker_certificate_expiry_timestamp_seconds\{.*\} (\d+)$/m.exec(metrics) ?? [];
    expect(Number(seconds)).toBe(Math.floor(Date.parse(certExpiry.server ?? "") / 1000));
  });
});

describe.skipIf(pretending)("F20: TLS, by AMQP", () => {
  let port: number;
  const knockWith = (options: object): Promise<string> =>
    knock(port, { servername, ...identity, ...options });

  beforeAll(async () => {
    port = await stack.forward("service/rabbitmq", 5671);
  });

  test("a client with a certificate of our CA is accepted", async () => {
    expect(await knockWith({})).toBe("accepted");
  });

  test("a client that trusts another CA refuses the broker", async () => {
    const { certificate } = foreignCertificate();
    expect(await knockWith({ ca: certificate })).toMatch(/SELF_SIGNED|UNABLE_TO/);
  });

  test("a client that calls the broker by another name refuses it", async () => {
    expect(await knockWith({ servername: "rabbitmq.example.com" })).toBe(
      "ERR_TLS_CERT_ALTNAME_INVALID",
    );
  });

  test("no client certificate: refused", async () => {
    expect(await knockWith({ cert: undefined, key: undefined })).toMatch(
      /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|ECONNRESET|closed/,
    );
  });

  test("a client certificate of another CA: refused", async () => {
    const { certificate, key } = foreignCertificate();
    expect(await knockWith({ cert: certificate, key })).toMatch(
      /UNKNOWN_CA|BAD_CERTIFICATE|ECONNRESET|closed/,
    );
  });

  test("TLS 1.1: refused", async () => {
    const old = {
      minVersion: "TLSv1.1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    };
    expect(await knockWith(old)).toMatch(/PROTOCOL_VERSION|ECONNRESET|closed/);
  });

  test("a plain client on the TLS port: refused", async () => {
    expect(await knock(port, undefined)).not.toBe("accepted");
  });

  test("there is no plain listener, not even behind the Service", async () => {
    const status = await rabbitmqctl<{ listeners: { port: number; interface: string }[] }>(
      "rabbitmq-0",
      "status",
    );
    const ports = status.listeners
      .filter((listener) => listener.interface !== "127.0.0.1")
      .map((listener) => listener.port);
    expect(ports.sort((a, b) => a - b)).toStrictEqual([5671, 15671, 15691, 25672, 61614]);
    const { spec } = await stack.get<{ spec: { ports: { port: number }[] } }>(
      "service",
      "rabbitmq",
    );
    expect(spec.ports.map((port) => port.port).sort((a, b) => a - b)).toStrictEqual([
      5671, 15671, 15691, 61614,
    ]);
  });

  test("F19: a renewed certificate is served without a restart", async () => {
    const uids = () =>
      stack.kubectl(
        "get",
        "pods",
        "--selector=app.kubernetes.io/name=rabbitmq",
        "--output=jsonpath={.items[*].metadata.uid}",
      );
    const before = [await uids(), await served(port)] as const;
    stack.change((values) => {
      Object.assign(section(values, "broker").tls as object, { lifetimeDays: 60 });
    });
    await stack.expect(0, "up", "--yes");
    const { certExpiry } = await stack.outputs<{ certExpiry: Record<string, string> }>();
    const end = Math.floor(Date.parse(certExpiry.server ?? "") / 1000);
    expect(end).not.toBe(before[1]);
    // The kubelet brings the files within two minutes, and the broker reads them anew within as many.
    await eventually(async () => (await served(port)) === end, 360);
    expect(await uids()).toBe(before[0]);
  });

  /** When the certificate ends that is served at a port, in seconds since 1970. */
  const served = (at: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: at, servername, ca: identity.ca ?? "" });
      socket.once("secureConnect", () => {
        resolve(Date.parse(socket.getPeerCertificate().valid_to) / 1000);
        socket.destroy();
      });
      socket.once("error", reject);
    });
});
