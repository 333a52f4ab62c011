import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { UserError } from "../lib/command";

/** A Go module of ours, and what is built of it. */
export interface GoModule {
  /** Its folder below `go/`. */
  readonly folder: string;
  /** The Go package to build: the module's own, or the command that the module pins. */
  readonly main: string;
  /** The file that comes of it. */
  readonly executable: string;
  /** Assignment of a string variable by the linker: how the executable knows its version. */
  readonly stamp: string;
  /** How long the build takes on two cores, in seconds; the basis of what a user is told. */
  readonly seconds: number;
}

/** A part of the toolchain: the CLI with its language host, or the plugin of a provider. */
export interface Part {
  readonly kind: "cli" | "plugin";
  /** `pulumi`, or the provider's name. */
  readonly name: string;
  /** As the npm package has it: `5.6.1`. */
  readonly version: string;
  /** What it is built from; empty where it cannot be built here. */
  readonly modules: readonly GoModule[];
}

/** The CLI's executable. */
export const cliExecutable = "pulumi";
/** The executable that runs programs in TypeScript; the engine looks for it beside the CLI. */
export const languageHostExecutable = "pulumi-language-nodejs";

/** Build times on two cores, in this order: what is built first makes the later ones cheaper. */
const pluginSeconds: Readonly<Record<string, number>> = {
  rabbitmq: 20,
  tls: 40,
  random: 10,
  kubernetes: 300,
};

/**
 * The CLI, in the version of the npm package `pulumi`.
 *
 * @throws {@link UserError} where that is not installed.
 */
export function cliPart(projectDir: string): Part {
  const version = npmVersion(projectDir, "pulumi");
  const stamp = `github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;
  return {
    kind: "cli",
    name: "pulumi",
    version,
    modules: [
      {
        folder: "pulumi",
        main: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        executable: cliExecutable,
        stamp,
        seconds: 190,
      },
      {
        folder: "language-nodejs",
        main: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
        executable: languageHostExecutable,
        stamp,
        seconds: 20,
      },
    ],
  };
}

/**
 * The plugins of providers, each in the version of its npm package `@pulumi/<name>`, in the order in which they are best
 * built.
 *
 * @throws {@link UserError} where such a package is not installed.
 */
export function pluginParts(projectDir: string, names: readonly string[]): Part[] {
  const order = Object.keys(pluginSeconds);
  const rank = (name: string): number =>
    order.includes(name) ? order.indexOf(name) : order.length;
  return [...new Set(names)]
    .sort((a, b) => rank(a) - rank(b))
    .map((name) => {
      const seconds = pluginSeconds[name];
      const version = npmVersion(projectDir, `@pulumi/${name}`);
      const executable = pluginExecutable(name);
      const stamp = `main.version=${version}`;
      const module = { folder: name, main: ".", executable, stamp };
      return {
        kind: "plugin",
        name,
        version,
        modules: seconds === undefined ? [] : [{ ...module, seconds }],
      };
    });
}

/** The file name that the engine expects of a provider. */
export function pluginExecutable(name: string): string {
  return `pulumi-resource-${name}`;
}

/** `pulumi 3.250.0`: how a part is called where a user reads it. */
export function title({ name, version }: Part): string {
  return `${name} ${version}`;
}

function npmVersion(projectDir: string, name: string): string {
  let file: string;
  try {
    file = createRequire(join(projectDir, "package.json")).resolve(`${name}/package.json`);
  } catch {
    throw new UserError(
      `toolchain: the npm package ${name} is not installed, and its version is the one to have; ` +
        "put it into package.json and run npm ci",
    );
  }
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
