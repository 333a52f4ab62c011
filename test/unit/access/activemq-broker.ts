import type { AuthorizationEntry } from "../../../components/config/topology";

/**
 * Whether ActiveMQ Classic lets a member of some groups do something, as its `DefaultAuthorizationMap` decides it: of a
 * destination, all entries that match it count together; of several destinations at once (`queue://a,queue://b`), those that
 * all of them have, where entries with equal groups are the same.
 */
export function lets(
  entries: readonly AuthorizationEntry[],
  groups: readonly string[],
  right: "read" | "write" | "admin",
  destinations: string,
): boolean {
  const matching = destinations
    .split(",")
    .map((destination) => entries.filter((entry) => matches(entry, destination)).map(rights));
  const [first = [], ...rest] = matching;
  return first
    .filter((entry) => rest.every((others) => others.includes(entry)))
    .map((entry) => (JSON.parse(entry) as AuthorizationEntry)[right])
    .some((list) => list.split(",").some((group) => [...groups, "*"].includes(group.trim())));
}

function rights({ read, write, admin }: AuthorizationEntry): string {
  return JSON.stringify({ read, write, admin });
}

/** `>` in an entry stands for everything below, and for what it is below; a wildcard that a client asks for is only a name. */
function matches({ queue, topic }: AuthorizationEntry, destination: string): boolean {
  const [kind, name = ""] = destination.split("://");
  const pattern = kind === "queue" ? queue : topic;
  if (pattern === undefined) return false;
  if (pattern === ">" || pattern === name) return true;
  const above = pattern.endsWith(".>") ? pattern.slice(0, -2) : undefined;
  return above !== undefined && (name === above || name.startsWith(`${above}.`));
}
