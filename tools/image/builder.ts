import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { findExecutable } from "../cluster/paths";
import { UserError } from "../lib/command";
import { run } from "../lib/process";
import { projectDir } from "../lib/workspace";
import { containerfile, workloadsContext, writeContext } from "./context";

/** The programs that build images, in the order in which they are looked for. */
export const builders = ["docker", "podman", "buildah"] as const;

/** One of {@link builders}. */
export type Builder = (typeof builders)[number];

/** The image that the workloads stand on: Node.js 18 or newer. */
export const defaultBase = "docker.io/library/node:22-slim";

/** What to build, and by what. */
export interface ImageOptions {
  readonly builder: Builder;
  readonly tag: string;
  readonly base: string;
  /** Path of the Java agent that exports metrics of ActiveMQ Classic and Artemis; undefined: the image is without it. */
  readonly exporter?: string;
  /** Write the image into this file too, as `docker save` does. */
  readonly archive?: string;
  /** Options of the builder itself, which come first: where it keeps images. */
  readonly global?: readonly string[];
  /** Keep what is printed, for the error. */
  readonly quiet?: boolean;
}

/** `mq-workloads:<version of package.json>`. */
export function defaultTag(): string {
  const { version } = JSON.parse(readFileSync(join(projectDir, "package.json"), "utf8")) as {
    version: string;
  };
  return `mq-workloads:${version}`;
}

/**
 * The full name of an image, as Kubernetes takes a short one; podman and buildah would say `localhost/` else.
 *
 * @param tag - `NAME`, `NAME:TAG`, `USER/NAME:TAG` or one with a registry.
 */
export function fullName(tag: string): string {
  const [first = "", ...rest] = tag.split("/");
  if (rest.length > 0 && (/[.:]/.test(first) || first === "localhost")) return tag;
  return `docker.io/${rest.length > 0 ? "" : "library/"}${tag}`;
}

/** The first builder that is there. @throws {@link UserError} where there is none. */
export function findBuilder(): Builder {
  const found = builders.find((name) => findExecutable(name) !== undefined);
  if (found !== undefined) return found;
  throw new UserError(
    `image: none of ${builders.join(", ")} is on PATH; install one of them (Debian, Ubuntu: apt-get install buildah)`,
  );
}

/** The arguments that build a context. */
export function buildArguments(
  { tag, base, global = [] }: Pick<ImageOptions, "tag" | "base" | "global">,
  context: string,
): string[] {
  return [
    ...global,
    "build",
    "--network=none",
    ...["--build-arg", `BASE=${base}`],
    ...["--tag", fullName(tag)],
    ...["--file", join(context, containerfile)],
    context,
  ];
}

/** The arguments that write an image into a file. */
export function saveArguments(
  { builder, tag, global = [] }: Omit<ImageOptions, "base">,
  archive: string,
): string[] {
  const name = fullName(tag);
  return builder === "buildah"
    ? [...global, "push", name, `docker-archive:${archive}:${name}`]
    : [...global, "save", "--output", archive, name];
}

/**
 * Builds the image of the workloads.
 *
 * @throws {@link UserError} where the builder fails.
 */
export async function buildImage(options: ImageOptions): Promise<void> {
  const context = mkdtempSync(join(tmpdir(), "mq-image-"));
  try {
    writeContext(context, workloadsContext(options.exporter));
    await build(options, buildArguments(options, context));
    if (options.archive === undefined) return;
    const archive = resolve(options.archive);
    mkdirSync(dirname(archive), { recursive: true });
    // buildah adds to an archive that is there, or refuses to.
    rmSync(archive, { force: true });
    await build(options, saveArguments(options, archive));
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

async function build({ builder, quiet = false }: ImageOptions, args: string[]): Promise<void> {
  const { code, stderr } = await run(builder, args, { capture: quiet });
  if (code === 0) return;
  const said = quiet ? `: ${stderr.trim()}` : ", see above";
  throw new UserError(`image: "${builder} ${args.join(" ")}" ended with ${String(code)}${said}`);
}
