import {
  buildImage,
  builders,
  defaultBase,
  defaultTag,
  findBuilder,
  type Builder,
} from "../image/builder";
import { ensureExporter, exporterPath } from "../image/exporter";
import { defineCommand, UserError } from "../lib/command";

export const command = defineCommand({
  help: `usage: npm run image [-- --tag NAME] [--base IMAGE] [--builder NAME] [--archive FILE]

Builds the image of the workloads (collector, sender, access) from workloads/Containerfile. The build needs no network; the
base is taken from where the builder keeps images, and pulled only where it is not there. The Java agent that exports
metrics of ActiveMQ Classic and Artemis is got by Maven (mvn), once; where it is not to be had, the image is without it, and
serves every stack but one with mq:broker.monitoring on one of these two.

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
    const exporter = await exporterIfAny();
    await buildImage({
      builder,
      tag,
      base,
      ...(exporter !== undefined && { exporter }),
      ...(archive !== undefined && { archive }),
    });
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

/** Only metrics of two of the brokers need the agent: without it there is an image all the same, and a word about it. */
async function exporterIfAny(): Promise<string | undefined> {
  try {
    return await ensureExporter();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(
      `mq: image: without the Java agent for metrics of ActiveMQ Classic and Artemis: ${error.message}\n` +
        `mq: image: mend that, or put the agent at ${exporterPath()}, and build again`,
    );
    return undefined;
  }
}
