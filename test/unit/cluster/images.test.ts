import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { imageConfig, packImage } from "../../../tools/cluster/images/archive";
import {
  ensureImage,
  imageKey,
  isArchiveOf,
  rootRecipe,
} from "../../../tools/cluster/images/recipe";

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
