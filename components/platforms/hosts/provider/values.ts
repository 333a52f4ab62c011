/** Property values as they travel between the engine and a provider: secrets and unknowns are marked objects. */

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A bag of properties, keyed by name. */
export type Properties = Record<string, unknown>;

/** Properties in clear, and what was marked. */
export interface Unwrapped {
  /** The values, without any mark. Properties that are not known yet are left out. */
  values: Properties;
  /** Names of the properties that are, or hold, a secret. */
  secrets: Set<string>;
  /** Names of the properties that are not known yet, in whole or in part (previews). */
  unknowns: Set<string>;
}

/**
 * Takes the marks off the properties that the engine sent.
 *
 * @param properties The properties as received.
 */
export function unwrap(properties: Properties): Unwrapped {
  const result: Unwrapped = { values: {}, secrets: new Set(), unknowns: new Set() };
  for (const [name, marked] of Object.entries(properties)) {
    if (name.startsWith("__")) {
      continue; // the engine's own bookkeeping
    }
    const seen = { secret: false, unknown: false };
    const value = strip(marked, seen);
    if (seen.secret) {
      result.secrets.add(name);
    }
    if (seen.unknown) {
      result.unknowns.add(name);
    } else if (value !== null && value !== undefined) {
      result.values[name] = value;
    }
  }
  return result;
}

/**
 * Marks a value as secret, so that the engine encrypts it in the state.
 *
 * @param value The value in clear.
 */
export function secret(value: unknown): Properties {
  return { [signatureKey]: secretSignature, value };
}

function strip(value: unknown, seen: { secret: boolean; unknown: boolean }): unknown {
  if (value === unknownValue) {
    seen.unknown = true;
    return undefined;
  }
  if (Array.isArray(value)) {
    return value.map((item) => strip(item, seen));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const object = value as Properties;
  switch (object[signatureKey]) {
    case secretSignature:
      seen.secret = true;
      return strip(object["value"], seen);
    case outputSignature:
      seen.secret ||= object["secret"] === true;
      if (!("value" in object)) {
        seen.unknown = true;
        return undefined;
      }
      return strip(object["value"], seen);
    default:
      return Object.fromEntries(
        Object.entries(object).map(([key, item]) => [key, strip(item, seen)]),
      );
  }
}
