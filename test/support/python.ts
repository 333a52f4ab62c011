import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The checkers, by their versions: what passes today passes tomorrow. */
const packages = ["kubernetes-validate==1.37.0", "checkov==3.3.30"];

/** A Python with the checkers; what it is run with. */
export interface Python {
  readonly command: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * A Python that has the checkers. They are installed once, in `$XDG_CACHE_HOME/mq/python-…`, default `~/.cache`.
 *
 * @returns undefined where there is no Python 3.10 with pip; the reason is printed.
 * @throws what pip says where it cannot install them.
 */
export async function pythonWithCheckers(): Promise<Python | undefined> {
  const command = "python3";
  if (!(await hasPip(command)) && !(await installPip(command))) return undefined;
  const version = await versionOf(command);
  const id = createHash("sha256")
    .update(JSON.stringify([version, packages]))
    .digest("hex");
  const cache = resolve(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "mq");
  const folder = join(cache, `python-${id.slice(0, 12)}`);
  if (!existsSync(folder)) {
    say(`installs ${packages.join(" and ")} below ${cache}, once; a minute or two …`);
    mkdirSync(cache, { recursive: true });
    const unfinished = `${folder}.${String(process.pid)}`;
    try {
      const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
      await execute(command, [...pip, "--target", unfinished, ...packages]);
      if (!existsSync(folder)) renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return { command, env: { ...process.env, PYTHONPATH: folder, PYTHONNOUSERSITE: "1" } };
}

async function versionOf(command: string): Promise<string> {
  const print = "import sys; print(*sys.version_info[:3], sys.implementation.cache_tag)";
  return (await execute(command, ["-c", print])).stdout.trim();
}

async function hasPip(command: string): Promise<boolean> {
  const check = "import sys, pip; sys.exit(sys.version_info < (3, 10))";
  return execute(command, ["-c", check]).then(
    () => true,
    () => false,
  );
}

async function installPip(command: string): Promise<boolean> {
  const needed = ["python3", "python3-pip"];
  if (process.geteuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    say(`installs the packages ${needed.join(", ")} of the operating system …`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await execute("apt-get", ["update"], { env });
    await execute("apt-get", ["install", "-y", "--no-install-recommends", ...needed], { env });
    if (await hasPip(command)) return true;
  }
  say(`NOT CHECKED: needs Python 3.10 or newer with pip; install ${needed.join(" and ")}`);
  return false;
}

function say(line: string): void {
  console.warn(`checkers: ${line}`);
}
