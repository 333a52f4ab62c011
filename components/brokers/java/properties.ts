/**
 * A Java properties file, for any keys and values: one `key=value` line each, in the order given.
 *
 * @see https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)
 */
export function propertiesFile(
  entries: readonly (readonly [key: string, value: string])[],
): string {
  return entries.map(([key, value]) => `${escaped(key)}=${escaped(value)}\n`).join("");
}

/** All but letters, digits and some harmless signs as `\uXXXX`: the file is read as Latin-1. */
function escaped(text: string): string {
  return text
    .split("")
    .map((unit) =>
      /[A-Za-z0-9._@(),+/>-]/.test(unit)
        ? unit
        : `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    )
    .join("");
}
