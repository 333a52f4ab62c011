import { createPublicKey, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { podsOf, roundTrip, type List, type Named, type Pod } from "../support/cluster-round-trip";
import { ClusterStack, section } from "../support/cluster-stack";
import { eventually } from "../support/eventually";

const pretending = inject("pretending");

let stack: ClusterStack;

beforeAll(async () => {
  stack = ClusterStack.on("dev", "dev", (values) => {
    // One collector by STOMP, the other by AMQP 1.0.
    const log = section(values, "collectors").log as Record<string, unknown>;
    log.protocol = "amqp";
  });
  await stack.expect(0, "up", "--yes");
});

afterAll(async () => {
  await stack.dispose();
});

const pods = (component: string): Promise<readonly Pod[]> => podsOf(stack, component);
const sent = (name: string, body: Buffer, log: boolean): Promise<Buffer> =>
  roundTrip(stack, name, body, log);

describe.skipIf(pretending)("stack dev on a cluster", () => {
  test("the broker's pod runs RabbitMQ 4", async () => {
    expect(await stack.exec("rabbitmq-0", "rabbitmqctl", "--quiet", "version")).toMatch(/^4\.\d+/);
  });

  test("K27: an inventory by STOMP and a log by AMQP 1.0 arrive on the receiver's volume, byte for byte", async () => {
    const inventory = randomBytes(200_000);
    expect((await sent("inventory.json", inventory, false)).equals(inventory)).toBe(true);
    const log = randomBytes(1000);
    expect((await sent("host.log", log, true)).equals(log)).toBe(true);
  });

  test("K19: both collectors are consumers, each of its own queue", async () => {
    const consumers = await stack.exec(
      "rabbitmq-0",
      "rabbitmqctl",
      "--quiet",
      "--formatter=json",
      "list_consumers",
      "queue_name",
    );
    const queues = (JSON.parse(consumers) as { queue_name: string }[]).map(
      ({ queue_name }) => queue_name,
    );
    expect(queues.sort()).toStrictEqual(["kermit.inventory", "kermit.log"]);
  });

  test("K25: the queues are durable quorum queues, and the vhost's default is quorum", async () => {
    const queues = await stack.exec(
      "rabbitmq-0",
      "rabbitmqctl",
      "--quiet",
      "--formatter=json",
      "list_queues",
      "name",
      "type",
      "durable",
      "auto_delete",
    );
    const queue = (name: string) => ({
      name,
      type: "quorum",
      durable: true,
      auto_delete: false,
    });
    const listed = JSON.parse(queues) as { name: string }[];
    expect(listed.sort((a, b) => (a.name < b.name ? -1 : 1))).toStrictEqual([
      queue("kermit.inventory"),
      queue("kermit.log"),
    ]);
  });

  test("K17: the collector runs as nobody, and can write nowhere but to its volumes", async () => {
    const [pod] = await pods("collector-inventory");
    const name = pod?.metadata.name ?? "";
    expect((await stack.exec(name, "id", "-u")).trim()).toBe("65534");
    const refused = await stack.tryKubectl("exec", name, "--", "touch", "/etc/x");
    expect(refused.stderr).toMatch(/Read-only file system/);
  });

  test("K4, K5: the private key is in the sender's pod alone, the public one in the receivers' alone", async () => {
    const keys = async (component: string): Promise<string> => {
      const [pod] = await pods(component);
      return stack.exec(pod?.metadata.name ?? "", "ls", "/etc/kermit/ssl");
    };
    expect((await keys("sender-kermit")).trim()).toBe("q-private.pem");
    expect((await keys("collector-inventory")).trim()).toBe("q-public.pem");
    expect((await keys("collector-log")).trim()).toBe("q-public.pem");
  });

  test("K2: the keys are a pair of the documents' form, whose private half is readable by its pods alone", async () => {
    const key = async (secret: string, file: string): Promise<string> => {
      const { data } = await stack.get<{ data: Record<string, string> }>("secret", secret);
      expect(Object.keys(data)).toStrictEqual([file]);
      return Buffer.from(data[file] ?? "", "base64").toString();
    };
    const privateKey = await key("sender-kermit-keys", "q-private.pem");
    const publicKey = await key("receiver-keys", "q-public.pem");
    expect(privateKey).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
    expect(createPublicKey(privateKey).export({ type: "spki", format: "pem" })).toBe(publicKey);
    const [pod] = await pods("sender-kermit");
    const mode = ["stat", "--dereference", "--format=%a", "/etc/kermit/ssl/q-private.pem"];
    expect((await stack.exec(pod?.metadata.name ?? "", ...mode)).trim()).toBe("440");
  });

  test("K18: a file of the same name replaces that sender's older one, and no other", async () => {
    await sent("a.json.bak", Buffer.from("other\n"), false);
    await sent("a.json", Buffer.from("first\n"), false);
    const second = Buffer.from("second\n");
    await eventually(async () => (await sent("a.json", second, false)).equals(second), 30);
    const folder = "/var/lib/kermit/queue/kermit.inventory";
    const listed = await stack.exec("deploy/collector-inventory", "ls", folder);
    const names = listed
      .trim()
      .split("\n")
      .map((name) => name.slice(33));
    expect(names.filter((name) => name.startsWith("a.json")).sort()).toStrictEqual([
      "a.json",
      "a.json.bak",
    ]);
  });

  test("X3: a second up changes nothing, and a preview expects no changes", async () => {
    const { stdout } = await stack.expect(0, "up", "--yes");
    expect(stdout).toMatch(/^\s+\d+ unchanged$/m);
    expect(stdout).not.toMatch(/updated|created|replaced|deleted/);
    await stack.expect(0, "preview", "--expect-no-changes");
  });

  test("PodSecurity restricted is enforced, and every pod was admitted", async () => {
    const namespace = await stack.get<Named>("namespace", stack.namespace);
    expect(namespace.metadata.labels).toMatchObject({
      "pod-security.kubernetes.io/enforce": "restricted",
    });
    const { items } = await stack.get<List<Pod>>("pods");
    const ready = items
      .filter(({ status }) =>
        status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True"),
      )
      .map(({ metadata }) => metadata.labels?.["app.kubernetes.io/component"]);
    expect(ready.sort()).toStrictEqual([
      "broker",
      "collector-inventory",
      "collector-log",
      "sender-kermit",
    ]);
  });

  test("K16: a changed configuration rolls the collector's pod, and no other", async () => {
    const uids = async (): Promise<Record<string, string>> =>
      Object.fromEntries(
        (await stack.get<List<Pod>>("pods")).items.map(({ metadata }) => [
          metadata.labels?.["app.kubernetes.io/component"] ?? "",
          metadata.uid,
        ]),
      );
    const before = await uids();
    stack.change((values) => {
      const collectors = section(values, "collectors") as Record<string, Record<string, unknown>>;
      Object.assign(collectors.log ?? {}, { dedup: "none" });
    });
    await stack.expect(0, "up", "--yes");
    const after = await eventually(async () => {
      const now = await uids();
      return now["collector-log"] !== before["collector-log"] ? now : undefined;
    }, 60);
    const { "collector-log": was, ...others } = before;
    expect(after).toMatchObject(others);
    expect(after["collector-log"]).not.toBe(was);
  });

  test("K26: receive stops the collector, prints each path, and starts it again on Ctrl-C", async () => {
    const name = stack.workspace.stack;
    const receive = stack.command("receive", [name, "kermit.inventory"]);
    await receive.prints(/subscribed to \/amq\/queue\/kermit\.inventory/);
    const file = join(stack.folder, "by-hand.json");
    writeFileSync(file, "{}\n");
    expect(await stack.command("send", [file, "--stack", name]).result()).toMatchObject({
      code: 0,
    });
    await receive.prints(
      /\/var\/lib\/kermit\/queue\/kermit\.inventory\/[0-9a-f]{32}-by-hand\.json/,
    );
    receive.child.kill("SIGINT");
    await receive.ended;
    await eventually(async () => {
      const deployment = await stack.get<{ status: { readyReplicas?: number } }>(
        "deployment",
        "collector-inventory",
      );
      return deployment.status.readyReplicas === 1;
    }, 120);
  });

  test("X7: destroy leaves no object behind", async () => {
    await stack.expect(0, "destroy", "--yes");
    const left = await stack.tryKubectl("get", "namespace", stack.namespace);
    expect(left.stderr).toMatch(/not found/);
    const volumes = await stack.get<List<Named>>("persistentvolumes");
    expect(JSON.stringify(volumes)).not.toContain(stack.namespace);
  });
});
