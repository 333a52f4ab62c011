import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { transformSync } from "esbuild";
import { openEngine, type Engine } from "../lib/engine";
import { projectDir, workspaceOf } from "../lib/workspace";
import { load, median } from "./figures";

const providerDir = "components/platforms/hosts/provider";

/**
 * What TypeScript costs: `pulumi preview` of the stack local, of this program against the same program as plain JavaScript,
 * by turns, after one of each that does not count. Prints the medians of the wall time and their ratio.
 */
export async function benchPreview(rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "mq-bench-"));
  try {
    const workspace = { ...workspaceOf("local"), stateDir: join(folder, "state") };
    const typescript = await openEngine(workspace);
    const javascript = await openEngine({
      ...workspace,
      programDir: plainJavaScript(join(folder, "js")),
    });
    const seconds: { typescript: number[]; javascript: number[] } = {
      typescript: [],
      javascript: [],
    };
    for (let round = 0; round <= rounds; round++) {
      for (const [name, engine] of [
        ["typescript", typescript],
        ["javascript", javascript],
      ] as const) {
        const took = await timePreview(engine);
        if (round > 0) seconds[name].push(took);
      }
    }
    const [ts, js] = [median(seconds.typescript), median(seconds.javascript)];
    console.log(`preview of local, ${String(rounds)} rounds, load ${load()}`);
    console.log(`  TypeScript: median ${ts.toFixed(2)} s`);
    console.log(`  plain JavaScript: median ${js.toFixed(2)} s`);
    console.log(`preview against plain JavaScript: ${(ts / js).toFixed(2)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function timePreview(engine: Engine): Promise<number> {
  const start = performance.now();
  const { code, stdout, stderr } = await engine.capture("preview");
  if (code !== 0) throw new Error(`pulumi preview: exit code ${String(code)}\n${stdout}${stderr}`);
  return (performance.now() - start) / 1000;
}

/** The program with each file of TypeScript replaced by its JavaScript; packages and provider are those of the checkout. */
function plainJavaScript(folder: string): string {
  const link = (path: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(join(projectDir, path), join(folder, path));
  };
  for (const path of ["node_modules", "workloads", providerDir]) link(path);
  cpSync(join(projectDir, "package.json"), join(folder, "package.json"));
  const project = readFileSync(join(projectDir, "Pulumi.yaml"), "utf8");
  writeFileSync(
    join(folder, "Pulumi.yaml"),
    project.replace("typescript: true", "typescript: false").replace("index.ts", "index.js"),
  );
  const sources = readdirSync(join(projectDir, "components"), { recursive: true })
    .map((path) => join("components", String(path)))
    .filter((path) => path.endsWith(".ts") && !path.startsWith(providerDir));
  for (const path of ["index.ts", ...sources]) {
    const { code } = transformSync(readFileSync(join(projectDir, path), "utf8"), {
      loader: "ts",
      format: "cjs",
      target: "node20",
    });
    const target = join(folder, path.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
  return folder;
}
