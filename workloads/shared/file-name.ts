/** Longest file name of a message, in bytes: with `<md5>-` before it, it fills the 255 of a file system. */
export const MAX_FILE_NAME_BYTES = 222;

/**
 * Why a name cannot be the name of a collected file, or nothing when it can. The rule keeps every
 * file inside its folder and on one line of a log.
 */
export function fileNameProblem(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name === "." || name === "..") return "names a folder";
  if (name.includes("/")) return "has a slash";
  if (/\p{Cc}/u.test(name)) return "has a control character";
  if (/\p{Cs}/u.test(name)) return "is not valid Unicode";
  if (Buffer.byteLength(name) > MAX_FILE_NAME_BYTES) {
    return `is longer than ${String(MAX_FILE_NAME_BYTES)} bytes`;
  }
  return undefined;
}
