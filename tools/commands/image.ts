import {
  buildImage,
  builders,
  defaultBase,
  defaultTag,
  findBuilder,
  type Builder,
} from "../image/builder";
import { defineCommand, UserError } from "../lib/command";

export const command = defineCommand({
  help: `usage: npm run image [-- --tag NAME] [--base IMAGE] [--builder NAME] [--archive FILE]

Builds the image of the workloads (collector, sender, access) from workloads/Containerfile. Nothing in it needs a network;
the base is taken from where the builder keeps images, and pulled only where it is not there.

  --tag NAME       default: mq-workloads:<version of package.json>
  --base IMAGE     an image with Node.js 18 or newer; default: ${defaultBase};
                   buildah also takes docker-archive:FILE
  --builder NAME   docker, podman or buildah; default: the first of them that is there
  --archive FILE   also writes the image into FILE, for "docker load" or "kind load image-archive"`,
  options: {
    tag: { type: "string" },
    base: { type: "string", default: defaultBase },
    builder: { type: "string" },
    archive: { type: "string" },
  },
  positionals: [0, 0],
  async run({ tag = defaultTag(), base, builder: named, archive }) {
    const builder = named === undefined ? findBuilder() : builderOf(named);
    await buildImage({ builder, tag, base, ...(archive !== undefined && { archive }) });
    console.error(`mq: image: ${tag}, by ${builder}${archive === undefined ? "" : `; ${archive}`}`);
  },
});

function builderOf(text: string): Builder {
  const builder = builders.find((each) => each === text);
  if (builder === undefined) {
    throw new UserError(`--builder ${text}: say one of ${builders.join(", ")}`);
  }
  return builder;
}
