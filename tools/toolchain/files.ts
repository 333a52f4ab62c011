import { accessSync, constants, statSync } from "node:fs";

/** Whether something that was thrown is the system's error of that code, such as `ENOENT`. */
export function isFileError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** Whether a file is there, holds something, and can be run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    const entry = statSync(path);
    return entry.isFile() && entry.size > 0;
  } catch {
    return false;
  }
}
