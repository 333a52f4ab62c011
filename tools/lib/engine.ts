import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { findMarked } from "../../workloads/supervisor/processes";
import { ensureStackArchive } from "../brokers/stack-archive";
import { ensureToolchain } from "../toolchain/toolchain";
import { UserError } from "./command";
import { passphraseEnvironment } from "./passphrase";
import { run, type Finished } from "./process";
import { stackConfigCopy, stackPlatform, writeStackConfig } from "./stack-config";
import { projectDir, stateFolder, type Workspace } from "./workspace";

/** The provider plugins that the stacks of a platform need, whichever way they come. */
const plugins: Readonly<Record<string, readonly string[]>> = {
  hosts: ["random", "rabbitmq", "tls"],
  kubernetes: ["random", "rabbitmq", "tls", "kubernetes"],
};

/** The engine, ready to work on one stack. */
export interface Engine {
  /** Runs `pulumi ARGUMENTS --stack STACK` and shows what it prints. @returns the exit code. */
  show(...args: string[]): Promise<number>;
  /** Runs it and keeps what it prints. */
  capture(...args: string[]): Promise<Finished>;
}

/** Variable by which the plugins of an engine are known. */
const markName = "MQ_ENGINE";

/** Variables for the engine, beside those of this process. */
export type EngineVariables = Readonly<Record<string, string>>;

/**
 * Makes the engine ready for a stack: toolchain, backend, passphrase, stack, and the copy of its configuration.
 *
 * @throws {@link UserError} where the stack file or the state cannot be used.
 */
export async function openEngine(
  workspace: Workspace,
  variables: EngineVariables = {},
): Promise<Engine> {
  const { stack } = workspace;
  writeStackConfig(workspace);
  const platform = stackPlatform(workspace);
  // Where the platform is none, the program says so.
  const toolchain = await ensureToolchain({ plugins: plugins[platform] ?? [] });
  const backend =
    process.env.PULUMI_BACKEND_URL ?? folderBackend(stateFolder(workspace, "backend"));
  const mark = randomUUID();
  const env = {
    [markName]: mark,
    ...toolchain.env,
    ...passphraseEnvironment(workspace),
    PULUMI_BACKEND_URL: backend,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...variables,
  };
  const options = { cwd: workspace.programDir ?? projectDir, env };
  checkState(backend, stack);
  await makeStack(toolchain.pulumi, backend, workspace, env);
  const words = (args: string[]): string[] => {
    const config = args[0] === "up" || args[0] === "preview" || args[0] === "refresh";
    return [
      ...args,
      "--stack",
      stack,
      "--non-interactive",
      ...(config || args[0] === "destroy" ? ["--config-file", stackConfigCopy(workspace)] : []),
    ];
  };
  const engine = async (args: string[], capture: boolean): Promise<Finished> => {
    if (args[0] === "up") await ensureStackArchive(workspace);
    try {
      return await run(toolchain.pulumi, words(args), { ...options, capture });
    } finally {
      endPlugins(mark);
    }
  };
  return {
    show: async (...args) => (await engine(args, false)).code,
    capture: (...args) => engine(args, true),
  };
}

/** Ends the plugins of an engine that was killed: by themselves they would run for ever. */
function endPlugins(mark: string): void {
  for (const { pid } of findMarked(markName, mark)) {
    try {
      const words = readFileSync(`/proc/${String(pid)}/cmdline`, "utf8").split("\0");
      if (words.some((word) => /\/pulumi-(resource|language)-/.test(word))) process.kill(pid);
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** A folder as a backend, without a second file of checksums, which nothing reads, for each file of a state. */
function folderBackend(folder: string): string {
  return `file://${folder}?metadata=skip`;
}

/** The file that holds a stack's state, where the backend is a folder. */
function stateFile(backend: string, stack: string): string | undefined {
  const folder = /^file:\/\/(\/[^?]*)/.exec(backend)?.[1];
  return folder === undefined ? undefined : join(folder, ".pulumi/stacks/mq", `${stack}.json`);
}

/** A state that was cut off, by a full disk or a broken copy, is refused before anything reads it as empty. */
function checkState(backend: string, stack: string): void {
  const file = stateFile(backend, stack);
  if (file === undefined || !existsSync(file)) return;
  try {
    JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new UserError(
      `${file}: the state of stack ${stack} is not whole JSON; nothing was changed. Put the last good one back: cp '${file}.bak' '${file}'`,
    );
  }
}

/**
 * Makes the stack in the backend. `stack init` writes the new salt into the stack file of the folder that it runs in: so it
 * runs in a folder of its own, and the salt goes into the copy.
 */
async function makeStack(
  pulumi: string,
  backend: string,
  workspace: Workspace,
  env: Record<string, string>,
): Promise<void> {
  const { stack } = workspace;
  const file = stateFile(backend, stack);
  if (file !== undefined && existsSync(file)) return;
  const folder = mkdtempSync(join(tmpdir(), "mq-stack-"));
  try {
    writeFileSync(join(folder, "Pulumi.yaml"), "name: mq\nruntime: nodejs\n");
    const init = await run(pulumi, ["stack", "init", stack, "--no-select", "--non-interactive"], {
      cwd: folder,
      env,
      capture: true,
    });
    if (init.code === 0) {
      const made = readFileSync(join(folder, `Pulumi.${stack}.yaml`), "utf8");
      const { encryptionsalt } = parse(made) as { encryptionsalt?: string };
      writeStackConfig(workspace, encryptionsalt);
    } else if (!init.stderr.includes("already exists")) {
      throw new UserError(`stack ${stack} cannot be made: ${init.stderr.trim()}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
