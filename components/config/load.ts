import { homedir } from "node:os";
import * as pulumi from "@pulumi/pulumi";
import { javaOnPath } from "./java";
import { parseStack } from "./parse";
import { StackFileError } from "./problems";
import type { Topology } from "./topology";
import { workloadNode } from "./workload-node";

/** The secrets that a stack file gives; each is a Pulumi secret. */
export interface Secrets {
  /** Passwords of one's own, by user; the others are generated. */
  readonly passwords: ReadonlyMap<string, pulumi.Output<string>>;
  /** PEM of an own signing key. */
  readonly privateKey?: pulumi.Output<string>;
  /** PEM of an own key for the broker's certificate. */
  readonly tlsKey?: pulumi.Output<string>;
}

/**
 * The configuration of the current stack: the only reader of Pulumi's configuration.
 *
 * @throws `pulumi.RunError`, which the engine prints without a stack trace, with one line for each key that is wrong.
 */
export function loadTopology(): { topology: Topology; secrets: Secrets } {
  const values: Record<string, unknown> = {};
  const encrypted = encryptedKeys();
  const secretKeys = new Set<string>();
  for (const [fullKey, text] of Object.entries(pulumi.runtime.allConfig())) {
    if (!fullKey.startsWith("mq:")) continue;
    const key = fullKey.slice("mq:".length);
    values[key] = plainOrJson(text);
    if (encrypted.has(fullKey)) secretKeys.add(key);
  }
  const superuser = process.geteuid?.() === 0;
  const java = javaOnPath(superuser);
  try {
    const { topology, secrets } = parseStack(values, {
      stack: pulumi.getStack(),
      superuser,
      home: homedir(),
      node: workloadNode(superuser),
      cache: `${process.env.XDG_CACHE_HOME ?? `${homedir()}/.cache`}/mq`,
      ...(java !== undefined && { java }),
      secretKeys,
    });
    return {
      topology,
      secrets: {
        passwords: new Map(
          Object.entries(secrets.passwords).map(([user, password]) => [
            user,
            pulumi.secret(password),
          ]),
        ),
        ...(secrets.privateKey !== undefined && { privateKey: pulumi.secret(secrets.privateKey) }),
        ...(secrets.tlsKey !== undefined && { tlsKey: pulumi.secret(secrets.tlsKey) }),
      },
    };
  } catch (error) {
    if (!(error instanceof StackFileError)) throw error;
    throw new pulumi.RunError(
      `the configuration of stack ${pulumi.getStack()} cannot be used:\n${error.message}`,
    );
  }
}

/** Keys with encrypted values: the language host says them in this variable, and the SDK has no public function for it. */
function encryptedKeys(): Set<string> {
  const keys: unknown = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]");
  return new Set(Array.isArray(keys) ? keys.map(String) : []);
}

/** Objects arrive as JSON, everything else as text. */
function plainOrJson(text: string): unknown {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text, (key, value: unknown) => {
      // No map of JavaScript's can hold it: it would be lost without a word.
      if (key === "__proto__") throw new pulumi.RunError('"__proto__" is no name; choose another');
      return value;
    });
  } catch (error) {
    // The parser's message would quote the text, which may be a secret; the schema refuses it without.
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
