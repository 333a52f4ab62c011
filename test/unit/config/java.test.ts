import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { javaOnPath } from "../../../components/config/java";

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "mq-java-")));
  for (const name of ["jdk", "first", "second"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "jdk/java"), "");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("Java on PATH is known by its real path", () => {
  chmodSync(join(folder, "jdk/java"), 0o755);
  symlinkSync("../jdk/java", join(folder, "second/java"));
  expect(javaOnPath(true, `${folder}/first::${folder}/second`)).toBe(join(folder, "jdk/java"));
});

test("a file that cannot be run is no Java", () => {
  symlinkSync("../jdk/java", join(folder, "second/java"));
  expect(javaOnPath(true, `${folder}/second`)).toBeUndefined();
});

const distributions = "/usr/lib/jvm";

test.skipIf(!existsSync(distributions))(
  "as root the distribution's Java is left to its package; else it is taken",
  () => {
    const java = realpathSync("/usr/bin/java");
    expect(java.startsWith(distributions)).toBe(true);
    expect(javaOnPath(true, "/usr/bin")).toBeUndefined();
    expect(javaOnPath(false, "/usr/bin")).toBe(java);
  },
);
