import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { exporterJar } from "../../../components/brokers/java/jmx-exporter";
import { workloadBundle, workloads } from "../../../components/collectors/workload-bundle";
import { command } from "../../../tools/commands/image";
import { buildArguments, defaultTag, fullName, saveArguments } from "../../../tools/image/builder";
import { workloadsContext, writeContext } from "../../../tools/image/context";
import { ensureExporter, exporterPath } from "../../../tools/image/exporter";
import { runCommand } from "../../../tools/lib/command";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
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
    const text = Object.fromEntries(files.map((file) => [file.path, file.content]));
    for (const name of workloads) expect(text[`lib/${name}.js`]).toBe(workloadBundle(name));
    expect(text["bin/mq-send"]).toBe('#!/bin/sh\nexec node /usr/local/lib/mq/sender.js "$@"\n');
  });

  test("has the Java agent for metrics where there is one, byte for byte", () => {
    const folder = mkdtempSync(join(tmpdir(), "mq-context-"));
    try {
      const jar = join(folder, "agent-1.0.1.jar");
      const bytes = Buffer.from([0x50, 0x4b, 0x03, 0x04, 0xff, 0x00, 0xfe]);
      writeFileSync(jar, bytes);
      const before = workloadsContext().map(({ path }) => path);
      const files = workloadsContext(jar);
      const agent = "lib/jmx_prometheus_javaagent.jar";
      expect(files.map(({ path }) => path).filter((path) => !before.includes(path))).toStrictEqual([
        agent,
      ]);
      expect(exporterJar).toBe(`/usr/local/lib/mq/${basename(agent)}`);
      writeContext(join(folder, "context"), files);
      expect(readFileSync(join(folder, "context", agent))).toStrictEqual(bytes);
    } finally {
      rmSync(folder, { recursive: true });
    }
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
    const text = String(containerfile?.content);
    const instructions = text.match(/^[A-Z]+(?= )/gm);
    expect(instructions).not.toContain("RUN");
    expect(text).toMatch(/^USER 65534:65534$/m);
  });
});

describe("the Java agent for metrics", () => {
  const folder = mkdtempSync(join(tmpdir(), "mq-exporter-"));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
    vi.stubEnv("PATH", join(folder, "no-maven"));
    rmSync(join(folder, "cache"), { recursive: true, force: true });
  });

  test("is refused where it is another one than the published one", async () => {
    mkdirSync(dirname(exporterPath()), { recursive: true });
    writeFileSync(exporterPath(), "other");
    await expect(ensureExporter()).rejects.toThrow(
      `image: ${exporterPath()} has the SHA-256 d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa, not `,
    );
  });

  test("is got by Maven, which says what is missing, and leaves nothing behind", async () => {
    await expect(ensureExporter()).rejects.toThrow("mvn is not on PATH");
    expect(readdirSync(dirname(exporterPath()))).toStrictEqual([]);
  });

  test("is not needed for an image: one without it is built, and a line says so", async () => {
    const shown = vi.spyOn(console, "error").mockReturnValue(undefined);
    mkdirSync(join(folder, "no-maven"), { recursive: true });
    const builder = join(folder, "no-maven/buildah");
    writeFileSync(builder, "#!/bin/sh\n");
    chmodSync(builder, 0o755);
    expect(await runCommand(command, ["--builder", "buildah", "--tag", "mq:1"])).toBe(0);
    const lines = shown.mock.calls.map(([line]) => String(line));
    expect(lines[0]).toContain(
      "without the Java agent for metrics of ActiveMQ Classic and Artemis",
    );
    expect(lines[0]).toContain(`or put the agent at ${exporterPath()}, and build again`);
    expect(lines.at(-1)).toBe("mq: image: mq:1, by buildah");
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
