import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openEngine, type Engine } from "../../tools/lib/engine";
import { projectDir } from "../../tools/lib/workspace";

/** A program of a test's own, in an empty folder. */
export interface ScratchProgram {
  readonly folder: string;
  /** JavaScript. */
  readonly program: string;
  /** What its stack file has below `config:`. Default: nothing. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** More of its `Pulumi.yaml`. */
  readonly project?: Readonly<Record<string, unknown>>;
}

/** Writes the program and opens the engine on its stack `test`. */
export async function openScratch({
  folder,
  program,
  config = {},
  project = {},
}: ScratchProgram): Promise<Engine> {
  const write = (file: string, content: unknown): void => {
    writeFileSync(join(folder, file), JSON.stringify(content)); // JSON is YAML
  };
  write("Pulumi.yaml", {
    name: "mq",
    main: "index.js",
    runtime: { name: "nodejs", options: { typescript: false, nodeargs: "--require tsx/cjs" } },
    ...project,
  });
  write("package.json", { name: "mq" });
  write("Pulumi.test.yaml", { config });
  writeFileSync(join(folder, "index.js"), program);
  symlinkSync(join(projectDir, "node_modules"), join(folder, "node_modules"));
  return openEngine({
    stack: "test",
    stackFile: join(folder, "Pulumi.test.yaml"),
    stateDir: join(folder, "state"),
    programDir: folder,
  });
}
