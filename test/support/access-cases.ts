import type { Queue, User } from "../../components/config/topology";

/** What a client does with a queue: put a message in, take one out, or declare it with other arguments or delete it. */
export type Operation = "send" | "receive" | "declare";

/** Who may do what. */
export interface AccessCase {
  readonly user: string;
  readonly operation: Operation;
  readonly queue: string;
  readonly allowed: boolean;
}

/** Queues of one vhost; each name is a prefix, a suffix or a regular expression's match of another. */
export const queues: readonly Queue[] = [
  "kermit.inventory",
  "kermit.log",
  "kermit.log2",
  "kermitXlog",
  "xkermit.log",
  "xkermitXlog",
].map((name) => ({ name, vhost: "/", type: "classic" }));

/** Users with the grants that the cases are about. */
export const users: readonly User[] = [
  user("sender", { send: ["kermit.inventory", "kermit.log"] }),
  user("log-sender", { send: ["kermit.log"] }),
  user("receiver", { receive: ["kermit.inventory", "kermit.log"] }),
  user("log-receiver", { receive: ["kermit.log"] }),
  user("both", { send: ["kermit.inventory"], receive: ["kermit.log2"] }),
  user("manager", { manage: ["kermit.log"] }),
  user("nobody", {}),
  user("kermit-sender", { client: "kermit", send: ["kermit.inventory", "kermit.log"] }),
  user("kermit-receiver", { client: "kermit", receive: ["kermit.inventory", "kermit.log"] }),
];

/**
 * What is allowed, by user: `operation queue`. All else has to be refused.
 *
 * To bind a queue, a manager needs the rights to write and to read, which RabbitMQ cannot tell from send and receive.
 * Kermit's software declares the queues that it uses.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  sender: ["send kermit.inventory", "send kermit.log"],
  "log-sender": ["send kermit.log"],
  receiver: ["receive kermit.inventory", "receive kermit.log"],
  "log-receiver": ["receive kermit.log"],
  both: ["send kermit.inventory", "receive kermit.log2"],
  manager: ["send kermit.log", "receive kermit.log", "declare kermit.log"],
  nobody: [],
  "kermit-sender": [
    "send kermit.inventory",
    "send kermit.log",
    "declare kermit.inventory",
    "declare kermit.log",
  ],
  "kermit-receiver": [
    "receive kermit.inventory",
    "receive kermit.log",
    "declare kermit.inventory",
    "declare kermit.log",
  ],
};

/** All that is tried. */
export const operations: readonly Operation[] = ["send", "receive", "declare"];

/** Every user with every operation on every queue: the same table for every broker's compiler and for live brokers. */
export const accessCases: readonly AccessCase[] = users.flatMap(({ name }) =>
  operations.flatMap((operation) =>
    queues.map((queue) => ({
      user: name,
      operation,
      queue: queue.name,
      allowed: (allowed[name] ?? []).includes(`${operation} ${queue.name}`),
    })),
  ),
);

/** What the table says of a user: `operation queue`, and whether it is allowed. */
export function cellsOf(
  name: string,
  of: readonly Operation[] = operations,
): Record<string, boolean> {
  return Object.fromEntries(
    accessCases
      .filter((each) => each.user === name && of.includes(each.operation))
      .map(({ operation, queue, allowed }) => [`${operation} ${queue}`, allowed]),
  );
}

function user(name: string, grants: Partial<Omit<User, "name">>): User {
  return { name, send: [], receive: [], manage: [], client: "mq", ...grants };
}
