import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { UserError } from "../lib/command";
import { run } from "../lib/process";
import { buildName } from "./build";
import type { Environment } from "./environment";
import { isExecutable } from "./files";
import { cliExecutable, languageHostExecutable, pluginExecutable, title, type Part } from "./parts";

/** Where the CLI keeps its versions and plugins: `$PULUMI_HOME`, default `~/.pulumi`. */
export function pulumiHome(env: Environment): string {
  return resolve(env.PULUMI_HOME ?? join(env.HOME ?? homedir(), ".pulumi"));
}

/** Where the npm package `pulumi` and the Automation API look for a version of the CLI. */
function cliDir(home: string, version: string): string {
  return join(home, "versions", version, "bin");
}

/**
 * The CLI in the wanted version, with its language host beside it: that of `$PULUMI_HOME`, else one on `PATH`.
 *
 * @returns the path of its executable.
 */
export async function findCli(part: Part, env: Environment): Promise<string | undefined> {
  const own = cliDir(pulumiHome(env), part.version);
  if (isCli(own)) return join(own, cliExecutable);
  for (const dir of (env.PATH ?? "").split(delimiter)) {
    const executable = join(dir, cliExecutable);
    if (dir === "" || !isExecutable(executable)) continue;
    // A package manager links to the CLI from elsewhere. The npm package's script, which `npm run` puts on PATH, has no
    // language host beside it and is never started here: it would download.
    if (!isCli(dir) && !isCli(dirname(realpathSync(executable)))) continue;
    if ((await cliVersion(executable)) === part.version) return executable;
  }
  return undefined;
}

function isCli(dir: string): boolean {
  return [cliExecutable, languageHostExecutable].every((file) => isExecutable(join(dir, file)));
}

/** What a CLI says of itself, without the leading `v`; nothing where it does not run. */
export async function cliVersion(executable: string): Promise<string | undefined> {
  try {
    const { code, stdout } = await run(executable, ["version"], { capture: true });
    return code === 0 ? stdout.trim().replace(/^v/, "") : undefined;
  } catch {
    return undefined;
  }
}

/** The file beside a plugin that was built here, with the name of the build; the vendor's plugins have none. */
const buildMark = ".mq-build";

/** Whether a plugin is installed; one that was built here, from the Go modules as they are now. */
export function hasPlugin(part: Part, env: Environment, modulesDir: string): boolean {
  if (!isInstalled(part, env)) return false;
  const mark = join(pluginDir(part, env), buildMark);
  return !existsSync(mark) || readFileSync(mark, "utf8") === buildName(part, modulesDir);
}

/** Whether a plugin is there completely: the CLI marks what it has begun with a file `.partial`. */
function isInstalled(part: Part, env: Environment): boolean {
  const dir = pluginDir(part, env);
  return isExecutable(join(dir, pluginExecutable(part.name))) && !existsSync(`${dir}.partial`);
}

function pluginDir(part: Part, env: Environment): string {
  return join(pulumiHome(env), "plugins", `resource-${part.name}-v${part.version}`);
}

/**
 * Puts the files of a CLI where everything looks for that version; each of them complete or not at all, and the CLI
 * itself last, for it is what others look for.
 *
 * @param source - a folder with the executables.
 * @returns the path of the CLI's executable.
 */
export function putCli(source: string, part: Part, env: Environment): string {
  const target = cliDir(pulumiHome(env), part.version);
  mkdirSync(target, { recursive: true });
  const files = readdirSync(source).filter((file) => file !== cliExecutable);
  for (const file of [...files, cliExecutable]) {
    const unfinished = join(target, `.${file}.${String(process.pid)}`);
    try {
      copyFileSync(join(source, file), unfinished);
      renameSync(unfinished, join(target, file));
    } finally {
      rmSync(unfinished, { force: true });
    }
  }
  return join(target, cliExecutable);
}

/**
 * Has the CLI install a plugin from a file.
 *
 * @param file - the executable, or the vendor's archive.
 * @param build - the name of the build, where the file was built here.
 * @throws {@link UserError} with what the CLI said.
 */
export async function putPlugin(
  cli: string,
  part: Part,
  file: string,
  build: string | undefined,
  env: Environment,
): Promise<void> {
  // `--reinstall`: a folder that is there without being complete would else count as installed.
  const args = ["plugin", "install", "resource", part.name, part.version, "--file", file];
  const { code, stdout, stderr } = await run(cli, [...args, "--reinstall"], {
    env: { ...env, PULUMI_HOME: pulumiHome(env), PULUMI_SKIP_UPDATE_CHECK: "true" },
    capture: true,
  });
  if (code !== 0 || !isInstalled(part, env)) {
    throw new UserError(
      `toolchain: ${title(part)} could not be installed: pulumi ${args.join(" ")} ended with code ` +
        `${String(code)}; it said:\n${`${stdout}${stderr}`.trim()}`,
    );
  }
  const mark = join(pluginDir(part, env), buildMark);
  if (build === undefined) rmSync(mark, { force: true });
  else writeFileSync(mark, build);
}
