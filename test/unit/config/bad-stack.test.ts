import { describe, expect, test } from "vitest";
import type { Environment } from "../../../components/config/environment";
import { parseStack } from "../../../components/config/parse";
import {
  changed,
  encryptedEnvironment,
  environment,
  hostsTopology,
  localStack,
  localStackWith,
  refusal,
} from "../../support/stack-values";

type Case = [what: string, path: string[], value: unknown, message: string];

function refuses(cases: readonly Case[], where: Environment = environment): void {
  test.each(cases)("%s", (_what, path, value, message) => {
    expect(refusal(localStackWith(path, value), where)).toBe(message);
  });
}

const allKeys =
  "platform, hosts, broker, acl, queues, users, passwords, signing, collectors, senders";

describe("X4: unknown keys", () => {
  refuses([
    [
      "at the top, near another",
      ["colectors"],
      {},
      'mq:colectors: unknown key; did you mean "collectors"?',
    ],
    [
      "at the top, near none",
      ["xyzzyxyzzy"],
      {},
      `mq:xyzzyxyzzy: unknown key; the keys here are: ${allKeys}`,
    ],
    [
      "in an object",
      ["broker", "prots"],
      {},
      'mq:broker.prots: unknown key; did you mean "ports"?',
    ],
    [
      "two levels down",
      ["broker", "ports", "stmop"],
      1,
      'mq:broker.ports.stmop: unknown key; did you mean "stomp"?',
    ],
    [
      "in a map's value",
      ["collectors", "log", "maxbyte"],
      1,
      'mq:collectors.log.maxbyte: unknown key; did you mean "maxBytes"?',
    ],
    [
      "in a queue whose name has dots",
      ["queues", "kermit.log", "durable"],
      true,
      "mq:queues.kermit.log.durable: unknown key; the keys here are: vhost, type",
    ],
    [
      "a user's",
      ["users", "kermit-sender", "sends"],
      [],
      'mq:users.kermit-sender.sends: unknown key; did you mean "send"?',
    ],
  ]);
});

describe("X4: missing keys", () => {
  refuses([
    ["platform", ["platform"], undefined, 'mq:platform: the platforms are: "hosts", "kubernetes"'],
    ["hosts", ["hosts"], undefined, "mq:hosts: missing; set it (map)"],
    ["broker", ["broker"], undefined, "mq:broker: missing; set it (map)"],
    ["queues", ["queues"], undefined, "mq:queues: missing; set it (map)"],
    ["users", ["users"], undefined, "mq:users: missing; set it (map)"],
    [
      "broker kind",
      ["broker", "kind"],
      undefined,
      'mq:broker.kind: the broker kinds are: "rabbitmq", "activemq", "artemis"',
    ],
    ["broker host", ["broker", "host"], undefined, "mq:broker.host: missing; set it (text)"],
    [
      "connection",
      ["hosts", "here", "connection"],
      undefined,
      'mq:hosts.here.connection: a host is reached by connection: "local"',
    ],
    [
      "a collector's queue",
      ["collectors", "log", "queue"],
      undefined,
      "mq:collectors.log.queue: missing; set it (text)",
    ],
    [
      "a sender's hosts",
      ["senders", "kermit", "hosts"],
      undefined,
      "mq:senders.kermit.hosts: missing; set it (list)",
    ],
    [
      "signing, where something is signed",
      ["signing"],
      undefined,
      "mq:signing: missing; senders and collectors need it: set `mq:signing: {}`",
    ],
  ]);
});

describe("X4: wrong types and values", () => {
  refuses([
    ["text for a map", ["hosts"], "here", "mq:hosts: must be a map; write it so"],
    ["nothing for a map", ["hosts"], null, "mq:hosts: must be a map; write it so"],
    [
      "text for a list",
      ["users", "kermit-sender", "send"],
      "kermit.log",
      "mq:users.kermit-sender.send: must be a list; write it so",
    ],
    ["a number for text", ["broker", "host"], 5, "mq:broker.host: must be a text; write it so"],
    [
      "text for a boolean",
      ["signing", "allowWeak"],
      "yes",
      "mq:signing.allowWeak: must be a true or false; write it so",
    ],
    [
      "text for a number",
      ["signing", "bits"],
      "3072",
      "mq:signing.bits: must be a number; write it so",
    ],
    [
      "another platform",
      ["platform"],
      "mainframe",
      'mq:platform: the platforms are: "hosts", "kubernetes"',
    ],
    [
      "another broker",
      ["broker", "kind"],
      "zeromq",
      'mq:broker.kind: the broker kinds are: "rabbitmq", "activemq", "artemis"',
    ],
    ["another acl", ["acl"], "none", 'mq:acl: acl is "least-privilege" or "compat"'],
    [
      "another queue type",
      ["queues", "kermit.log"],
      { type: "stream" },
      'mq:queues.kermit.log.type: a queue is of type "classic" or "quorum"',
    ],
    [
      "another client",
      ["users", "kermit-sender", "client"],
      "dirac",
      'mq:users.kermit-sender.client: the client software is "mq" or "kermit"',
    ],
    [
      "another dedup",
      ["collectors", "log", "dedup"],
      true,
      'mq:collectors.log.dedup: dedup is "perSender", "compat" or "none"',
    ],
    [
      "a size limit below",
      ["collectors", "log", "maxBytes"],
      0,
      "mq:collectors.log.maxBytes: a size limit is at least 1 byte",
    ],
    [
      "a size limit above",
      ["collectors", "log", "maxBytes"],
      134_217_729,
      "mq:collectors.log.maxBytes: a size limit is at most 134217728 bytes",
    ],
    [
      "a vhost with a space",
      ["queues", "kermit.log"],
      { vhost: "a b" },
      "mq:queues.kermit.log.vhost: a vhost has 1 to 128 printable ASCII characters without spaces; rename it",
    ],
    [
      "a host's name with a capital",
      ["hosts", "Here"],
      { connection: "local" },
      "mq:hosts.Here: a name here has 1 to 31 lower-case letters, digits and -, begins with a letter and does not end with -; rename it",
    ],
    [
      "a key name with a slash",
      ["signing", "name"],
      "../q",
      "mq:signing.name: a key name has 1 to 31 lower-case letters, digits and _ . -; rename it",
    ],
  ]);
});

describe("ports", () => {
  const range = "mq:broker.ports.amqp: a port is 1 to 65535; choose another";
  const whole = "mq:broker.ports.amqp: a port is a whole number; write it without quotes";
  refuses([
    ["0", ["broker", "ports", "amqp"], 0, range],
    ["65536", ["broker", "ports", "amqp"], 65536, range],
    ["negative", ["broker", "ports", "amqp"], -1, range],
    ["text", ["broker", "ports", "amqp"], "5672", whole],
    ["a fraction", ["broker", "ports", "amqp"], 1.5, whole],
    ["nothing", ["broker", "ports", "amqp"], null, whole],
    [
      "used twice by the broker",
      ["broker", "ports", "stomp"],
      35672,
      "mq:broker.ports.stomp: 35672 is used by mq:broker.ports.amqp already; choose another",
    ],
    [
      "used by broker and collector",
      ["collectors", "log", "port"],
      36163,
      "mq:collectors.log.port: 36163 is used by mq:broker.ports.stomp already; choose another",
    ],
    [
      "used by two collectors",
      ["collectors", "log", "port"],
      36171,
      "mq:collectors.log.port: 36171 is used by mq:collectors.inventory.port already; choose another",
    ],
  ]);

  test("a collector's default that another has", () => {
    const values = localStackWith(["collectors", "log", "port"], undefined);
    changed(values, ["collectors", "inventory", "port"], 9465);
    expect(refusal(values)).toBe(
      "mq:collectors.log.port: 9465 is used by mq:collectors.inventory.port already; choose another",
    );
  });

  test.each([1, 65535])("%d is one", (port) => {
    const values = localStackWith(["broker", "ports", "amqp"], port);
    expect(hostsTopology(values).broker.ports.amqp).toBe(port);
  });
});

describe("user names", () => {
  const signs =
    "a user name holds letters, digits and . _ @ - only and begins with a letter or digit; rename it";
  refuses([
    [
      "K31: guest",
      ["users", "guest"],
      {},
      "mq:users.guest: guest is every RabbitMQ's well-known user; name a user of your own",
    ],
    [
      "empty",
      ["users", ""],
      {},
      "mq:users.: a user name has 1 to 64 characters, this one has 0; choose another",
    ],
    ["a slash", ["users", "a/b"], {}, `mq:users.a/b: ${signs}`],
    ["spaces", ["users", "a b"], {}, `mq:users.a b: ${signs}`],
    ["a newline", ["users", "a\nb"], {}, `mq:users.a\\nb: ${signs}`],
    ["NUL", ["users", "a\0b"], {}, `mq:users.a\\u0000b: ${signs}`],
    ["not ASCII", ["users", "jürgen"], {}, `mq:users.jürgen: ${signs}`],
    [
      "10 KB",
      ["users", "x".repeat(10_240)],
      {},
      `mq:users.${"x".repeat(60)}…: a user name has 1 to 64 characters, this one has 10240; choose another`,
    ],
    [
      "a collector's guest",
      ["collectors", "log", "user"],
      "guest",
      "mq:collectors.log.user: guest is every RabbitMQ's well-known user; name a user of your own",
    ],
  ]);
});

describe("passwords", () => {
  const wellKnown =
    "mq:passwords.kermit-sender: is a well-known password; remove it, and one is generated";
  const signs =
    "mq:passwords.kermit-sender: a password has 12 to 128 printable ASCII characters without spaces and \" ' ; # = \\ [ (Kermit's configuration files cannot hold them); choose another";
  refuses(
    [
      ["K9: marionette", ["passwords", "kermit-sender"], "marionette", wellKnown],
      ["O10: RABBIT_PASS", ["passwords", "kermit-sender"], "RABBIT_PASS", wellKnown],
      ["guest", ["passwords", "kermit-sender"], "guest", wellKnown],
      ["11 characters", ["passwords", "kermit-sender"], "abcdefghijk", signs],
      ["129 characters", ["passwords", "kermit-sender"], "x".repeat(129), signs],
      ["a space", ["passwords", "kermit-sender"], "correct horse battery", signs],
      ["a newline", ["passwords", "kermit-sender"], "abcdefghijkl\n", signs],
      ["a double quote", ["passwords", "kermit-sender"], 'abcdefghijkl"', signs],
      ["an apostrophe", ["passwords", "kermit-sender"], "abcdefghijkl'", signs],
      ["a semicolon", ["passwords", "kermit-sender"], "abcdefghijkl;", signs],
      ["a hash sign", ["passwords", "kermit-sender"], "abcdefghijkl#", signs],
      ["an equals sign", ["passwords", "kermit-sender"], "abcdefghijkl=", signs],
      ["a backslash", ["passwords", "kermit-sender"], "abcdefghijkl\\", signs],
      ["a bracket", ["passwords", "kermit-sender"], "[abcdefghijkl", signs],
      ["not ASCII", ["passwords", "kermit-sender"], "abcdefghijklé", signs],
      [
        "of an unknown user",
        ["passwords", "kermit-sendre"],
        "abcdefghijkl",
        "mq:passwords.kermit-sendre: no such user in mq:users; declare it there, or remove this",
      ],
      [
        "a number",
        ["passwords", "kermit-sender"],
        123_456_789_012,
        "mq:passwords.kermit-sender: must be a text; write it so",
      ],
      [
        "text for the map",
        ["passwords"],
        "abcdefghijkl",
        "mq:passwords: must be a map; write it so",
      ],
    ],
    encryptedEnvironment,
  );
  refuses([
    [
      "in clear",
      ["passwords"],
      { "kermit-sender": "abcdefghijkl" },
      "mq:passwords: passwords stand in clear in the stack file; remove them and use `pulumi config set --secret --path 'mq:passwords.USER'`",
    ],
  ]);

  test.each(["abcdefghijkl", "!$%&()*+,-./:<>?@]^_`{|}~", "x".repeat(128)])(
    "%s is one",
    (password) => {
      const values = localStackWith(["passwords"], { "kermit-sender": password });
      const { secrets, topology } = parseStack(values, encryptedEnvironment);
      expect(secrets).toStrictEqual({ passwords: { "kermit-sender": password } });
      expect(JSON.stringify(topology)).not.toContain(password);
    },
  );
});

describe("queue names", () => {
  const signs =
    "a queue name holds letters, digits and . _ - : only and does not begin with a sign; rename it";
  const metacharacters = Array.from("\\^$|?*+()[]{}#");
  refuses([
    [
      "amq.",
      ["queues", "amq.x"],
      {},
      "mq:queues.amq.x: names that begin with amq. are reserved by AMQP 0-9-1; choose another prefix",
    ],
    ...metacharacters.map((sign): Case => [
      `with ${sign}`,
      ["queues", `a${sign}b`],
      {},
      `mq:queues.a${sign === "\\" ? "\\\\" : sign}b: ${signs}`,
    ]),
    ["with a slash", ["queues", "a/b"], {}, `mq:queues.a/b: ${signs}`],
    ["..", ["queues", ".."], {}, `mq:queues...: ${signs}`],
    ["a leading dot", ["queues", ".hidden"], {}, `mq:queues..hidden: ${signs}`],
    ["a leading dash", ["queues", "-rf"], {}, `mq:queues.-rf: ${signs}`],
    ["a space", ["queues", "a b"], {}, `mq:queues.a b: ${signs}`],
    ["a newline", ["queues", "a\n"], {}, `mq:queues.a\\n: ${signs}`],
    ["not ASCII", ["queues", "é"], {}, `mq:queues.é: ${signs}`],
    [
      "empty",
      ["queues", ""],
      {},
      "mq:queues.: a queue name has 1 to 200 bytes, this one has 0; shorten it",
    ],
    [
      "201 bytes",
      ["queues", "x".repeat(201)],
      {},
      `mq:queues.${"x".repeat(60)}…: a queue name has 1 to 200 bytes, this one has 201; shorten it`,
    ],
    [
      "256 bytes",
      ["queues", "x".repeat(256)],
      {},
      `mq:queues.${"x".repeat(60)}…: a queue name has 1 to 200 bytes, this one has 256; shorten it`,
    ],
  ]);

  test("200 bytes is one", () => {
    const name = "x".repeat(200);
    const { queues } = parseStack(localStackWith(["queues", name], {}), environment).topology;
    expect(queues.map((queue) => queue.name)).toStrictEqual([
      "kermit.inventory",
      "kermit.log",
      name,
    ]);
  });
});

describe("grants", () => {
  refuses([
    [
      "to a queue that is not there",
      ["users", "kermit-sender", "send"],
      ["kermit.inventory", "kermit.log", "kermit.lgo"],
      'mq:users.kermit-sender.send.2: no queue "kermit.lgo" in mq:queues; declare it there, or choose of: kermit.inventory, kermit.log',
    ],
    [
      "twice",
      ["users", "kermit-sender", "send"],
      ["kermit.inventory", "kermit.log", "kermit.log"],
      'mq:users.kermit-sender.send.2: "kermit.log" is granted twice; remove one',
    ],
    [
      "manage on a queue that is not there",
      ["users", "kermit-sender", "manage"],
      ["x"],
      'mq:users.kermit-sender.manage.0: no queue "x" in mq:queues; declare it there, or choose of: kermit.inventory, kermit.log',
    ],
  ]);
});

describe("hosts", () => {
  const absolute =
    "mq:hosts.here.root: a path here is absolute, without .. and without spaces, quotes and ; # = \\; choose another";
  refuses([
    [
      "the broker's is not there",
      ["broker", "host"],
      "there",
      'mq:broker.host: no host "there" in mq:hosts; the hosts are: here',
    ],
    [
      "the sender's is not there",
      ["senders", "kermit", "hosts"],
      ["there"],
      'mq:senders.kermit.hosts.0: no host "there" in mq:hosts; the hosts are: here',
    ],
    ["a relative root", ["hosts", "here", "root"], "srv/mq", absolute],
    ["a root with ..", ["hosts", "here", "root"], "/srv/../etc", absolute],
    ["a root that ends with ..", ["hosts", "here", "root"], "/srv/..", absolute],
    ...Array.from(" \"';#=\\é", (sign): Case => [
      `a root with ${sign}`,
      ["hosts", "here", "root"],
      `/srv/m${sign}q`,
      absolute,
    ]),
    ["a root with a newline", ["hosts", "here", "root"], "/srv/\nmq", absolute],
    ["a root with NUL", ["hosts", "here", "root"], "/srv/\0mq", absolute],
    [
      "a relative Node.js",
      ["hosts", "here", "node"],
      "node",
      "mq:hosts.here.node: a path here is absolute, without .. and without spaces, quotes and ; # = \\; choose another",
    ],
  ]);

  test("dots within a name are no way out", () => {
    const values = localStackWith(["hosts", "here", "root"], "/srv/a..b/...");
    expect(hostsTopology(values).hosts.here?.root).toBe("/srv/a..b/...");
  });
});

describe("collectors", () => {
  const oneUser =
    'mq:collectors.log.user: all collectors log in as one user, whose password is in the receiver\'s amqpqueue.cfg (mq:collectors.inventory as "kermit-receiver"); name the same user';
  const oneHost =
    'mq:collectors.log.host: all collectors run on one host (mq:collectors.inventory on "here"); name the same host';
  refuses([
    [
      "the user is not there",
      ["collectors", "log", "user"],
      "who",
      `mq:collectors.log.user: no user "who" in mq:users; the users are: kermit-receiver, kermit-sender\n${oneUser}`,
    ],
    [
      "the user may not receive",
      ["users", "kermit-receiver", "receive"],
      ["kermit.inventory"],
      'mq:collectors.log.user: user "kermit-receiver" may not receive on "kermit.log"; add it to mq:users.kermit-receiver.receive',
    ],
    [
      "the queue is not there",
      ["collectors", "log", "queue"],
      "kermit.lgo",
      'mq:collectors.log.queue: no queue "kermit.lgo" in mq:queues; declare it there, or choose of: kermit.inventory, kermit.log',
    ],
    [
      "the host is not there",
      ["collectors", "log", "host"],
      "there",
      `mq:collectors.log.host: no host "there" in mq:hosts; the hosts are: here`,
    ],
    [
      "K1: two of one queue",
      ["collectors", "log", "queue"],
      "kermit.inventory",
      'mq:collectors.log.queue: "kermit.inventory" is collected by mq:collectors.inventory already; one collector for a queue',
    ],
  ]);

  test("K1: on two hosts", () => {
    const values = localStackWith(["hosts", "there"], { connection: "local" });
    changed(values, ["collectors", "log", "host"], "there");
    changed(values, ["senders"], undefined);
    expect(refusal(values)).toBe(oneHost);
  });

  test("K1: of two users", () => {
    const values = localStackWith(["users", "other"], { receive: ["kermit.log"] });
    changed(values, ["collectors", "log", "user"], "other");
    expect(refusal(values)).toBe(oneUser);
  });
});

describe("senders", () => {
  refuses([
    [
      "the user is not there",
      ["senders", "kermit", "user"],
      "who",
      'mq:senders.kermit.user: no user "who" in mq:users; the users are: kermit-receiver, kermit-sender',
    ],
    [
      "the user may not send",
      ["users", "kermit-sender", "send"],
      ["kermit.inventory"],
      'mq:senders.kermit.user: user "kermit-sender" may not send on "kermit.log"; add it to mq:users.kermit-sender.send',
    ],
    [
      "the queue is not there",
      ["senders", "kermit", "logQueue"],
      "kermit.lgo",
      'mq:senders.kermit.logQueue: no queue "kermit.lgo" in mq:queues; declare it there, or choose of: kermit.inventory, kermit.log',
    ],
    [
      "the queues are in two vhosts",
      ["queues", "kermit.log"],
      { vhost: "/logs" },
      'mq:senders.kermit.logQueue: "kermit.inventory" and "kermit.log" are in different vhosts and a sender has one connection; put both into one',
    ],
    [
      "no hosts",
      ["senders", "kermit", "hosts"],
      [],
      "mq:senders.kermit.hosts: a sender needs at least one host; name it",
    ],
    [
      "a host twice",
      ["senders", "kermit", "hosts"],
      ["here", "here"],
      'mq:senders.kermit.hosts.1: "here" has a sender already (mq:senders.kermit); one sender for a host',
    ],
    [
      "two on one host",
      ["senders", "other"],
      { user: "kermit-sender", hosts: ["here"] },
      'mq:senders.other.hosts.0: "here" has a sender already (mq:senders.kermit); one sender for a host',
    ],
    [
      "K28: both halves of the keys on one host of several",
      ["hosts", "there"],
      { connection: "local" },
      'mq:senders.kermit.hosts.0: "here" is the receiver\'s host and must not hold the private key; remove it here',
    ],
  ]);
});

describe("K2: key sizes", () => {
  refuses([
    [
      "1024 without allowWeak",
      ["signing"],
      { bits: 1024 },
      "mq:signing.bits: 1024 bits are weak; use 2048 or more, or set mq:signing.allowWeak: true",
    ],
    [
      "512, also with allowWeak",
      ["signing"],
      { bits: 512, allowWeak: true },
      "mq:signing.bits: an RSA key has 1024 to 8192 bits; choose 3072",
    ],
    [
      "8200",
      ["signing", "bits"],
      8200,
      "mq:signing.bits: an RSA key has 1024 to 8192 bits; choose 3072",
    ],
    [
      "1025",
      ["signing"],
      { bits: 1025, allowWeak: true },
      "mq:signing.bits: an RSA key has a multiple of 8 bits; choose 3072",
    ],
    [
      "a fraction",
      ["signing", "bits"],
      3072.5,
      "mq:signing.bits: must be a whole number; write it so",
    ],
  ]);

  test.each([
    [{}, 3072],
    [{ bits: 2048 }, 2048],
    [{ bits: 1024, allowWeak: true }, 1024],
    [{ bits: 8192 }, 8192],
  ])("%j is taken", (signing, bits) => {
    const { topology } = parseStack(localStackWith(["signing"], signing), environment);
    expect(topology.signing).toStrictEqual({ name: "q", bits });
  });
});

describe("several problems at once", () => {
  test("X4: of shape, one line each", () => {
    const values = localStackWith(["broker", "prots"], {});
    changed(values, ["queues", "amq.x"], {});
    changed(values, ["broker", "ports", "stomp"], 0);
    expect(refusal(values).split("\n")).toStrictEqual([
      "mq:broker.ports.stomp: a port is 1 to 65535; choose another",
      'mq:broker.prots: unknown key; did you mean "ports"?',
      "mq:queues.amq.x: names that begin with amq. are reserved by AMQP 0-9-1; choose another prefix",
    ]);
  });

  test("X4: of what does not fit together, one line each", () => {
    const values = localStackWith(["broker", "host"], "there");
    changed(values, ["senders", "kermit", "user"], "who");
    changed(values, ["collectors", "log", "port"], 35672);
    changed(values, ["signing"], { bits: 1024 });
    changed(values, ["passwords"], { "kermit-sender": "abcdefghijkl" });
    expect(refusal(values).split("\n")).toStrictEqual([
      "mq:passwords: passwords stand in clear in the stack file; remove them and use `pulumi config set --secret --path 'mq:passwords.USER'`",
      "mq:signing.bits: 1024 bits are weak; use 2048 or more, or set mq:signing.allowWeak: true",
      'mq:broker.host: no host "there" in mq:hosts; the hosts are: here',
      'mq:senders.kermit.user: no user "who" in mq:users; the users are: kermit-receiver, kermit-sender',
    ]);
  });

  test("X4: nothing at all", () => {
    expect(refusal({}).split("\n")).toStrictEqual([
      'mq:platform: the platforms are: "hosts", "kubernetes"',
    ]);
  });
});

test.each(["marionette", "RABBIT_PASS", "too-short", "Str0ng;and-secret", "with space and more"])(
  "X5: no message holds the password %s",
  (password) => {
    const values = localStack();
    changed(values, ["passwords"], { "kermit-sender": password, nobody: password });
    expect(refusal(values)).not.toContain(password);
    expect(refusal(values, encryptedEnvironment)).not.toContain(password);
    expect(refusal({ ...values, passwords: password }, encryptedEnvironment)).not.toContain(
      password,
    );
    expect(refusal({ ...values, passwords: [password] })).not.toContain(password);
  },
);
