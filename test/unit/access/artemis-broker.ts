import { XMLParser } from "fast-xml-parser";
import { artemisFiles } from "../../../components/brokers/artemis/files";
import type { ArtemisConfig } from "../../../components/brokers/artemis/config";
import type { AccessTopology } from "../../../components/access/rights";

/** An Artemis as far as access goes, by its documentation: it knows its files and nothing of what they were made from. */
export interface ArtemisModel {
  /** Whether a user has a permission on an address. */
  readonly may: (user: string, permission: string, address: string) => boolean;
  /** Whether a user may send to, or consume from, what a STOMP client names; declaring is creating and deleting. */
  readonly allows: (
    user: string,
    operation: "send" | "receive" | "declare",
    destination: string,
  ) => boolean;
}

/** A configuration whose access is what matters. */
export function artemisConfig(topology: AccessTopology): ArtemisConfig {
  return {
    ...topology,
    listeners: [{ protocol: "stomp", host: "127.0.0.1", port: 61613, tls: false }],
    etc: "/etc/artemis",
    data: "/var/lib/artemis",
    heapBytes: 512 * 1024 ** 2,
  };
}

/** A password for everybody. */
export function credentialsOf({ users }: Pick<AccessTopology, "users">): {
  admin: { password: string; salt: string };
  users: Record<string, { password: string; salt: string }>;
} {
  const entry = (name: string): { password: string; salt: string } => ({
    password: `secret of ${name}`,
    salt: "AQIDBA==",
  });
  return {
    admin: entry("mq-admin"),
    users: Object.fromEntries(users.map(({ name }) => [name, entry(name)])),
  };
}

/** The broker that a stack's files make. */
export function artemisModel(topology: AccessTopology): ArtemisModel {
  const files = artemisFiles(artemisConfig(topology), credentialsOf(topology));
  const settings = securitySettings(files["broker.xml"] ?? "");
  const roles = Object.entries(readProperties(files["artemis-roles.properties"] ?? ""));
  const rolesOf = (user: string): string[] =>
    roles.filter(([, users]) => users.split(",").includes(user)).map(([role]) => role);
  const may: ArtemisModel["may"] = (user, permission, address) => {
    const [best] = settings
      .filter(({ match }) => matches(match, address))
      .sort((one, other) => specificity(other.match) - specificity(one.match));
    const allowed = best?.permissions.get(permission) ?? [];
    return rolesOf(user).some((role) => allowed.includes(role));
  };
  const needs = {
    send: ["send"],
    receive: ["consume"],
    declare: ["createAddress", "deleteAddress", "createDurableQueue", "deleteDurableQueue"],
  };
  return {
    may,
    allows: (user, operation, destination) => {
      // The acceptor takes a prefix off, and a fully qualified name is checked by its address.
      const address = destination.replace(/^\/(queue|topic)\//, "").split("::")[0] ?? "";
      return needs[operation].every((permission) => may(user, permission, address));
    },
  };
}

/** A Java properties file whose keys and values may be escaped. */
export function readProperties(text: string): Record<string, string> {
  const plain = (part: string): string =>
    part.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Object.fromEntries(
    text
      .split("\n")
      .filter((line) => line !== "" && !/^[#!]/.test(line))
      .map((line) => {
        const [, key, value] = /^((?:\\.|[^=:\s\\])+)=(.*)$/.exec(line) ?? [];
        if (key === undefined || value === undefined) throw new Error(`not an entry: ${line}`);
        return [plain(key), plain(value)];
      }),
  );
}

interface Setting {
  readonly match: string;
  readonly permissions: ReadonlyMap<string, readonly string[]>;
}

function securitySettings(text: string): Setting[] {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "",
    isArray: (name) => ["security-setting", "permission"].includes(name),
  });
  const document = parser.parse(text) as {
    configuration: {
      core: {
        "security-settings": {
          "security-setting": {
            match: string;
            permission: { type: string; roles: string }[];
          }[];
        };
      };
    };
  };
  return document.configuration.core["security-settings"]["security-setting"].map(
    ({ match, permission }) => ({
      match,
      permissions: new Map(permission.map(({ type, roles }) => [type, roles.split(",")])),
    }),
  );
}

/** Words between dots: `*` is one of them, `#` any number. */
function matches(pattern: string, address: string): boolean {
  const words = (rest: readonly string[], of: readonly string[]): boolean => {
    const [word, ...others] = rest;
    if (word === undefined) return of.length === 0;
    if (word === "#")
      return of.some((_, index) => words(others, of.slice(index))) || words(others, []);
    const [first, ...more] = of;
    return first !== undefined && (word === "*" || word === first) && words(others, more);
  };
  return words(pattern.split("."), address.split("."));
}

/** A match without wildcards wins, then one with `*`, then the longest with `#`. */
function specificity(match: string): number {
  if (match.includes("#")) return match.length;
  return match.includes("*") ? 100_000 + match.length : 200_000;
}
