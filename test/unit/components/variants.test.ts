import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { derivePassword } from "../../../components/access/client-passwords";
import {
  find,
  generatedPassword,
  isSecret,
  isSecretOutput,
  reveal,
  value,
  type RecordedResource,
} from "../../support/mocks";
import { localProgramStack, node, runProgram } from "../../support/program";
import { changed, shuffled } from "../../support/stack-values";

const plain = (resources: readonly RecordedResource[]) =>
  resources.map((resource) => ({ ...resource, inputs: reveal(resource.inputs) }));
const names = (resources: readonly RecordedResource[], type: string) =>
  resources.filter((resource) => resource.type.endsWith(type)).map(({ name }) => name);
/** The password that a user has without one of its own. */
const derived = (user: string) =>
  derivePassword(generatedPassword("passwords-seed"), user).password;
const restartOn = (resources: readonly RecordedResource[], service: string) =>
  reveal(find(resources, "hosts:index:HostService", service).inputs.restartOn);

describe("one stack file, one result", () => {
  test("X3: two runs register the same", async () => {
    const [first, second] = [await runProgram(), await runProgram()];
    expect(plain(second.resources)).toStrictEqual(plain(first.resources));
  });

  test("F31: the order of keys in the stack file does not matter", async () => {
    const [first, second] = [await runProgram(), await runProgram(shuffled(localProgramStack()))];
    expect(plain(second.resources)).toStrictEqual(plain(first.resources));
  });

  test("X1: a preview registers the same", async () => {
    const [first, second] = [await runProgram(), await runProgram(undefined, { preview: true })];
    expect(plain(second.resources)).toStrictEqual(plain(first.resources));
  });
});

describe("without root", () => {
  test("there are no accounts and no owners, and the services run as who runs up", async () => {
    const { resources } = await runProgram(undefined, { uid: 1000 });
    expect(names(resources, "HostUser")).toStrictEqual([]);
    const owned = resources
      .filter(({ inputs }) => ["owner", "group", "user"].some((key) => key in inputs))
      .map(({ type, name }) => `${type}::${name}`)
      .filter((id) => !id.startsWith("rabbitmq:"));
    expect(owned).toStrictEqual([]);
  });

  test("all lies below the home folder", async () => {
    const { resources } = await runProgram(undefined, { uid: 1000 });
    const elsewhere = resources
      .flatMap(({ inputs }) => (typeof inputs.path === "string" ? [inputs.path] : []))
      .filter((path) => !path.startsWith("/home/operator/.local/share/mq/local/"));
    expect(elsewhere).toStrictEqual([]);
  });

  test("K28: the key folders are two all the same, 0700, and the keys 0400", async () => {
    const { resources } = await runProgram(undefined, { uid: 1000 });
    const modes = ["kermit-receiver-ssl", "kermit-sender-kermit-here-ssl"].map(
      (name) => find(resources, "hosts:index:HostDirectory", name).inputs.mode,
    );
    const keys = [
      "kermit-receiver-ssl/q-public.pem",
      "kermit-sender-kermit-here-ssl/q-private.pem",
    ].map((name) => find(resources, "hosts:index:HostFile", name).inputs.mode);
    expect([modes, keys]).toStrictEqual([
      ["0700", "0700"],
      ["0400", "0400"],
    ]);
  });
});

test("X11: two stacks on one machine share no service and no path", async () => {
  const taken = async (stack: string) => {
    const { resources } = await runProgram(undefined, { stack });
    return resources.flatMap(({ type, inputs }) =>
      type === "hosts:index:HostService" ? [inputs.name] : "path" in inputs ? [inputs.path] : [],
    );
  };
  const first = await taken("local");
  const second = await taken("other");
  expect(first).toHaveLength(36);
  expect(second.filter((at) => first.includes(at))).toStrictEqual([]);
});

describe("passwords of one's own", () => {
  const own = (password: string) =>
    runProgram(changed(localProgramStack(), ["passwords"], { "kermit-receiver": password }), {
      secretKeys: ["mq:passwords"],
    });

  test("K9: are used, as secrets, in place of the one derived for that user and of no other", async () => {
    const { resources } = await own("Own-Password-1");
    const passwordOf = (user: string) =>
      find(resources, "rabbitmq:index/user:User", `access-user-${user}`).inputs.password;
    const other = passwordOf("kermit-sender");
    expect([isSecret(other), reveal(other)]).toStrictEqual([true, derived("kermit-sender")]);
    expect(JSON.stringify(plain(resources))).not.toContain(derived("kermit-receiver"));
    const password = passwordOf("kermit-receiver");
    const file = find(resources, "hosts:index:HostFile", "kermit-receiver-password").inputs.content;
    expect([isSecret(password), reveal(password)]).toStrictEqual([true, "Own-Password-1"]);
    expect([isSecret(file), reveal(file)]).toStrictEqual([true, "Own-Password-1"]);
  });

  test("K16: another one restarts the services that read it, and no other", async () => {
    const [first, second] = [await own("Own-Password-1"), await own("Own-Password-2")];
    const changedServices = names(first.resources, "HostService").filter(
      (name) => restartOn(first.resources, name) !== restartOn(second.resources, name),
    );
    expect(changedServices).toStrictEqual(["kermit-receiver-inventory", "kermit-receiver-log"]);
  });
});

test("K16: another STOMP port restarts the broker and the collectors", async () => {
  const values = changed(localProgramStack(), ["broker", "ports", "stomp"], 6163);
  const [first, second] = [await runProgram(), await runProgram(values)];
  const changedServices = names(first.resources, "HostService").filter(
    (name) => restartOn(first.resources, name) !== restartOn(second.resources, name),
  );
  expect(changedServices).toStrictEqual([
    "broker",
    "kermit-receiver-inventory",
    "kermit-receiver-log",
  ]);
  // K9: the documents' port reaches Kermit's configuration.
  expect(
    reveal(
      find(second.resources, "hosts:index:HostFile", "kermit-receiver-amqpqueue.cfg").inputs
        .content,
    ),
  ).toContain("\nplugin.stomp.port = 6163\n");
});

test("K33: own keys: nothing is generated, the private half stays a secret, the public one is the receiver's", async () => {
  const pair = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const { resources } = await runProgram(
    changed(localProgramStack(), ["signing"], { name: "site", existing: pair }),
    { secretKeys: ["mq:signing"] },
  );
  expect(names(resources, "PrivateKey")).toStrictEqual([]);
  const content = (name: string) => find(resources, "hosts:index:HostFile", name).inputs.content;
  const privateKey = content("kermit-sender-kermit-here-ssl/site-private.pem");
  expect([isSecret(privateKey), reveal(privateKey)]).toStrictEqual([true, pair.privateKey]);
  expect(reveal(content("kermit-receiver-ssl/site-public.pem"))).toBe(pair.publicKey);
});

test("K11: compat gives every user everything, in /", async () => {
  const { resources } = await runProgram(changed(localProgramStack(), ["acl"], "compat"));
  const permissions = resources
    .filter(({ type }) => type === "rabbitmq:index/permissions:Permissions")
    .map(({ inputs }) => inputs);
  const everything = { configure: ".*", write: ".*", read: ".*" };
  expect(permissions).toStrictEqual([
    { user: "kermit-receiver", vhost: "/", permissions: everything },
    { user: "kermit-sender", vhost: "/", permissions: everything },
  ]);
});

test("a queue in a vhost of its own, of type quorum", async () => {
  const values = localProgramStack();
  values.queues = {
    "kermit.inventory": { vhost: "site" },
    "kermit.log": { vhost: "site", type: "quorum" },
  };
  const { resources } = await runProgram(values);
  expect(find(resources, "rabbitmq:index/vHost:VHost", "access-vhost-site").inputs).toStrictEqual({
    name: "site",
  });
  const queue = find(resources, "rabbitmq:index/queue:Queue", "access-queue-kermit.log");
  expect(queue.inputs).toStrictEqual({
    name: "kermit.log",
    vhost: "site",
    settings: {
      durable: true,
      autoDelete: false,
      argumentsJson: '{"x-queue-type":"quorum"}',
    },
  });
  expect(queue.dependsOn).toStrictEqual(["access-vhost-site", "broker", "broker-data"]);
  expect(queue.replaceWith).toStrictEqual(["access-vhost-site", "broker-data"]);
  expect(names(resources, "Permissions")).toStrictEqual([
    "access-permissions-kermit-receiver@site",
    "access-permissions-kermit-sender@site",
  ]);
});

describe("K1: a receiver and senders on machines of their own", () => {
  const fleet = async () => {
    const values = localProgramStack();
    const machine = (root: string) => ({ connection: "local", node, root });
    values.hosts = { here: machine("/"), west: machine("/srv/west"), east: machine("/srv/east") };
    changed(values, ["senders", "kermit", "hosts"], ["west", "east"]);
    return (await runProgram(values)).resources;
  };

  test("K6, K7: the documents' paths, where a machine is the stack's alone", async () => {
    const resources = await fleet();
    const path = (name: string) => find(resources, "hosts:index:HostFile", name).inputs.path;
    expect([
      path("kermit-receiver-kermit.cfg"),
      path("kermit-receiver-amqpqueue.cfg"),
      path("kermit-receiver-ssl/q-public.pem"),
      path("kermit-sender-kermit-west-kermit.cfg"),
      path("kermit-sender-kermit-west-ssl/q-private.pem"),
    ]).toStrictEqual([
      "/etc/kermit/kermit.cfg",
      "/etc/kermit/amqpqueue.cfg",
      "/etc/kermit/ssl/q-public.pem",
      "/srv/west/etc/kermit/kermit.cfg",
      "/srv/west/etc/kermit/ssl/q-private.pem",
    ]);
    expect(
      find(resources, "hosts:index:HostFile", "kermit-receiver-kermit.cfg").inputs.content,
    ).toContain("outputdir = /var/lib/kermit/queue\namqpcfg = /etc/kermit/amqpqueue.cfg\n");
  });

  test("one receiver, a sender on each other machine, each half where it belongs", async () => {
    const resources = await fleet();
    expect(names(resources, ":Receiver")).toStrictEqual(["kermit-receiver"]);
    expect(names(resources, ":Sender")).toStrictEqual([
      "kermit-sender-kermit-east",
      "kermit-sender-kermit-west",
    ]);
    const keys = resources
      .map(({ inputs }) => String(inputs.path))
      .filter((path) => path.endsWith(".pem"));
    expect(keys).toStrictEqual([
      "/etc/kermit/ssl/q-public.pem",
      "/srv/east/etc/kermit/ssl/q-private.pem",
      "/srv/west/etc/kermit/ssl/q-private.pem",
    ]);
  });
});

test("a user whose name is that of a function of every object gets a derived password", async () => {
  const values = localProgramStack();
  changed(values, ["users", "constructor"], { send: ["kermit.log"] });
  const { clients } = (await runProgram(values)).result;
  expect(await isSecretOutput(clients)).toBe(true);
  expect((await value(clients)).constructor).toStrictEqual({
    user: "constructor",
    password: derived("constructor"),
    vhosts: ["/"],
  });
});

test("a sender accepts no larger file than its collectors", async () => {
  const values = changed(localProgramStack(), ["collectors", "log", "maxBytes"], 1000);
  const { resources } = await runProgram(values);
  const { content } = find(
    resources,
    "hosts:index:HostFile",
    "kermit-sender-kermit-here-config",
  ).inputs;
  expect((JSON.parse(String(content)) as { maxBytes: number }).maxBytes).toBe(1000);
});

test("without signing there is a broker with access, and no fleet", async () => {
  const { platform, hosts, broker, queues, users } = localProgramStack();
  const { resources, result } = await runProgram({ platform, hosts, broker, queues, users });
  expect(names(resources, "HostService")).toStrictEqual(["broker", "broker-epmd"]);
  expect([result.collectedDir, result.collectors, result.senders]).toStrictEqual([
    undefined,
    {},
    {},
  ]);
});
