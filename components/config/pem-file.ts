import { readFileSync } from "node:fs";

/** Whether a value is PEM itself, not the path of a file with it. */
export const isPem = (given: string): boolean => given.includes("-----BEGIN");

/**
 * Reads PEM that is given itself, or as a path on this machine.
 *
 * @returns the text without what editors of other systems leave behind (CR, trailing spaces, a byte order mark), or what
 * is wrong.
 */
export function readPem(given: string): { pem: string } | { message: string } {
  if (isPem(given)) return { pem: tidied(given) };
  try {
    return { pem: tidied(readFileSync(given, "utf8")) };
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unreadable";
    // Not what was given: it may be a key whose first line got lost.
    return {
      message: `cannot be read (${reason}); give a readable PEM file, or the PEM itself`,
    };
  }
}

function tidied(pem: string): string {
  return pem.replace(/^\uFEFF/, "").replaceAll(/[ \t\r]+$/gm, "");
}
