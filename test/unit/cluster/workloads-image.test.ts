import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { workloadBundle, workloads } from "../../../components/collectors/workload-bundle";
import { command } from "../../../tools/commands/image";
import { buildArguments, defaultTag, fullName, saveArguments } from "../../../tools/image/builder";
import { workloadsContext, writeContext } from "../../../tools/image/context";
import { runCommand } from "../../../tools/lib/command";

afterEach(() => {
  vi.restoreAllMocks();
});

test.each([
  ["mq-workloads:0.1.0", "docker.io/library/mq-workloads:0.1.0"],
  ["mq-workloads", "docker.io/library/mq-workloads"],
  ["team/mq-workloads:1", "docker.io/team/mq-workloads:1"],
  ["registry.example.org/mq/workloads:1", "registry.example.org/mq/workloads:1"],
  ["registry:5000/mq", "registry:5000/mq"],
  ["localhost/mq", "localhost/mq"],
])("%s is %s, as Kubernetes takes it", (tag, name) => {
  expect(fullName(tag)).toBe(name);
});

test("the tag is of this version", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  expect(defaultTag()).toBe(`mq-workloads:${version}`);
});

describe("a builder", () => {
  test("builds without a network", () => {
    const options = { tag: "mq-workloads:1", base: "node:22-slim", global: ["--root=/r"] };
    expect(buildArguments(options, "/context")).toStrictEqual([
      "--root=/r",
      "build",
      "--network=none",
      "--build-arg",
      "BASE=node:22-slim",
      "--tag",
      "docker.io/library/mq-workloads:1",
      "--file",
      "/context/Containerfile",
      "/context",
    ]);
  });

  test.each([
    ["docker", ["save", "--output", "/a.tar", "docker.io/library/mq:1"]],
    ["podman", ["save", "--output", "/a.tar", "docker.io/library/mq:1"]],
    ["buildah", ["push", "docker.io/library/mq:1", "docker-archive:/a.tar:docker.io/library/mq:1"]],
  ] as const)("%s writes an archive that bears the full name", (builder, args) => {
    expect(saveArguments({ builder, tag: "mq:1" }, "/a.tar")).toStrictEqual(args);
  });
});

describe("the context", () => {
  test("has every workload, and the command of the sender", () => {
    const files = workloadsContext();
    expect(files.map(({ path }) => path)).toStrictEqual([
      "Containerfile",
      ...workloads.map((name) => `lib/${name}.js`),
      "bin/mq-send",
    ]);
    const text = Object.fromEntries(files.map((file) => [file.path, file.text]));
    for (const name of workloads) expect(text[`lib/${name}.js`]).toBe(workloadBundle(name));
    expect(text["bin/mq-send"]).toBe('#!/bin/sh\nexec node /usr/local/lib/mq/sender.js "$@"\n');
  });

  test("is written with the modes that the image gets, whatever the umask", () => {
    const folder = mkdtempSync(join(tmpdir(), "mq-context-"));
    const before = process.umask(0o077);
    try {
      writeContext(folder, workloadsContext());
      const mode = (path: string): string =>
        (statSync(join(folder, path)).mode & 0o777).toString(8);
      expect(["lib", "lib/sender.js", "bin", "bin/mq-send"].map(mode)).toStrictEqual([
        "755",
        "644",
        "755",
        "755",
      ]);
    } finally {
      process.umask(before);
      rmSync(folder, { recursive: true });
    }
  });

  test("runs nothing while the image is built, and not as root afterwards", () => {
    const [containerfile] = workloadsContext();
    const instructions = containerfile?.text.match(/^[A-Z]+(?= )/gm);
    expect(instructions).not.toContain("RUN");
    expect(containerfile?.text).toMatch(/^USER 65534:65534$/m);
  });
});

test.each([
  [["--builder", "kaniko"], 1, "mq: --builder kaniko: say one of docker, podman, buildah"],
  [["here"], 2, "mq: too many arguments"],
  [["--push"], 2, "mq: Unknown option '--push'"],
])("npm run image -- %j is refused", async (args, code, message) => {
  const shown = vi.spyOn(console, "error").mockReturnValue(undefined);
  expect(await runCommand(command, args)).toBe(code);
  expect(String(shown.mock.calls[0]?.[0])).toContain(message);
});
