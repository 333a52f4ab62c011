import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where distributions install Java. */
const distributions = /^\/usr\/lib(64)?\/jvm\//;

/**
 * Java on `PATH`, by its real path; undefined where there is none. To root that of the distribution is none either: the
 * stack's own package may have brought it, and would leave with the next `up`.
 */
export function javaOnPath(superuser: boolean, path = process.env.PATH ?? ""): string | undefined {
  for (const folder of path.split(delimiter).filter((each) => each !== "")) {
    const java = executable(join(folder, "java"));
    if (java !== undefined) return superuser && distributions.test(java) ? undefined : java;
  }
  return undefined;
}

function executable(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK);
    return realpathSync(file);
  } catch {
    return undefined;
  }
}
