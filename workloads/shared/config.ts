import { readFileSync } from "node:fs";
import { fileNameProblem } from "./file-name";

/** A broker as a client sees it. */
export interface BrokerConnection {
  /** STOMP 1.2 or AMQP 1.0. */
  protocol: "stomp" | "amqp";
  host: string;
  port: number;
  /** `/` on a broker without virtual hosts. */
  vhost: string;
  user: string;
  /** File that holds the password and nothing else; a line end after it is not part of it. */
  passwordFile: string;
  /** TLS with this CA alone; `certFile` and `keyFile` together are the client's own certificate. */
  tls?: { caFile: string; certFile?: string; keyFile?: string };
}

/** Configuration file of the collector. */
export interface CollectorConfig {
  broker: BrokerConnection;
  /** Name of the queue: the folder below `outputDir`, and part of what a sender signs. */
  queue: string;
  /** The queue as the broker knows it by that protocol, e.g. `/amq/queue/kermit.log`. */
  source: string;
  outputDir: string;
  /** Every `<key id>.pem` in it is a trusted public key. */
  keyDir: string;
  /** Larger messages are rejected, in bytes. */
  maxBytes: number;
  /**
   * Which older file a new one replaces: that of the same name and sender, all of the same name,
   * or none.
   */
  dedup: "perSender" | "compat" | "none";
  /** Messages that the broker may send ahead of their acknowledgement. */
  prefetch: number;
  /** Messages that are synced and acknowledged together, at most. */
  batch: number;
  /** Where health and metrics are served. */
  http: { host: string; port: number };
}

/** A queue as the sender reaches it. */
export interface SenderTarget {
  /** Name of the queue, as the collector knows it. */
  queue: string;
  /** Where to send, as the protocol has it, e.g. `/exchange/kermit.log/kermit.log`. */
  destination: string;
}

/** Configuration file of the sender. */
export interface SenderConfig {
  broker: BrokerConnection;
  /** Who sends: signed, and part of what tells two files apart. */
  sender: string;
  /** `…/q-private.pem` signs for the key id `q-public`. */
  privateKeyFile: string;
  /** Larger files are refused, in bytes. */
  maxBytes: number;
  inventory: SenderTarget;
  log: SenderTarget;
}

/** The sender's configuration as its file has it: who sends may be left to an environment variable. */
export type SenderFile = Omit<SenderConfig, "sender"> & {
  sender: SenderConfig["sender"] | { env: string };
};

/** The largest `maxBytes`, in bytes: what RabbitMQ's `max_message_size` is by default. */
export const MAX_MESSAGE_BYTES = 128 * 1024 * 1024;

/** A configuration file that cannot be used; the message names the file, the key and the rule. */
export class ConfigError extends Error {}

/** Checks a value of a file; `key` is its path inside the file. @throws {@link RuleError} */
export type Rule<T> = (value: unknown, key: string) => T;

/** What breaks a rule; `key` is the path inside the file. */
export class RuleError extends Error {
  constructor(
    readonly key: string,
    rule: string,
  ) {
    super(rule);
  }
}

/** A text that is not empty. */
export const text: Rule<string> = (value, key) => {
  if (typeof value !== "string" || value === "") throw new RuleError(key, "must be a text");
  // Texts become lines of a protocol, paths and log lines.
  if (/\p{Cc}/u.test(value)) throw new RuleError(key, "must have no control character");
  return value;
};

const queueName: Rule<string> = (value, key) => {
  const name = text(value, key);
  const problem = name.startsWith(".") ? "begins with a dot" : fileNameProblem(name);
  if (problem !== undefined)
    throw new RuleError(key, `must be usable as a folder name: ${problem}`);
  return name;
};

/** An integer within bounds, both included. */
export const integer =
  (min: number, max = Infinity): Rule<number> =>
  (value, key) => {
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
      const bounds =
        max === Infinity ? `of at least ${String(min)}` : `from ${String(min)} to ${String(max)}`;
      throw new RuleError(key, `must be an integer ${bounds}`);
    }
    return value as number;
  };

const oneOf =
  <T extends string>(...values: T[]): Rule<T> =>
  (value, key) => {
    const found = values.find((allowed) => allowed === value);
    if (found === undefined) throw new RuleError(key, `must be one of ${values.join(", ")}`);
    return found;
  };

type Rules = Record<string, Rule<unknown>>;
type Checked<R extends Rules> = { [K in keyof R]: ReturnType<R[K]> };

/** An object of these keys and no others. */
export const object =
  <R extends Rules, O extends Rules>(
    required: R,
    optional: O,
  ): Rule<Checked<R> & Partial<Checked<O>>> =>
  (value, key) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new RuleError(key, "must be an object");
    }
    const rules: Rules = { ...required, ...optional };
    const path = (name: string): string => (key === "" ? name : `${key}.${name}`);
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(rules, name)) {
        throw new RuleError(path(name), `unknown key; known are ${Object.keys(rules).join(", ")}`);
      }
    }
    const result: Record<string, unknown> = {};
    for (const [name, rule] of Object.entries(rules)) {
      if (Object.hasOwn(value, name)) {
        result[name] = rule((value as Record<string, unknown>)[name], path(name));
      } else if (Object.hasOwn(required, name)) {
        throw new RuleError(path(name), "is missing");
      }
    }
    return result as Checked<R> & Partial<Checked<O>>;
  };

const tlsFiles = object({ caFile: text }, { certFile: text, keyFile: text });

const tls: Rule<ReturnType<typeof tlsFiles>> = (value, key) => {
  const files = tlsFiles(value, key);
  if ((files.certFile === undefined) !== (files.keyFile === undefined)) {
    throw new RuleError(key, "must have certFile and keyFile, or neither");
  }
  return files;
};

const broker = object(
  {
    protocol: oneOf("stomp", "amqp"),
    host: text,
    port: integer(1, 65535),
    vhost: text,
    user: text,
    passwordFile: text,
  },
  { tls },
);

const target = object({ queue: queueName, destination: text }, {});

const collector: Rule<CollectorConfig> = object(
  {
    broker,
    queue: queueName,
    source: text,
    outputDir: text,
    keyDir: text,
    maxBytes: integer(1, MAX_MESSAGE_BYTES),
    dedup: oneOf("perSender", "compat", "none"),
    prefetch: integer(1, 65535),
    batch: integer(1, 10_000),
    http: object({ host: text, port: integer(1, 65535) }, {}),
  },
  {},
);

const variable = object({ env: text }, {});

const senderName: Rule<string> = (value, key) => {
  if (typeof value !== "object") return text(value, key);
  const { env } = variable(value, key);
  const name = process.env[env];
  if (name === undefined || name === "") {
    throw new RuleError(key, `the environment variable ${env} is not set; set it to who sends`);
  }
  return text(name, key);
};

const sender: Rule<SenderConfig> = object(
  {
    broker,
    sender: senderName,
    privateKeyFile: text,
    maxBytes: integer(1, MAX_MESSAGE_BYTES),
    inventory: target,
    log: target,
  },
  {},
);

/**
 * Reads a configuration file, JSON, and checks it.
 *
 * @throws {@link ConfigError} `FILE: key: rule`.
 */
export function load<T>(file: string, rule: Rule<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    // A parser's message may quote the file: say only where to look.
    const reason = error instanceof SyntaxError ? "is not JSON" : (error as Error).message;
    throw new ConfigError(`${file}: ${reason}`);
  }
  try {
    return rule(value, "");
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    throw new ConfigError(`${file}: ${error.key === "" ? "" : `${error.key}: `}${error.message}`);
  }
}

/**
 * Reads and checks the collector's configuration file.
 *
 * @throws {@link ConfigError} `FILE: key: rule`.
 */
export function loadCollectorConfig(file: string): CollectorConfig {
  return load(file, collector);
}

/**
 * Reads and checks the sender's configuration file, a {@link SenderFile}.
 *
 * @throws {@link ConfigError} `FILE: key: rule`.
 */
export function loadSenderConfig(file: string): SenderConfig {
  return load(file, sender);
}

/**
 * The password of a connection.
 *
 * @throws Error naming the file; never its content.
 */
export function readPassword(file: string): string {
  const password = readFileSync(file, "utf8").replace(/\r?\n$/, "");
  if (password === "") throw new Error(`${file}: is empty; it must hold the broker's password`);
  if (/[\r\n\0]/.test(password)) throw new Error(`${file}: must hold one line, the password`);
  return password;
}
