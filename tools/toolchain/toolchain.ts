import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { UserError } from "../lib/command";
import { Builder } from "./build";
import { findCli, hasPlugin, pulumiHome, putCli, putPlugin } from "./home";
import type { Environment } from "./environment";
import { withLock } from "./lock";
import { cliPart, pluginExecutable, pluginParts, title, type Part } from "./parts";
import { Vendor } from "./vendor";

/** The CLI and plugins that were asked for, ready to use. */
export interface Toolchain {
  /** Path of the CLI's executable. */
  readonly pulumi: string;
  /** Variables for every process that uses it: the CLI and its language host first on `PATH`, and `PULUMI_HOME`. */
  readonly env: Record<string, string>;
  /** What was done, a line each; empty where all was there. */
  readonly report: readonly string[];
}

/** What to have, and where. */
export interface ToolchainOptions {
  /** Providers by name: `tls` is the plugin for the npm package `@pulumi/tls`, in that package's version. */
  readonly plugins: readonly string[];
  /** Default: the variables of this process. */
  readonly env?: Environment;
  /** The folder whose npm packages say which versions; default: this checkout. */
  readonly projectDir?: string;
  /** The folder of the Go modules; default: `go` beside this file. */
  readonly modulesDir?: string;
  /** Default: the vendor's download site. */
  readonly vendor?: Vendor;
  /** Is given each line of progress; default: standard error. */
  readonly say?: (line: string) => void;
}

/**
 * Makes sure that the CLI, its language host and the plugins of some providers are there, each in the version that the
 * npm packages pin. What is missing is taken, in this order, from an earlier build, from the vendor's downloads, or it is
 * built from the Go modules beside this file, which needs no more than a proxy for Go modules. Executables are kept below
 * `$XDG_CACHE_HOME/mq/toolchain` (default `~/.cache`), so that an emptied `$PULUMI_HOME` does not cost another build.
 *
 * Only one process at a time does this; others wait for it. Where all is there, nothing is started or written.
 *
 * @throws {@link UserError} that names the part, what is missing, and how to mend it.
 */
export async function ensureToolchain({
  plugins,
  env = process.env,
  projectDir = join(__dirname, "../.."),
  modulesDir = join(__dirname, "go"),
  vendor = new Vendor(),
  say = (line) => {
    console.error(`mq: ${line}`);
  },
}: ToolchainOptions): Promise<Toolchain> {
  const cli = cliPart(projectDir);
  const providers = pluginParts(projectDir, plugins);
  const report: string[] = [];
  const isComplete = (): boolean => providers.every((part) => hasPlugin(part, env, modulesDir));
  let pulumi = await findCli(cli, env);
  if (pulumi === undefined || !isComplete()) {
    const tell = (line: string): void => {
      report.push(`toolchain: ${line}`);
      say(`toolchain: ${line}`);
    };
    const cacheDir = toolchainCache(env);
    pulumi = await withLock(cacheDir, tell, async () => {
      const bootstrap = new Bootstrap({ cacheDir, modulesDir, env, vendor, say: tell });
      return bootstrap.provide(cli, providers);
    });
  }
  const path = [dirname(pulumi), env.PATH ?? ""].filter((dir) => dir !== "").join(delimiter);
  return { pulumi, env: { PATH: path, PULUMI_HOME: pulumiHome(env) }, report };
}

/** Where executables that were built are kept. */
function toolchainCache(env: Environment): string {
  const caches = env.XDG_CACHE_HOME ?? join(env.HOME ?? homedir(), ".cache");
  return resolve(caches, "mq", "toolchain");
}

interface BootstrapOptions {
  readonly cacheDir: string;
  readonly modulesDir: string;
  readonly env: Environment;
  readonly vendor: Vendor;
  readonly say: (line: string) => void;
}

/** One run that gets what is missing, while no other does. */
class Bootstrap {
  readonly #options: BootstrapOptions;
  readonly #scratchDir: string;
  readonly #builder: Builder;

  constructor(options: BootstrapOptions) {
    const { cacheDir, modulesDir, env, say } = options;
    this.#options = options;
    this.#scratchDir = join(cacheDir, "unfinished");
    const finishedDir = join(cacheDir, "finished");
    this.#builder = new Builder({
      modulesDir,
      finishedDir,
      scratchDir: this.#scratchDir,
      env,
      say,
    });
  }

  /** @returns the path of the CLI's executable. */
  async provide(cli: Part, providers: readonly Part[]): Promise<string> {
    const { env, modulesDir } = this.#options;
    // What is in there belongs to a process that has died: this one holds the lock.
    rmSync(this.#scratchDir, { recursive: true, force: true });
    mkdirSync(this.#scratchDir, { recursive: true });
    try {
      // Looked for again: the process that was waited for may have brought all of it.
      const missing = providers.filter((part) => !hasPlugin(part, env, modulesDir));
      let pulumi = await findCli(cli, env);
      if (pulumi === undefined) {
        pulumi = putCli(await this.#get(cli, missing), cli, env);
        this.#options.say(`${title(cli)}: installed in ${dirname(pulumi)}`);
      }
      for (const [at, part] of missing.entries()) {
        const source = await this.#get(part, missing.slice(at + 1));
        const dir = dirname(source);
        const build = dir === this.#builder.finished(part) ? basename(dir) : undefined;
        await putPlugin(pulumi, part, source, build, env);
        this.#options.say(`${title(part)}: installed in ${join(pulumiHome(env), "plugins")}`);
      }
      return pulumi;
    } finally {
      rmSync(this.#scratchDir, { recursive: true, force: true });
    }
  }

  /**
   * @param later - the parts that will be asked for next.
   * @returns a folder of executables for the CLI, a file for a plugin.
   */
  async #get(part: Part, later: readonly Part[]): Promise<string> {
    const { vendor, say, modulesDir } = this.#options;
    const builder = this.#builder;
    const chosen = (dir: string): string =>
      part.kind === "cli" ? dir : join(dir, pluginExecutable(part.name));
    if (builder.isFinished(part)) return chosen(builder.finished(part));
    if (vendor.reachable) {
      const start = performance.now();
      say(`${title(part)}: tries the vendor's download …`);
      const dir = mkdtempSync(join(this.#scratchDir, "download-"));
      const downloaded = await vendor.download(part, dir, say);
      if (downloaded !== undefined) {
        say(`${title(part)}: downloaded in ${((performance.now() - start) / 1000).toFixed(1)} s`);
        return downloaded;
      }
    }
    checkPin(part, modulesDir);
    return chosen(
      await builder.build(
        part,
        vendor.reachable ? [] : later.filter((next) => !builder.isFinished(next)),
      ),
    );
  }
}

/** The CLI's module names a version of its own; what is built must be what the npm package asks for. */
function checkPin(part: Part, modulesDir: string): void {
  if (part.kind !== "cli") return;
  const file = join(modulesDir, "pulumi", "go.mod");
  const pinned = /github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/.exec(
    readFileSync(file, "utf8"),
  )?.[1];
  if (pinned !== part.version) {
    throw new UserError(
      `toolchain: ${title(part)} is what package.json pins, and ${file} pins ${pinned ?? "none"}; ` +
        "pin the same version in both",
    );
  }
}
