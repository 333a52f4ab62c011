import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { UserError } from "../../lib/command";
import { run } from "../../lib/process";
import { makeScratch } from "../scratch";

/** What a container of an image starts with, unless a pod says otherwise. */
export interface ImageSettings {
  /** `docker.io/library/NAME:TAG`, as the kubelet asks for `NAME:TAG`. */
  readonly reference: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly user?: string;
}

/** A moment for everything that bears a date: the same content gives the same image. */
const epoch = "1970-01-01T00:00:00Z";
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** The names of the processors that Go, and so images, have. */
const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: "amd64" };

/**
 * The configuration of an image of one layer
 * (https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md).
 *
 * @param layer - `sha256:…` of the layer, not compressed.
 */
export function imageConfig(
  { env = {}, entrypoint, command, user }: ImageSettings,
  layer: string,
): object {
  const variables = Object.entries({ PATH: defaultPath, ...env });
  return {
    architecture: architectures[process.arch] ?? process.arch,
    os: "linux",
    created: epoch,
    config: {
      Env: variables.map(([name, value]) => `${name}=${value}`),
      ...(entrypoint && { Entrypoint: entrypoint }),
      ...(command && { Cmd: command }),
      ...(user !== undefined && { User: user }),
      WorkingDir: "/",
    },
    rootfs: { type: "layers", diff_ids: [layer] },
    history: [{ created: epoch, created_by: "mq" }],
  };
}

/**
 * Packs a root file system as an image archive, as `docker save` writes it: containerd, docker, podman and buildah read it.
 *
 * @param root - the folder of the root file system.
 * @param archive - the file to write; it is there completely or not at all.
 */
export async function packImage(
  settings: ImageSettings,
  root: string,
  archive: string,
): Promise<void> {
  const unfinished = makeScratch(dirname(archive));
  const inside = (name: string): string => join(unfinished, name);
  try {
    const reproducible = ["--sort=name", "--numeric-owner", `--mtime=${epoch}`, "--format=posix"];
    const withoutTimes = "--pax-option=delete=atime,delete=ctime";
    await tar(["-cf", inside("layer.tar"), ...reproducible, withoutTimes, "-C", root, "."]);
    const hash = createHash("sha256");
    await pipeline(createReadStream(inside("layer.tar")), hash);
    const config = imageConfig(settings, `sha256:${hash.digest("hex")}`);
    const manifest = [
      { Config: "config.json", RepoTags: [settings.reference], Layers: ["layer.tar"] },
    ];
    writeFileSync(inside("config.json"), JSON.stringify(config));
    writeFileSync(inside("manifest.json"), JSON.stringify(manifest));
    const files = ["manifest.json", "config.json", "layer.tar"];
    await tar(["-cf", inside("archive.tar"), "-C", unfinished, ...files]);
    renameSync(inside("archive.tar"), archive);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/**
 * Unpacks the root file system of an archive that {@link packImage} wrote.
 *
 * @param root - a folder that is not there yet.
 */
export async function unpackImage(archive: string, root: string): Promise<void> {
  mkdirSync(root, { recursive: true });
  const layer = join(dirname(root), "layer.tar");
  await tar(["-xf", archive, "-C", dirname(root), "layer.tar"]);
  await tar(["-xpf", layer, "--numeric-owner", "-C", root]);
  rmSync(layer);
}

/** Runs tar. @throws {@link UserError} with what it said. */
export async function tar(args: readonly string[]): Promise<void> {
  const { code, stderr } = await run("tar", args, { capture: true });
  if (code !== 0) throw new UserError(`image: "tar ${args.join(" ")}" failed: ${stderr.trim()}`);
}
