import type { Problem } from "./problems";
import type { CollectorPlan, PlainSecrets, SenderPlan, Topology } from "./topology";

/** Passwords that stand in the documents or in every installation. */
const wellKnownPasswords = new Set(["marionette", "RABBIT_PASS", "guest", "admin", "password"]);

/** Whether the parts of a topology fit together, on every platform: names that exist, grants that suffice. */
export function checkReferences(topology: Topology, secrets: PlainSecrets): Problem[] {
  return [
    ...checkUserNames(topology),
    ...checkQueueNames(topology),
    ...checkGrants(topology),
    ...checkPasswords(topology, secrets),
    ...topology.collectors.flatMap((collector) => checkCollector(topology, collector)),
    ...checkOneReceiver(topology),
    ...topology.senders.flatMap((sender) => checkSender(topology, sender)),
    ...checkSigning(topology),
  ];
}

/** Names for an error message. */
export const listOf = (names: readonly string[]): string =>
  names.length > 0 ? names.join(", ") : "none is declared";

function unknownQueue(topology: Topology, path: readonly PropertyKey[], queue: string): Problem[] {
  const names = topology.queues.map(({ name }) => name);
  return names.includes(queue)
    ? []
    : [
        {
          path,
          message: `no queue "${queue}" in mq:queues; declare it there, or choose of: ${listOf(names)}`,
        },
      ];
}

/** The administrator, and the group that administers a broker whose users' groups have the users' names. */
function checkUserNames({ broker, users }: Topology): Problem[] {
  const reserved = broker.kind === "rabbitmq" ? ["mq-admin"] : ["mq-admin", "mq-cluster", "admins"];
  return users
    .filter(({ name }) => reserved.includes(name))
    .map(({ name }) => ({
      path: ["users", name],
      message: "is the broker's administrator here; choose another name",
    }));
}

/** Names that a broker has for itself; `amq.`, the specification's, is refused for all of them. */
function checkQueueNames({ broker, queues }: Topology): Problem[] {
  const own = broker.kind === "artemis" ? /^(DLQ|ExpiryQueue|activemq\..*)$|::/ : /^ActiveMQ\./;
  return broker.kind === "rabbitmq"
    ? []
    : queues
        .filter(({ name }) => own.test(name))
        .map(({ name }) => ({
          path: ["queues", name],
          message: name.includes("::")
            ? "Artemis reads :: as between an address and a queue; choose another name"
            : "is a name that the broker has for itself; choose another",
        }));
}

function checkGrants(topology: Topology): Problem[] {
  return topology.users.flatMap((user) =>
    (["send", "receive", "manage"] as const).flatMap((verb) =>
      user[verb].flatMap((queue, index) => {
        const path = ["users", user.name, verb, index];
        const again = user[verb].indexOf(queue) < index;
        return again
          ? [{ path, message: `"${queue}" is granted twice; remove one` }]
          : unknownQueue(topology, path, queue);
      }),
    ),
  );
}

function checkPasswords(topology: Topology, { passwords }: PlainSecrets): Problem[] {
  return Object.entries(passwords).flatMap(([user, password]) => {
    const path = ["passwords", user];
    if (!topology.users.some(({ name }) => name === user)) {
      return [{ path, message: "no such user in mq:users; declare it there, or remove this" }];
    }
    if (wellKnownPasswords.has(password)) {
      return [{ path, message: "is a well-known password; remove it, and one is generated" }];
    }
    if (!/^[!-~]{12,128}$/.test(password) || /["';#=\\[]/.test(password)) {
      const message =
        "a password has 12 to 128 printable ASCII characters without spaces and \" ' ; # = \\ [ (Kermit's configuration files cannot hold them); choose another";
      return [{ path, message }];
    }
    return [];
  });
}

function checkUser(
  topology: Topology,
  path: readonly PropertyKey[],
  name: string,
  verb: "send" | "receive",
  queues: readonly string[],
): Problem[] {
  const user = topology.users.find((candidate) => candidate.name === name);
  if (user === undefined) {
    const names = topology.users.map((candidate) => candidate.name);
    return [{ path, message: `no user "${name}" in mq:users; the users are: ${listOf(names)}` }];
  }
  return queues
    .filter((queue) => !user[verb].includes(queue))
    .map((queue) => ({
      path,
      message: `user "${name}" may not ${verb} on "${queue}"; add it to mq:users.${name}.${verb}`,
    }));
}

function checkCollector(topology: Topology, collector: CollectorPlan): Problem[] {
  const at = (key: string) => ["collectors", collector.name, key];
  const queue = unknownQueue(topology, at("queue"), collector.queue);
  return queue.length > 0
    ? queue
    : checkUser(topology, at("user"), collector.user, "receive", [collector.queue]);
}

/** Document 000: two collectors of one queue would not see each other's files; amqpqueue.cfg has one user. */
function checkOneReceiver({ collectors }: Topology): Problem[] {
  const [first] = collectors;
  return collectors.flatMap((collector, index) => {
    const twin = collectors.findIndex(({ queue }) => queue === collector.queue);
    if (twin < index) {
      const other = collectors[twin]?.name ?? "";
      return [
        {
          path: ["collectors", collector.name, "queue"],
          message: `"${collector.queue}" is collected by mq:collectors.${other} already; one collector for a queue`,
        },
      ];
    }
    if (first !== undefined && collector.user !== first.user) {
      return [
        {
          path: ["collectors", collector.name, "user"],
          message: `all collectors log in as one user, whose password is in the receiver's amqpqueue.cfg (mq:collectors.${first.name} as "${first.user}"); name the same user`,
        },
      ];
    }
    return [];
  });
}

function checkSender(topology: Topology, sender: SenderPlan): Problem[] {
  const at = (key: string) => ["senders", sender.name, key];
  const vhostOf = (queue: string) => topology.queues.find(({ name }) => name === queue)?.vhost;
  const queues = [
    ...unknownQueue(topology, at("inventoryQueue"), sender.inventoryQueue),
    ...unknownQueue(topology, at("logQueue"), sender.logQueue),
  ];
  if (queues.length === 0 && vhostOf(sender.inventoryQueue) !== vhostOf(sender.logQueue)) {
    const message = `"${sender.inventoryQueue}" and "${sender.logQueue}" are in different vhosts and a sender has one connection; put both into one`;
    queues.push({ path: at("logQueue"), message });
  }
  return queues.length > 0
    ? queues
    : checkUser(topology, at("user"), sender.user, "send", [
        ...new Set([sender.inventoryQueue, sender.logQueue]),
      ]);
}

function checkSigning({ signing, senders, collectors }: Topology): Problem[] {
  return signing === undefined && senders.length + collectors.length > 0
    ? [
        {
          path: ["signing"],
          message: "missing; senders and collectors need it: set `mq:signing: {}`",
        },
      ]
    : [];
}
