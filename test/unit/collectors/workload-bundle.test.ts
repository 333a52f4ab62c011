import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { transformSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workloadBundle, workloads } from "../../../components/collectors/workload-bundle";

const project = join(__dirname, "../../..");
let folder = "";
let copy = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mq-bundle-"));
  copy = join(folder, "another checkout", "mq");
  mkdirSync(copy, { recursive: true });
  for (const part of [
    "components/collectors/workload-bundle.ts",
    "workloads",
    "package.json",
    "tsconfig.json",
    "tsconfig.check.json",
  ]) {
    cpSync(join(project, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(project, "node_modules"), join(copy, "node_modules"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe.each(workloads)("the %s as one file", (workload) => {
  test("X3: is the same text from run to run", () => {
    expect(workloadBundle(workload)).toBe(workloadBundle(workload));
  });

  test("F31: is the same text from another checkout, which has no trace of its place", () => {
    const print = `process.stdout.write(require("./components/collectors/workload-bundle").workloadBundle("${workload}"))`;
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["--require", "tsx/cjs", "--eval", print],
      { cwd: copy, encoding: "utf8", maxBuffer: 1 << 26 },
    );
    expect([status, stderr]).toStrictEqual([0, ""]);
    expect(stdout).toBe(workloadBundle(workload));
    expect(stdout).not.toContain(project);
  });

  test("is JavaScript for Node.js 18: nothing in it has to be translated", () => {
    const text = workloadBundle(workload);
    const options = { format: "cjs", loader: "js", legalComments: "none" } as const;
    const { code, warnings } = transformSync(text, { ...options, target: "node18" });
    expect(warnings).toStrictEqual([]);
    expect(code).toBe(transformSync(text, { ...options, target: "esnext" }).code);
  });

  test("cannot be told by a variable to log what it sends, the password with it", () => {
    expect(workloadBundle(workload)).not.toMatch(/\benv\.DEBUG\b/);
  });

  test("needs nothing but Node.js's own modules", () => {
    const required = [...workloadBundle(workload).matchAll(/\brequire\("([^"]+)"\)/g)].map(
      ([, name]) => name ?? "",
    );
    expect(required.length).toBeGreaterThan(0);
    const builtin =
      /^(node:|(assert|buffer|crypto|events|fs|http|https|net|os|path|stream|tls|url|util|worker_threads|zlib)(\/|$))/;
    expect(required.filter((name) => !builtin.test(name))).toStrictEqual([]);
  });
});
