import { pauseImage } from "./pause";
import { rabbitmqImage } from "./rabbitmq";
import { ensureImage } from "./recipe";
import { workloadsImage } from "./workloads";

/**
 * Makes sure of all images that pods of tests run.
 *
 * @returns the paths of their archives.
 */
export async function ensureImages(
  binFolder: string,
  say: (line: string) => void,
): Promise<string[]> {
  const archives = [];
  for (const recipe of [pauseImage(binFolder), rabbitmqImage, workloadsImage(say)]) {
    archives.push(await ensureImage(recipe, say));
  }
  return archives;
}
