import { integer, load, object, RuleError, text, type Rule } from "../shared/config";

/** Configuration file of the access program. */
export interface AccessConfig {
  /** URL of the broker's management API, without path: `https://rabbitmq.mq.svc:15671`. */
  url: string;
  /** File with the PEM of the CA to trust, that alone; without it, those of Node.js. */
  caFile?: string;
  /** The broker's administrator. */
  user: string;
  /** File that holds its password and nothing else; a line end after it is not part of it. */
  passwordFile: string;
  /** Folder of the definitions: its `*.json`, in the order of their names. */
  definitionsDir: string;
  /** Nodes that have to run as one cluster before anything is applied. */
  nodes: number;
  /** How long to wait for them, in seconds. */
  timeoutSeconds: number;
}

const url: Rule<string> = (value, key) => {
  const address = text(value, key);
  if (!/^https?:\/\/[^/?#@]+$/.test(address)) {
    throw new RuleError(key, "must be http://HOST:PORT or https://HOST:PORT");
  }
  return address;
};

const access: Rule<AccessConfig> = object(
  {
    url,
    user: text,
    passwordFile: text,
    definitionsDir: text,
    nodes: integer(1),
    timeoutSeconds: integer(1),
  },
  { caFile: text },
);

/**
 * Reads and checks the configuration file.
 *
 * @throws ConfigError `FILE: key: rule`.
 */
export function loadAccessConfig(file: string): AccessConfig {
  return load(file, access);
}
