import { createHash } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { cacheFolder } from "../paths";
import { makeScratch } from "../scratch";
import { packImage, type ImageSettings } from "./archive";

/** How an image comes about without a registry. */
export interface ImageRecipe {
  /** `docker.io/library/NAME:TAG`, as the kubelet asks for `NAME:TAG`. */
  readonly reference: string;
  /** Stands for all that goes in: the same text, the same image. */
  readonly content: string;
  /** How long it takes, in seconds; nothing is said of what is quick. */
  readonly seconds?: number;
  /** Writes the archive of the image; the folder is for whatever else it writes. */
  build(archive: string, scratch: string): Promise<void>;
}

/** What makes the archive of an image another one. */
export function imageKey({
  reference,
  content,
}: Pick<ImageRecipe, "reference" | "content">): string {
  const hash = createHash("sha256").update(JSON.stringify([reference, content, process.arch]));
  return hash.digest("hex").slice(0, 16);
}

/**
 * A recipe that fills a root file system.
 *
 * @param fill - makes the folder, which is not there yet.
 */
export function rootRecipe(
  settings: ImageSettings,
  content: unknown,
  fill: (root: string) => Promise<void>,
): ImageRecipe {
  return {
    reference: settings.reference,
    content: JSON.stringify([settings, content]),
    async build(archive, scratch) {
      const root = join(scratch, "root");
      await fill(root);
      await packImage(settings, root, archive);
    },
  };
}

/** Whether a file is the archive of an image of that name, of any content. */
export function isArchiveOf(name: string, file: string): boolean {
  return file.startsWith(`${name}-`) && /^[0-9a-f]{16}\.tar$/.test(file.slice(name.length + 1));
}

/**
 * Makes sure that the archive of an image is there; what was made once is kept below the cache, its latest content only.
 *
 * @returns the path of the archive.
 */
export async function ensureImage(
  recipe: ImageRecipe,
  say: (line: string) => void,
): Promise<string> {
  const folder = join(cacheFolder(), "images");
  const name = basename(recipe.reference).replaceAll(":", "-");
  const archive = join(folder, `${name}-${imageKey(recipe)}.tar`);
  if (existsSync(archive)) return archive;
  const scratch = makeScratch(folder);
  const start = performance.now();
  if (recipe.seconds !== undefined) {
    say(`makes the image ${name}, once: about ${String(recipe.seconds)} s …`);
  }
  try {
    const unfinished = join(scratch, "archive.tar");
    await recipe.build(unfinished, scratch);
    for (const other of readdirSync(folder)) {
      if (isArchiveOf(name, other)) rmSync(join(folder, other));
    }
    renameSync(unfinished, archive);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  if (recipe.seconds !== undefined) say(`made the image ${name} in ${String(seconds)} s`);
  return archive;
}
