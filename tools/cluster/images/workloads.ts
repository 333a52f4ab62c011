import { join } from "node:path";
import { buildImage, defaultTag, fullName } from "../../image/builder";
import { workloadsContext } from "../../image/context";
import { ensureExporter, exporterSum } from "../../image/exporter";
import { nodeImage } from "./node";
import { ensureImage, imageKey, type ImageRecipe } from "./recipe";

/** The image of the workloads as `npm run image` builds it, by buildah and on our {@link nodeImage}. */
export function workloadsImage(say: (line: string) => void): ImageRecipe {
  return {
    reference: fullName(defaultTag()),
    content: JSON.stringify([imageKey(nodeImage), workloadsContext(), exporterSum]),
    seconds: 20,
    async build(archive, scratch) {
      const base = await ensureImage(nodeImage, say);
      const exporter = await ensureExporter();
      // Images of its own, apart from those of whoever runs this, and without mounts.
      const global = [
        "--storage-driver=vfs",
        `--root=${join(scratch, "images")}`,
        `--runroot=${join(scratch, "run")}`,
      ];
      await buildImage({
        builder: "buildah",
        tag: defaultTag(),
        base: `docker-archive:${base}`,
        exporter,
        archive,
        global,
        quiet: true,
      });
    },
  };
}
