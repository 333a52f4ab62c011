import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { brokerKinds } from "../../../components/config/broker-kinds";
import { activemqImage } from "../../../tools/cluster/images/activemq";
import { imageConfig, packImage, unpackImage } from "../../../tools/cluster/images/archive";
import { artemisImage } from "../../../tools/cluster/images/artemis";
import { ensureImages } from "../../../tools/cluster/images/images";
import { javaImage } from "../../../tools/cluster/images/java";
import { pauseImage } from "../../../tools/cluster/images/pause";
import { rabbitmqImage } from "../../../tools/cluster/images/rabbitmq";
import {
  ensureImage,
  imageKey,
  isArchiveOf,
  rootRecipe,
  type ImageRecipe,
} from "../../../tools/cluster/images/recipe";
import { workloadsImage } from "../../../tools/cluster/images/workloads";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mq-images-"));
  vi.stubEnv("XDG_CACHE_HOME", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const reference = "docker.io/library/tool:1";

function fill(root: string): Promise<void> {
  mkdirSync(join(root, "bin"), { recursive: true });
  writeFileSync(join(root, "bin/tool"), "#!/bin/sh\n");
  chmodSync(join(root, "bin/tool"), 0o755);
  return Promise.resolve();
}

function fromTar(archive: string, file: string): Buffer {
  return execFileSync("tar", ["-xOf", archive, file], { maxBuffer: 1 << 26 });
}

describe("the configuration of an image", () => {
  test("has what is set", () => {
    const settings = {
      reference,
      env: { HOME: "/var/lib/rabbitmq", PATH: "/opt/rabbitmq/sbin" },
      entrypoint: ["/pause"],
      command: ["rabbitmq-server"],
      user: "999:999",
    };
    expect(imageConfig(settings, "sha256:abc")).toStrictEqual({
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      created: "1970-01-01T00:00:00Z",
      config: {
        Env: ["PATH=/opt/rabbitmq/sbin", "HOME=/var/lib/rabbitmq"],
        Entrypoint: ["/pause"],
        Cmd: ["rabbitmq-server"],
        User: "999:999",
        WorkingDir: "/",
      },
      rootfs: { type: "layers", diff_ids: ["sha256:abc"] },
      history: [{ created: "1970-01-01T00:00:00Z", created_by: "mq" }],
    });
  });

  test("has a PATH, and else nothing, where nothing is set", () => {
    expect(imageConfig({ reference }, "sha256:abc")).toMatchObject({
      config: {
        Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        WorkingDir: "/",
      },
    });
  });
});

describe("an archive", () => {
  test("names its image, and its layer by what is in it", async () => {
    await fill(join(folder, "root"));
    const archive = join(folder, "out", "tool.tar");
    await packImage({ reference }, join(folder, "root"), archive);
    expect(JSON.parse(fromTar(archive, "manifest.json").toString())).toStrictEqual([
      { Config: "config.json", RepoTags: [reference], Layers: ["layer.tar"] },
    ]);
    const layer = fromTar(archive, "layer.tar");
    const digest = `sha256:${createHash("sha256").update(layer).digest("hex")}`;
    const config = JSON.parse(fromTar(archive, "config.json").toString()) as object;
    expect(config).toHaveProperty("rootfs.diff_ids", [digest]);
    const listing = execFileSync("tar", ["-tv"], { input: layer, encoding: "utf8" });
    expect(listing).toMatch(/^-rwxr-xr-x .* \.\/bin\/tool$/m);
  });

  test("has the same layer whenever it is packed", async () => {
    const layers = [];
    for (const name of ["one", "two"]) {
      await fill(join(folder, name));
      await packImage({ reference }, join(folder, name), join(folder, `${name}.tar`));
      layers.push(fromTar(join(folder, `${name}.tar`), "layer.tar"));
    }
    expect(layers[1]).toStrictEqual(layers[0]);
  });
});

test("what was packed is unpacked as it was, for another image to stand on", async () => {
  const root = join(folder, "root");
  await fill(root);
  symlinkSync("tool", join(root, "bin/other"));
  await packImage({ reference }, root, join(folder, "tool.tar"));
  const copy = join(folder, "scratch", "copy");
  mkdirSync(dirname(copy));
  await unpackImage(join(folder, "tool.tar"), copy);
  expect(readFileSync(join(copy, "bin/tool"), "utf8")).toBe("#!/bin/sh\n");
  expect((lstatSync(join(copy, "bin/tool")).mode & 0o777).toString(8)).toBe("755");
  expect(readlinkSync(join(copy, "bin/other"))).toBe("tool");
  expect(execFileSync("ls", [dirname(copy)], { encoding: "utf8" })).toBe("copy\n");
});

describe("the images of brokers", () => {
  const say = vi.fn();
  const archiveOf = (recipe: ImageRecipe): string => {
    const name = basename(recipe.reference).replaceAll(":", "-");
    return join(folder, "mq/cluster/images", `${name}-${imageKey(recipe)}.tar`);
  };

  test("are called as a stack file calls those of ActiveMQ and Artemis by default", () => {
    const official = (kind: "activemq" | "artemis"): string =>
      `docker.io/${brokerKinds[kind].image}`;
    expect(activemqImage(say).reference).toBe(official("activemq"));
    expect(artemisImage(say).reference).toBe(official("artemis"));
  });

  test("are other ones where the Java that they stand on is another one", () => {
    for (const image of [activemqImage, artemisImage]) {
      expect(image(say).content).toContain(imageKey(javaImage));
    }
  });

  test.each([
    [["rabbitmq"], [rabbitmqImage]],
    [["artemis"], [artemisImage(say)]],
    [
      ["activemq", "artemis"],
      [activemqImage(say), artemisImage(say)],
    ],
  ] as const)("of %j are there beside ours where they are asked for", async (kinds, images) => {
    const archives = [pauseImage(folder), ...images, workloadsImage(say)].map(archiveOf);
    mkdirSync(join(folder, "mq/cluster/images"), { recursive: true });
    for (const archive of archives) writeFileSync(archive, "");
    expect(await ensureImages(folder, say, kinds)).toStrictEqual(archives);
    expect(say).not.toHaveBeenCalled();
  });
});

describe("a recipe", () => {
  test("is followed once for the same content, and of a name only the last content is kept", async () => {
    const filled: string[] = [];
    const recipe = (content: string): ReturnType<typeof rootRecipe> =>
      rootRecipe({ reference }, content, (root) => {
        filled.push(content);
        return fill(root);
      });
    const say = vi.fn();
    const first = await ensureImage(recipe("a"), say);
    expect(await ensureImage(recipe("a"), say)).toBe(first);
    const second = await ensureImage(recipe("b"), say);
    expect(second).not.toBe(first);
    expect(await ensureImage(recipe("a"), say)).toBe(first);
    expect(filled).toStrictEqual(["a", "b", "a"]);
    expect(() => readFileSync(second)).toThrow("ENOENT");
    expect(say).not.toHaveBeenCalled();
  });

  test("that fails leaves nothing behind", async () => {
    const broken = rootRecipe({ reference }, "c", () => Promise.reject(new Error("no disk")));
    await expect(ensureImage(broken, vi.fn())).rejects.toThrow("no disk");
    expect(execFileSync("ls", [join(folder, "mq/cluster/images")], { encoding: "utf8" })).toBe("");
  });

  test("is told apart by reference and content", () => {
    const keys = [
      imageKey({ reference, content: "a" }),
      imageKey({ reference, content: "b" }),
      imageKey({ reference: "docker.io/library/tool:2", content: "a" }),
    ];
    expect(new Set(keys).size).toBe(3);
  });

  test.each([
    ["tool-1-0123456789abcdef.tar", true],
    ["tool-1-extra-0123456789abcdef.tar", false],
    ["tool-10-0123456789abcdef.tar", false],
    ["tool-1-0123456789abcdef.tar.gz", false],
    ["unfinished-1-abc", false],
  ])("of the image tool-1: %s: %s", (file, expected) => {
    expect(isArchiveOf("tool-1", file)).toBe(expected);
  });
});
