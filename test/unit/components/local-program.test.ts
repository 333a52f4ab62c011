import { createHash } from "node:crypto";
import { parse } from "ini";
import { beforeAll, describe, expect, test } from "vitest";
import { derivePassword } from "../../../components/access/client-passwords";
import { passwordHash } from "../../../components/brokers/rabbitmq/definitions";
import {
  clearText,
  find,
  generatedBytes,
  generatedPair,
  generatedPassword,
  isSecret,
  isSecretOutput,
  reveal,
  value,
  type RecordedResource,
  type Recording,
} from "../../support/mocks";
import { node, runProgram, type ProgramOutputs } from "../../support/program";

const root = "/var/lib/mq/local";
const connection = { kind: "local" };
const adminPassword = generatedPassword("broker-admin");
const seed = generatedPassword("passwords-seed");
const { password: senderPassword } = derivePassword(seed, "kermit-sender");
const { password: receiverPassword } = derivePassword(seed, "kermit-receiver");

let program: Recording<ProgramOutputs>;
let resources: readonly RecordedResource[];

beforeAll(async () => {
  program = await runProgram();
  resources = program.resources;
});

const ofType = (type: string) => resources.filter((resource) => resource.type === type);
const inputsOf = (type: string, name: string) => find(resources, type, name).inputs;
const content = (name: string) => String(reveal(inputsOf("hosts:index:HostFile", name).content));

/** The inputs of a file but its content. */
const attributesOf = (name: string) =>
  Object.fromEntries(
    Object.entries(inputsOf("hosts:index:HostFile", name)).filter(([key]) => key !== "content"),
  );

/** Type and name of all that the local stack is made of. */
const expected: Record<string, string[]> = {
  "hosts:index:HostDirectory": [
    "broker-data",
    "broker-etc",
    "broker-log",
    "kermit-receiver-etc",
    "kermit-receiver-inventory-output",
    "kermit-receiver-inventory-rejected",
    "kermit-receiver-lib",
    "kermit-receiver-log-output",
    "kermit-receiver-log-rejected",
    "kermit-receiver-ssl",
    "kermit-sender-kermit-here-bin",
    "kermit-sender-kermit-here-etc",
    "kermit-sender-kermit-here-lib",
    "kermit-sender-kermit-here-ssl",
  ],
  "hosts:index:HostFile": [
    "broker-advanced.config",
    "broker-definitions.json",
    "broker-enabled_plugins",
    "broker-rabbitmq.conf",
    "kermit-receiver-amqpqueue.cfg",
    "kermit-receiver-inventory-config",
    "kermit-receiver-kermit.cfg",
    "kermit-receiver-log-config",
    "kermit-receiver-password",
    "kermit-receiver-program",
    "kermit-receiver-ssl/q-public.pem",
    "kermit-sender-kermit-here-amqpqueue.cfg",
    "kermit-sender-kermit-here-command",
    "kermit-sender-kermit-here-config",
    "kermit-sender-kermit-here-kermit.cfg",
    "kermit-sender-kermit-here-password",
    "kermit-sender-kermit-here-program",
    "kermit-sender-kermit-here-ssl/q-private.pem",
  ],
  "hosts:index:HostPackage": ["broker-package"],
  "hosts:index:HostService": [
    "broker",
    "broker-epmd",
    "kermit-receiver-inventory",
    "kermit-receiver-log",
  ],
  "hosts:index:HostUser": ["kermit-sender-kermit-here-user"],
  "mq:index:ClientPasswords": ["passwords"],
  "mq:index:Collector": ["kermit-receiver-inventory", "kermit-receiver-log"],
  "mq:index:KermitFiles": ["kermit-receiver", "kermit-sender-kermit-here"],
  "mq:index:KermitFleet": ["kermit"],
  "mq:index:RabbitMqAccess": ["access"],
  "mq:index:RabbitMqBroker": ["broker"],
  "mq:index:Receiver": ["kermit-receiver"],
  "mq:index:Sender": ["kermit-sender-kermit-here"],
  "mq:index:SigningKeyPair": ["kermit-signing"],
  "pulumi:providers:rabbitmq": ["access"],
  "rabbitmq:index/binding:Binding": [
    "access-binding-kermit.inventory",
    "access-binding-kermit.log",
  ],
  "rabbitmq:index/exchange:Exchange": [
    "access-exchange-kermit.inventory",
    "access-exchange-kermit.log",
  ],
  "rabbitmq:index/permissions:Permissions": [
    "access-permissions-kermit-receiver@/",
    "access-permissions-kermit-sender@/",
  ],
  "rabbitmq:index/queue:Queue": ["access-queue-kermit.inventory", "access-queue-kermit.log"],
  "rabbitmq:index/user:User": ["access-user-kermit-receiver", "access-user-kermit-sender"],
  "random:index/randomBytes:RandomBytes": ["broker-admin-salt"],
  "random:index/randomPassword:RandomPassword": ["broker-admin", "passwords-seed"],
  "tls:index/privateKey:PrivateKey": ["kermit-signing"],
};

test("the local stack is made of these resources and no others", () => {
  const found: Record<string, string[]> = {};
  for (const { type, name } of resources) (found[type] ??= []).push(name);
  expect(found).toStrictEqual(expected);
});

test("every child's name begins with its parent's", () => {
  const exceptions = resources
    .filter(({ parent }) => parent !== undefined)
    .filter(({ name, parent }) => !name.startsWith(parent?.split("::").slice(1).join("::") ?? ""))
    .map(({ type, name, parent }) => [type, name, parent]);
  expect(exceptions).toStrictEqual([]);
});

test("at the top there are components alone", () => {
  expect(
    resources.filter(({ parent }) => parent === undefined).map(({ name }) => name),
  ).toStrictEqual(["passwords", "kermit", "access", "broker"]);
});

describe("the broker", () => {
  const rabbitmq = { owner: "rabbitmq", group: "rabbitmq" };

  test("the package is installed without the node that it would start", () => {
    expect(inputsOf("hosts:index:HostPackage", "broker-package")).toStrictEqual({
      connection,
      name: "rabbitmq-server",
      startServices: false,
    });
  });

  test.each([
    ["data", "/var/lib/rabbitmq", true],
    ["etc", "/etc/rabbitmq", false],
    ["log", "/var/log/rabbitmq", false],
  ])("the %s folder", (role, path, keep) => {
    expect(inputsOf("hosts:index:HostDirectory", `broker-${role}`)).toStrictEqual({
      connection,
      path: `${root}${path}`,
      ...rabbitmq,
      mode: "0750",
      keep,
    });
  });

  test.each([
    ["rabbitmq.conf", "0640"],
    ["advanced.config", "0640"],
    ["enabled_plugins", "0640"],
    ["definitions.json", "0600"],
  ])("%s is mode %s and the broker's alone", (file, mode) => {
    expect(attributesOf(`broker-${file}`)).toStrictEqual({
      connection,
      path: `${root}/etc/rabbitmq/${file}`,
      ...rabbitmq,
      mode,
    });
  });

  test("K13: the plugins", () => {
    expect(content("broker-enabled_plugins")).toBe(
      "[rabbitmq_amqp1_0,rabbitmq_management,rabbitmq_stomp].\n",
    );
  });

  test("the definitions have the administrator's hash, as a secret", () => {
    const input = inputsOf("hosts:index:HostFile", "broker-definitions.json").content;
    expect(isSecret(input)).toBe(true);
    const definitions = JSON.parse(String(reveal(input))) as { users: unknown };
    expect(definitions.users).toStrictEqual([
      {
        name: "mq-admin",
        password_hash: passwordHash(adminPassword, generatedBytes("broker-admin-salt", 4)),
        hashing_algorithm: "rabbit_password_hashing_sha256",
        tags: ["administrator"],
      },
    ]);
  });

  const environment = {
    HOME: `${root}/var/lib/rabbitmq`,
    LANG: "C.UTF-8",
    RABBITMQ_NODENAME: "mq@localhost",
    RABBITMQ_CONF_ENV_FILE: `${root}/etc/rabbitmq/rabbitmq-env.conf`,
    RABBITMQ_CONFIG_FILE: `${root}/etc/rabbitmq/rabbitmq.conf`,
    RABBITMQ_ADVANCED_CONFIG_FILE: `${root}/etc/rabbitmq/advanced.config`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${root}/etc/rabbitmq/enabled_plugins`,
    RABBITMQ_MNESIA_BASE: `${root}/var/lib/rabbitmq/mnesia`,
    RABBITMQ_LOG_BASE: `${root}/var/log/rabbitmq`,
    RABBITMQ_DIST_PORT: "35674",
    ERL_EPMD_PORT: "35675",
    ERL_EPMD_ADDRESS: "127.0.0.1",
  };

  test("the node's service", () => {
    const { restartOn, ...rest } = inputsOf("hosts:index:HostService", "broker");
    expect(rest).toStrictEqual({
      connection,
      name: "mq-local-rabbitmq",
      description: "RabbitMQ broker of mq",
      command: ["/usr/lib/rabbitmq/bin/rabbitmq-server"],
      environment,
      user: "rabbitmq",
      workingDirectory: `${root}/var/lib/rabbitmq`,
      stateDirectory: `${root}/var/lib/mq-services`,
      ports: { amqp: 35672, stomp: 36163, management: 35673, distribution: 35674 },
      ready: { http: "http://127.0.0.1:35673/api/overview" },
      readyTimeoutSeconds: 120,
      stopTimeoutSeconds: 60,
    });
    expect(isSecret(restartOn)).toBe(true);
    expect(reveal(restartOn)).toMatch(/^[0-9a-f]{64}$/);
  });

  test("the port mapper's service", () => {
    expect(inputsOf("hosts:index:HostService", "broker-epmd")).toStrictEqual({
      connection,
      name: "mq-local-epmd",
      description: "Erlang port mapper of the mq broker",
      command: ["/usr/bin/epmd", "-port", "35675", "-address", "127.0.0.1"],
      environment,
      user: "rabbitmq",
      stateDirectory: `${root}/var/lib/mq-services`,
      ports: { epmd: 35675 },
      ready: { tcp: { host: "127.0.0.1", port: 35675 } },
    });
  });

  test("no user guest anywhere", () => {
    const named = resources.flatMap(({ name, inputs }) =>
      name.endsWith("-program")
        ? []
        : clearText(reveal(inputs)).filter((text) => text.includes("guest")),
    );
    expect(named).toStrictEqual([]);
  });
});

describe("access", () => {
  test("the provider logs in as the administrator, whose password is a secret", () => {
    const { password, ...rest } = inputsOf("pulumi:providers:rabbitmq", "access");
    expect(rest).toStrictEqual({ endpoint: "http://127.0.0.1:35673", username: "mq-admin" });
    expect([isSecret(password), reveal(password)]).toStrictEqual([true, adminPassword]);
  });

  test.each(["kermit.inventory", "kermit.log"])(
    "K25: %s is durable, does not delete itself and has no arguments",
    (queue) => {
      expect(inputsOf("rabbitmq:index/queue:Queue", `access-queue-${queue}`)).toStrictEqual({
        name: queue,
        vhost: "/",
        settings: { durable: true, autoDelete: false },
      });
    },
  );

  test.each(["kermit.inventory", "kermit.log"])("%s has a direct exchange of its name", (queue) => {
    expect(inputsOf("rabbitmq:index/exchange:Exchange", `access-exchange-${queue}`)).toStrictEqual({
      name: queue,
      vhost: "/",
      settings: { type: "direct", durable: true, autoDelete: false },
    });
    expect(inputsOf("rabbitmq:index/binding:Binding", `access-binding-${queue}`)).toStrictEqual({
      source: queue,
      vhost: "/",
      destination: queue,
      destinationType: "queue",
      routingKey: queue,
    });
  });

  test("the seed of the passwords has 44 letters and digits, more than 256 bits", () => {
    expect(inputsOf("random:index/randomPassword:RandomPassword", "passwords-seed")).toStrictEqual({
      length: 44,
      special: false,
    });
  });

  test.each([
    ["kermit-sender", senderPassword],
    ["kermit-receiver", receiverPassword],
  ])("%s has a password derived from the seed, a secret, and no tags", (user, derived) => {
    const { password, ...rest } = inputsOf("rabbitmq:index/user:User", `access-user-${user}`);
    expect(rest).toStrictEqual({ name: user, tags: [] });
    expect([isSecret(password), reveal(password)]).toStrictEqual([true, derived]);
  });

  test.each([
    ["kermit-sender", { configure: "^$", write: "^kermit\\.(inventory|log)$", read: "^$" }],
    ["kermit-receiver", { configure: "^$", write: "^$", read: "^kermit\\.(inventory|log)$" }],
  ])("K12: %s may do this in / and nothing else", (user, permissions) => {
    const type = "rabbitmq:index/permissions:Permissions";
    expect(inputsOf(type, `access-permissions-${user}@/`)).toStrictEqual({
      user,
      vhost: "/",
      permissions,
    });
  });

  test("all that lives in the broker has its provider, waits for it, and goes and comes with its data", () => {
    const living = resources.filter(({ type }) => type.startsWith("rabbitmq:"));
    expect(living).toHaveLength(10);
    for (const resource of living) {
      expect(resource).toMatchObject({
        provider: "access",
        parent: "mq:index:RabbitMqAccess::access",
        deletedWith: "broker-data",
        deleteBeforeReplace: true,
      });
      expect(resource.dependsOn).toContain("broker");
      expect(resource.replaceWith).toContain("broker-data");
    }
  });

  test("a binding goes and comes with its queue and exchange, a permission with its user", () => {
    const options = (type: string, name: string) => {
      const { dependsOn, replaceWith } = find(resources, type, name);
      return { dependsOn, replaceWith };
    };
    expect(options("rabbitmq:index/binding:Binding", "access-binding-kermit.log")).toStrictEqual({
      dependsOn: ["access-exchange-kermit.log", "access-queue-kermit.log", "broker", "broker-data"],
      replaceWith: ["access-exchange-kermit.log", "access-queue-kermit.log", "broker-data"],
    });
    expect(
      options("rabbitmq:index/permissions:Permissions", "access-permissions-kermit-sender@/"),
    ).toStrictEqual({
      dependsOn: ["access-user-kermit-sender", "broker", "broker-data"],
      replaceWith: ["access-user-kermit-sender", "broker-data"],
    });
  });
});

describe("keys", () => {
  const holders = (half: string) =>
    ofType("hosts:index:HostFile")
      .filter(({ inputs }) => String(reveal(inputs.content)).includes(half))
      .map(({ inputs }) => inputs.path);

  test("K2: the pair is RSA of the size in the stack file", () => {
    expect(inputsOf("tls:index/privateKey:PrivateKey", "kermit-signing")).toStrictEqual({
      algorithm: "RSA",
      rsaBits: 3072,
    });
  });

  test("K4: the public key is in the receiver's folder alone", () => {
    expect(holders(generatedPair.publicKey)).toStrictEqual([
      `${root}/etc/kermit/receiver/ssl/q-public.pem`,
    ]);
  });

  test("K5: the private key is in the sender's folder alone", () => {
    expect(holders(generatedPair.privateKey)).toStrictEqual([
      `${root}/etc/kermit/sender/ssl/q-private.pem`,
    ]);
  });

  test("K28: two folders of 0700 and keys of 0400, of two owners", () => {
    const folder = (name: string) => inputsOf("hosts:index:HostDirectory", name);
    expect(folder("kermit-receiver-ssl")).toStrictEqual({
      connection,
      path: `${root}/etc/kermit/receiver/ssl`,
      owner: "nobody",
      group: "nogroup",
      mode: "0700",
    });
    expect(folder("kermit-sender-kermit-here-ssl")).toStrictEqual({
      connection,
      path: `${root}/etc/kermit/sender/ssl`,
      owner: "mq-sender",
      group: "mq-sender",
      mode: "0700",
    });
    const { content: publicKey, ...publicFile } = inputsOf(
      "hosts:index:HostFile",
      "kermit-receiver-ssl/q-public.pem",
    );
    expect(publicFile).toStrictEqual({
      connection,
      path: `${root}/etc/kermit/receiver/ssl/q-public.pem`,
      owner: "nobody",
      group: "nogroup",
      mode: "0400",
    });
    expect(publicKey).toBe(generatedPair.publicKey);
    const { content: privateKey, ...privateFile } = inputsOf(
      "hosts:index:HostFile",
      "kermit-sender-kermit-here-ssl/q-private.pem",
    );
    expect(privateFile).toStrictEqual({
      connection,
      path: `${root}/etc/kermit/sender/ssl/q-private.pem`,
      owner: "mq-sender",
      group: "mq-sender",
      mode: "0400",
    });
    expect([isSecret(privateKey), reveal(privateKey)]).toStrictEqual([
      true,
      generatedPair.privateKey,
    ]);
  });

  test("K28: the sender's account is made before its files", () => {
    expect(inputsOf("hosts:index:HostUser", "kermit-sender-kermit-here-user")).toStrictEqual({
      connection,
      name: "mq-sender",
    });
    expect(
      find(resources, "mq:index:KermitFiles", "kermit-sender-kermit-here").dependsOn,
    ).toContain("kermit-sender-kermit-here-user");
  });
});

describe.each([
  ["kermit-receiver", "receiver", "kermit-receiver", receiverPassword, "nobody", "nogroup"],
  [
    "kermit-sender-kermit-here",
    "sender",
    "kermit-sender",
    senderPassword,
    "mq-sender",
    "mq-sender",
  ],
])("the Kermit files of %s", (name, role, user, password, owner, group) => {
  const folder = `${root}/etc/kermit/${role}`;
  const attributes = (file: string) => attributesOf(`${name}-${file}`);

  test("K7: kermit.cfg", () => {
    expect(parse(content(`${name}-kermit.cfg`))).toEqual({
      amqpqueue: {
        outputdir: `${root}/var/lib/kermit/queue`,
        amqpcfg: `${folder}/amqpqueue.cfg`,
        inventoryqueuename: "/queue/kermit.inventory",
        logqueuename: "/queue/kermit.log",
      },
    });
    expect(attributes("kermit.cfg")).toStrictEqual({
      connection,
      path: `${folder}/kermit.cfg`,
      mode: "0644",
    });
  });

  test("K8: amqpqueue.cfg logs in as the user of the role", () => {
    expect(parse(content(`${name}-amqpqueue.cfg`))).toMatchObject({
      "plugin.ssl_client_public": `${folder}/ssl/q-public.pem`,
      "plugin.ssl_client_private": `${folder}/ssl/q-private.pem`,
      "plugin.ssl_client_cert_dir": `${folder}/ssl`,
      "plugin.stomp.host": "127.0.0.1",
      "plugin.stomp.port": "36163",
      "plugin.stomp.user": user,
      "plugin.stomp.password": password,
    });
  });

  test.each(["amqpqueue.cfg", "password"])(
    "K10: %s is a secret that its owner alone may read",
    (file) => {
      expect(isSecret(inputsOf("hosts:index:HostFile", `${name}-${file}`).content)).toBe(true);
      expect(attributes(file)).toStrictEqual({
        connection,
        path: `${folder}/${file}`,
        owner,
        group,
        mode: "0400",
      });
    },
  );

  test("the password's file is the password, without a newline", () => {
    expect(content(`${name}-password`)).toBe(password);
  });
});

describe("the collectors", () => {
  test.each([
    ["inventory", "kermit.inventory", 36171],
    ["log", "kermit.log", 36172],
  ])("K19: %s is a service that drains %s", (name, queue, port) => {
    const { restartOn, ...rest } = inputsOf("hosts:index:HostService", `kermit-receiver-${name}`);
    expect(rest).toStrictEqual({
      connection,
      name: `mq-local-collector-${name}`,
      description: `mq collector of ${queue}`,
      command: [
        node,
        `${root}/usr/local/lib/mq/collector.js`,
        "--config",
        `${root}/etc/kermit/receiver/collector-${name}.json`,
      ],
      user: "nobody",
      stateDirectory: `${root}/var/lib/mq-services`,
      ports: { metrics: port },
      ready: { http: `http://127.0.0.1:${String(port)}/readyz` },
    });
    expect(isSecret(restartOn)).toBe(true);
    const parts = [
      content("kermit-receiver-program"),
      content(`kermit-receiver-${name}-config`),
      receiverPassword,
      generatedPair.publicKey,
    ];
    expect(reveal(restartOn)).toBe(createHash("sha256").update(parts.join("\0")).digest("hex"));
    expect(JSON.parse(content(`kermit-receiver-${name}-config`))).toStrictEqual({
      broker: {
        protocol: "stomp",
        host: "127.0.0.1",
        port: 36163,
        vhost: "/",
        user: "kermit-receiver",
        passwordFile: `${root}/etc/kermit/receiver/password`,
      },
      queue,
      source: `/amq/queue/${queue}`,
      outputDir: `${root}/var/lib/kermit/queue`,
      keyDir: `${root}/etc/kermit/receiver/ssl`,
      maxBytes: 16_777_216,
      dedup: "perSender",
      prefetch: 1000,
      batch: 500,
      http: { host: "127.0.0.1", port },
    });
  });

  test.each([
    ["inventory-output", "kermit.inventory"],
    ["inventory-rejected", ".rejected/kermit.inventory"],
    ["log-output", "kermit.log"],
    ["log-rejected", ".rejected/kermit.log"],
  ])("K17: the folder %s is nobody's, and stays", (name, path) => {
    expect(inputsOf("hosts:index:HostDirectory", `kermit-receiver-${name}`)).toStrictEqual({
      connection,
      path: `${root}/var/lib/kermit/queue/${path}`,
      owner: "nobody",
      group: "nogroup",
      mode: "0750",
      keep: true,
    });
  });

  test("K1: two services, of one receiver", () => {
    const parents = ofType("mq:index:Collector").map(({ name, parent }) => [name, parent]);
    expect(parents).toStrictEqual([
      ["kermit-receiver-inventory", "mq:index:Receiver::kermit-receiver"],
      ["kermit-receiver-log", "mq:index:Receiver::kermit-receiver"],
    ]);
  });

  test("a collector starts after the access is there", () => {
    expect(find(resources, "mq:index:KermitFleet", "kermit").dependsOn).toEqual(
      expect.arrayContaining(["access-permissions-kermit-receiver@/", "access-queue-kermit.log"]),
    );
  });
});

describe("the sender", () => {
  test("its configuration", () => {
    expect(JSON.parse(content("kermit-sender-kermit-here-config"))).toStrictEqual({
      broker: {
        protocol: "stomp",
        host: "127.0.0.1",
        port: 36163,
        vhost: "/",
        user: "kermit-sender",
        passwordFile: `${root}/etc/kermit/sender/password`,
      },
      sender: "here",
      privateKeyFile: `${root}/etc/kermit/sender/ssl/q-private.pem`,
      maxBytes: 16_777_216,
      inventory: {
        queue: "kermit.inventory",
        destination: "/exchange/kermit.inventory/kermit.inventory",
      },
      log: { queue: "kermit.log", destination: "/exchange/kermit.log/kermit.log" },
    });
  });

  test("its command", () => {
    expect(inputsOf("hosts:index:HostFile", "kermit-sender-kermit-here-command")).toStrictEqual({
      connection,
      path: `${root}/usr/local/bin/mq-send`,
      content: `#!/bin/sh\nexec '${node}' '${root}/usr/local/lib/mq-send/sender.js' '--config' '${root}/etc/kermit/sender/sender.json' "$@"\n`,
      mode: "0755",
    });
  });
});

describe("X5: secrets", () => {
  test("no password, no seed and no private key outside of a secret, in any input of any resource", () => {
    const secrets = [
      adminPassword,
      seed,
      senderPassword,
      receiverPassword,
      generatedPair.privateKey,
      ...generatedPair.privateKey
        .split("\n")
        .filter((line) => line.length > 40 && !line.startsWith("-----")),
      passwordHash(adminPassword, generatedBytes("broker-admin-salt", 4)),
    ];
    const inClear = resources.flatMap(({ type, name, inputs }) =>
      clearText(inputs)
        .filter((text) => secrets.some((secret) => text.includes(secret)))
        .map(() => `${type}::${name}`),
    );
    expect(inClear).toStrictEqual([]);
  });

  test("these inputs are secrets, and no others", () => {
    const secret = resources.flatMap(({ type, name, inputs }) =>
      Object.entries(inputs)
        .filter(([, input]) => isSecret(input))
        .map(([key]) => `${type.split(":").at(-1) ?? ""} ${name} ${key}`),
    );
    expect(secret).toStrictEqual([
      "HostFile broker-definitions.json content",
      "HostFile kermit-receiver-amqpqueue.cfg content",
      "HostFile kermit-receiver-password content",
      "HostFile kermit-sender-kermit-here-amqpqueue.cfg content",
      "HostFile kermit-sender-kermit-here-password content",
      "HostFile kermit-sender-kermit-here-ssl/q-private.pem content",
      "HostService broker restartOn",
      "HostService kermit-receiver-inventory restartOn",
      "HostService kermit-receiver-log restartOn",
      "rabbitmq access password",
      "User access-user-kermit-receiver password",
      "User access-user-kermit-sender password",
    ]);
  });

  test("K10: the clients' logins are a secret output", async () => {
    const { clients } = program.result;
    expect(await isSecretOutput(clients)).toBe(true);
    expect(await value(clients)).toMatchObject({
      "kermit-sender": { user: "kermit-sender", password: senderPassword, vhosts: ["/"] },
      "kermit-receiver": { user: "kermit-receiver", password: receiverPassword, vhosts: ["/"] },
    });
  });
});

test("the endpoints", () => {
  const host = "127.0.0.1";
  expect(program.result.endpoints).toStrictEqual({
    amqp: { scheme: "amqp", host, port: 35672 },
    stomp: { scheme: "stomp", host, port: 36163 },
    management: { scheme: "http", host, port: 35673 },
  });
});

test("the collectors and the sender, as the commands use them", () => {
  const { collectedDir, collectors, senders } = program.result;
  expect(collectedDir).toBe(`${root}/var/lib/kermit/queue`);
  const collector = (name: string, queue: string) => ({
    on: "host",
    queue,
    directory: `${root}/var/lib/kermit/queue/${queue}`,
    service: `mq-local-collector-${name}`,
    stateDirectory: `${root}/var/lib/mq-services`,
    command: inputsOf("hosts:index:HostService", `kermit-receiver-${name}`).command,
    user: "nobody",
  });
  expect(collectors).toStrictEqual({
    inventory: collector("inventory", "kermit.inventory"),
    log: collector("log", "kermit.log"),
  });
  expect(senders).toStrictEqual({
    kermit: [
      { on: "host", host: "here", command: `${root}/usr/local/bin/mq-send`, user: "mq-sender" },
    ],
  });
});

test("without TLS there is no CA to trust and no certificate that ends", () => {
  const { tls, certExpiry } = program.result;
  expect([tls, certExpiry]).toStrictEqual([{ ca: undefined }, {}]);
});
