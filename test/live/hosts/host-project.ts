import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEngine } from "../../../tools/lib/engine";
import type { Finished } from "../../../tools/lib/process";
import { projectDir } from "../../../tools/lib/workspace";

/** A resource of the program, by its class in `resources.ts`. */
export interface HostResource {
  kind: "HostDirectory" | "HostFile" | "HostPackage" | "HostService" | "HostUser";
  /** `{ "secret": … }` stands for a secret. */
  args: Record<string, unknown>;
  /** Names of others. */
  dependsOn?: string[];
}

const program = `
const pulumi = require("@pulumi/pulumi");
const { readFileSync } = require("node:fs");
const resources = require("${join(projectDir, "components/platforms/hosts/resources.ts")}");
const made = {};
const value = (it) => (it && it.secret ? pulumi.secret(it.secret) : it);
for (const [name, { kind, args, dependsOn = [] }] of Object.entries(JSON.parse(readFileSync("resources.json")))) {
  const inputs = Object.fromEntries(Object.entries(args).map(([key, it]) => [key, value(it)]));
  made[name] = new resources[kind](name, { connection: { kind: "local" }, ...inputs }, { dependsOn: dependsOn.map((each) => made[each]) });
}
`;

/** A Pulumi project of a test's own that has resources of the provider `hosts` and nothing else. */
export class HostProject {
  /** Everything of the project: program, state, and by convention what the resources make. */
  readonly folder = mkdtempSync(join(tmpdir(), "mq-host-project-"));

  constructor() {
    const provider = join(projectDir, "components/platforms/hosts/provider");
    this.write("Pulumi.yaml", {
      name: "mq",
      main: "index.js",
      runtime: { name: "nodejs", options: { typescript: false, nodeargs: "--require tsx/cjs" } },
      plugins: { providers: [{ name: "hosts", path: provider }] },
    });
    this.write("package.json", { name: "mq" });
    this.write("Pulumi.test.yaml", { config: {} });
    writeFileSync(join(this.folder, "index.js"), program);
    symlinkSync(join(projectDir, "node_modules"), join(this.folder, "node_modules"));
  }

  /** A path in the part of the folder that the resources use. */
  path(...steps: string[]): string {
    return join(this.folder, "host", ...steps);
  }

  /** Replaces the resources of the program. */
  define(resources: Record<string, HostResource>): void {
    this.write("resources.json", resources);
  }

  /** Runs `pulumi ARGUMENTS`. */
  async pulumi(...args: string[]): Promise<Finished> {
    const { folder } = this;
    const engine = await openEngine({
      stack: "test",
      stackFile: join(folder, "Pulumi.test.yaml"),
      stateDir: join(folder, "state"),
      programDir: folder,
    });
    return engine.capture(...args);
  }

  /** The same; throws with what was printed unless it ends with the code. */
  async expect(code: number, ...args: string[]): Promise<string> {
    const finished = await this.pulumi(...args);
    const text = finished.stdout + finished.stderr;
    if (finished.code !== code) {
      throw new Error(
        `pulumi ${args.join(" ")}: exit code ${String(finished.code)}, not ${String(code)}\n${text}`,
      );
    }
    return text;
  }

  /** The state's resources of the provider, by name. */
  async state(): Promise<Record<string, Record<string, unknown>>> {
    const { deployment } = JSON.parse(await this.expect(0, "stack", "export")) as {
      deployment: {
        resources?: { urn: string; type: string; outputs?: Record<string, unknown> }[];
      };
    };
    return Object.fromEntries(
      (deployment.resources ?? [])
        .filter(({ type }) => type.startsWith("hosts:"))
        .map(({ urn, outputs }): [string, Record<string, unknown>] => [
          urn.split("::")[3] ?? "",
          outputs ?? {},
        ]),
    );
  }

  /** Destroys what is left, and removes the folder. */
  async dispose(): Promise<void> {
    await this.expect(0, "destroy", "--yes");
    rmSync(this.folder, { recursive: true, force: true });
  }

  private write(file: string, content: unknown): void {
    writeFileSync(join(this.folder, file), JSON.stringify(content)); // JSON is YAML
  }
}
