import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { UserError } from "../lib/command";
import { run, type Finished } from "../lib/process";
import { isExecutable, isFileError } from "./files";
import type { Environment } from "./environment";
import { title, type GoModule, type Part } from "./parts";

/** The oldest Go that builds the modules. */
const goVersion = [1, 26] as const;
const remindMilliseconds = 10_000;
/** Exit codes of a process that SIGINT or SIGTERM ended. */
const interrupted: readonly number[] = [130, 143];
/** How many of the last lines of a failed build are shown. */
const shownLines = 20;

/** What the modules are built with. No C compiler is needed, and a workspace of the user's has no say. */
const goEnvironment = { CGO_ENABLED: "0", GOWORK: "off" };
/**
 * Flags of every build, so that they share what they compile: the files of `go.mod` and `go.sum` stay as they are, the
 * folder's version control is not asked, no path of this machine gets into the executables, and debug information, which
 * the linker would drop, is not made in the first place.
 */
const goFlags = ["-mod=readonly", "-buildvcs=false", "-trimpath", "-gcflags=all=-dwarf=false"];

/** What a build of a part is called: another module, or other flags, make another name. */
export function buildName(part: Part, modulesDir: string): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([goFlags, process.platform, process.arch]));
  for (const { folder, main, executable, stamp } of part.modules) {
    hash.update(JSON.stringify([main, executable, stamp]));
    for (const file of ["go.mod", "go.sum", "main.go"]) {
      hash.update(readFileSync(join(modulesDir, folder, file)));
    }
  }
  return `${part.name}-${part.version}-${hash.digest("hex").slice(0, 16)}`;
}

/** How and where to build. */
export interface BuilderOptions {
  /** The folder of the Go modules. */
  readonly modulesDir: string;
  /** Folder of the finished executables, by hash; kept. */
  readonly finishedDir: string;
  /** Folder for what is not finished. */
  readonly scratchDir: string;
  readonly env: Environment;
  readonly say: (line: string) => void;
}

/** Builds parts from Go modules. What was built once is found again by the hash of its module. */
export class Builder {
  readonly #options: BuilderOptions;
  readonly #fetched = new Set<GoModule>();
  #goChecked = false;

  constructor(options: BuilderOptions) {
    this.#options = options;
  }

  /** Where the executables of a part are once they are built: one folder for all of them. */
  finished(part: Part): string {
    return join(this.#options.finishedDir, buildName(part, this.#options.modulesDir));
  }

  /** Whether a part was built before. */
  isFinished(part: Part): boolean {
    const dir = this.finished(part);
    return (
      part.modules.length > 0 &&
      part.modules.every(({ executable }) => isExecutable(join(dir, executable)))
    );
  }

  /**
   * Builds a part.
   *
   * @param later - what will be built after it: it is downloaded meanwhile.
   * @returns the folder of its executables.
   * @throws {@link UserError} where Go is missing or too old, or a build fails.
   */
  async build(part: Part, later: readonly Part[]): Promise<string> {
    await this.#checkGo(part);
    const scratch = mkdtempSync(join(this.#options.scratchDir, `${part.name}-`));
    const seconds = part.modules.reduce((sum, module) => sum + module.seconds, 0);
    const idle = Math.ceil((seconds * 2) / availableParallelism());
    const about = duration(idle);
    const start = performance.now();
    this.#options.say(
      `${title(part)}: builds it from Go modules, about ${about} on an idle machine …`,
    );
    const reminder = setInterval(() => {
      const late = performance.now() - start > idle * 1000;
      const of = late ? "" : ` of about ${about}`;
      this.#options.say(`${title(part)}: builds for ${since(start)}${of} …`);
    }, remindMilliseconds);
    try {
      await this.#buildModules(part, scratch, later);
    } finally {
      clearInterval(reminder);
    }
    const target = this.finished(part);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(scratch, target);
    this.#options.say(`${title(part)}: built in ${since(start)}`);
    return target;
  }

  /**
   * The first module is the one that takes long; its build begins with downloads, which leave the processor to the small
   * ones. These end early: then comes what will be needed next.
   */
  async #buildModules(part: Part, scratch: string, later: readonly Part[]): Promise<void> {
    const [first, ...others] = part.modules;
    if (first === undefined) return;
    let firstEnded = false;
    const build = this.#buildModule(first, scratch).finally(() => (firstEnded = true));
    const beside = async (): Promise<void> => {
      for (const module of others) await this.#buildModule(module, scratch);
      for (const module of later.flatMap(({ modules }) => modules)) {
        if (!firstEnded) await this.#fetch(module);
      }
    };
    const results = await Promise.allSettled([build, beside()]);
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  async #buildModule({ folder, main, executable, stamp }: GoModule, dir: string): Promise<void> {
    const output = join(dir, executable);
    const args = ["build", ...goFlags, "-ldflags", `-s -w -X ${stamp}`, "-o", output, main];
    const { code, stdout, stderr } = await this.#go(folder, args);
    if (code === 0 && isExecutable(output)) return;
    if (interrupted.includes(code)) {
      throw new UserError(
        `toolchain: the build of ${executable} was interrupted; run the same command again, it goes on from there`,
      );
    }
    const said = `${stdout}${stderr}`.trimEnd().split("\n").slice(-shownLines).join("\n");
    throw new UserError(
      `toolchain: the build of ${executable} failed with code ${String(code)}; its last lines:\n` +
        `${said}\nThe command was: ${this.#commandLine(folder, args)}`,
    );
  }

  /** Downloads what a module's build will ask for, once. A failure is the build's to report. */
  async #fetch(module: GoModule): Promise<void> {
    if (this.#fetched.has(module)) return;
    this.#fetched.add(module);
    await this.#go(module.folder, ["list", "-mod=readonly", "-deps", module.main]);
  }

  #go(folder: string, args: readonly string[]): Promise<Finished> {
    const { modulesDir, env } = this.#options;
    const cwd = join(modulesDir, folder);
    return run("go", args, { cwd, env: { ...env, ...goEnvironment }, capture: true });
  }

  #commandLine(folder: string, args: readonly string[]): string {
    const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`);
    const variables = Object.entries(goEnvironment).map(([name, value]) => `${name}=${value}`);
    const words = [...variables, "go", ...args.map(quote)].join(" ");
    return `cd ${quote(join(this.#options.modulesDir, folder))} && ${words}`;
  }

  async #checkGo(part: Part): Promise<void> {
    if (this.#goChecked) return;
    const [module] = part.modules;
    if (module === undefined) {
      throw new UserError(
        `toolchain: ${title(part)} could not be downloaded, and there is no Go module here to build it from; ` +
          `install it yourself: pulumi plugin install resource ${part.name} ${part.version}`,
      );
    }
    const wanted = goVersion.join(".");
    let version: Finished;
    try {
      // Inside a module, an older Go gets the one that the module asks for, where it may.
      version = await this.#go(module.folder, ["version"]);
    } catch (error) {
      if (!isFileError(error, "ENOENT")) throw error;
      throw new UserError(
        `toolchain: ${title(part)} has to be built, and go is not on PATH; install Go ${wanted} or newer (${howToInstall})`,
      );
    }
    const found = /go(\d+)\.(\d+)\S*/.exec(version.stdout);
    if (found === null) {
      const said = `${version.stdout}${version.stderr}`.trim();
      throw new UserError(
        `toolchain: ${title(part)} has to be built, and "go version" does not work: ${said}; ` +
          `install Go ${wanted} or newer (${howToInstall})`,
      );
    }
    const [major, minor] = [Number(found[1]), Number(found[2])];
    if (major < goVersion[0] || (major === goVersion[0] && minor < goVersion[1])) {
      throw new UserError(
        `toolchain: ${title(part)} has to be built, and ${found[0]} is too old; install Go ${wanted} or newer ` +
          `(${howToInstall}), or, with Go 1.21 or newer, let it fetch that itself: export GOTOOLCHAIN=auto`,
      );
    }
    this.#goChecked = true;
  }
}

const howToInstall =
  "Debian, Ubuntu: apt-get install golang-go; Fedora: dnf install golang; macOS: brew install go; " +
  "all others, and where these are older: go.dev/doc/install";

/** `40 s`, `3 min 20 s`. */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = `${String(seconds % 60)} s`;
  return minutes === 0 ? rest : `${String(minutes)} min ${rest}`;
}

function since(start: number): string {
  return duration(Math.round((performance.now() - start) / 1000));
}
