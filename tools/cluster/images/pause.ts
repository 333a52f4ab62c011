import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { executableKey, partOf } from "../executable";
import { rootRecipe, type ImageRecipe } from "./recipe";

/** The image of the process that holds a pod's namespaces. */
export const pauseReference = "docker.io/library/mq-pause:1";

/** An image of our own `pause` alone. */
export function pauseImage(binFolder: string): ImageRecipe {
  const settings = { reference: pauseReference, entrypoint: ["/pause"], user: "65535:65535" };
  return rootRecipe(settings, executableKey(), (root) => {
    mkdirSync(root, { recursive: true });
    copyFileSync(partOf(binFolder, "pause"), join(root, "pause"));
    return Promise.resolve();
  });
}
