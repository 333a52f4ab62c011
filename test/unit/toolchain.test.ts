import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { duration } from "../../tools/toolchain/build";
import { withLock } from "../../tools/toolchain/lock";
import { cliPart, pluginParts } from "../../tools/toolchain/parts";
import { ensureToolchain, type Toolchain } from "../../tools/toolchain/toolchain";
import { releasePath, Vendor } from "../../tools/toolchain/vendor";

/** The commands that the stand-ins need; the machine's own Go and CLI are elsewhere, or are hidden by stand-ins. */
const systemPath = "/usr/bin:/bin";
const install =
  "install Go 1.26 or newer (Debian, Ubuntu: apt-get install golang-go; Fedora: dnf install golang; " +
  "macOS: brew install go; all others, and where these are older: go.dev/doc/install";

/** A machine of its own: home, cache, PATH, checkout, Go modules, and a vendor. */
class Machine {
  readonly dir = mkdtempSync(join(tmpdir(), "mq-toolchain-"));
  readonly home = join(this.dir, "pulumi-home");
  readonly cache = join(this.dir, "cache", "mq", "toolchain");
  readonly bin = join(this.dir, "bin");
  readonly project = join(this.dir, "checkout");
  readonly modules = join(this.dir, "modules");
  readonly calls = join(this.dir, "calls");
  readonly lines: string[] = [];
  readonly requests: string[] = [];
  /** Archives by path; "page" and "silence" are what a company's proxy does. */
  readonly offers = new Map<string, Buffer | "page" | "silence">();
  path = [this.bin, systemPath].join(delimiter);
  #server: Server | undefined;

  constructor() {
    mkdirSync(this.bin);
    for (const [name, version] of Object.entries({
      pulumi: "3.9.0",
      "@pulumi/tls": "5.0.1",
      "@pulumi/random": "4.0.2",
      "@pulumi/aws": "7.0.0",
    })) {
      this.write(
        `checkout/node_modules/${name}/package.json`,
        JSON.stringify({
          name,
          version,
          exports: { ".": "./x.js", "./package.json": "./package.json" },
        }),
      );
    }
    this.write("checkout/package.json", "{}");
    for (const folder of ["pulumi", "language-nodejs", "tls", "random"]) {
      this.write(`modules/${folder}/go.mod`, "require github.com/pulumi/pulumi/pkg/v3 v3.9.0\n");
      this.write(`modules/${folder}/go.sum`, "");
      this.write(`modules/${folder}/main.go`, "package main\n");
    }
    this.write("calls", "");
  }

  write(path: string, content: string | Buffer, mode = 0o644): string {
    const file = join(this.dir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
    return file;
  }

  /** A CLI that answers `version`, and installs a plugin's file as the real one does. */
  cli(version: string): string {
    return `#!/bin/sh
echo "pulumi $*" >> ${this.calls}
if [ "$1" = version ]; then echo v${version}; exit 0; fi
target="$PULUMI_HOME/plugins/resource-$4-v$5"
mkdir -p "$target"; cp "$7" "$target/pulumi-resource-$4"; chmod +x "$target/pulumi-resource-$4"
rm -f "$target.partial"
`;
  }

  putCli(dir: string, version = "3.9.0"): void {
    this.write(join(dir, "pulumi"), this.cli(version), 0o755);
    this.write(join(dir, "pulumi-language-nodejs"), "host", 0o755);
  }

  putPlugin(name: string, version: string): string {
    return this.write(
      `pulumi-home/plugins/resource-${name}-v${version}/pulumi-resource-${name}`,
      "plugin",
      0o755,
    );
  }

  /** A Go that makes the executables; `build` is what it does before. */
  putGo({ version = "go1.26.8", build = "" } = {}): void {
    this.write("built-cli", this.cli("3.9.0"), 0o755);
    this.write(
      "bin/go",
      `#!/bin/sh
[ "$1" = version ] && { echo "go version ${version} linux/amd64"; exit 0; }
[ "$1" = list ] && { echo "list $4" >> ${this.calls}; exit 0; }
while [ "$1" != -o ]; do shift; done
name=$(basename "$2")
echo "build $name" >> ${this.calls}
${build}
if [ $name = pulumi ]; then cp ${this.dir}/built-cli "$2"; else echo $name > "$2"; fi
chmod +x "$2"
`,
      0o755,
    );
  }

  /** The vendor's archive of a CLI. */
  archive(): Buffer {
    this.putCli("archive/pulumi");
    const { stdout } = spawnSync("tar", ["-czf", "-", "-C", join(this.dir, "archive"), "pulumi"]);
    return stdout;
  }

  /** @param pause - milliseconds between the eight pieces in which an archive comes. */
  async vendor({ stall = 300, pause = 0 } = {}): Promise<Vendor> {
    const server = createServer((request, response) => {
      const path = request.url ?? "";
      this.requests.push(path);
      const offer = this.offers.get(path);
      if (offer === "silence") return;
      if (offer instanceof Buffer && pause > 0) {
        void sendSlowly(response, offer, pause);
        return;
      }
      if (offer === undefined) response.writeHead(404);
      response.end(offer === "page" ? "<html>not allowed</html>" : offer);
    });
    this.#server = server;
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    return new Vendor(`http://127.0.0.1:${String(port)}`, stall);
  }

  ensure(plugins: string[], vendor: Vendor): Promise<Toolchain> {
    return ensureToolchain({
      plugins,
      env: { PULUMI_HOME: this.home, XDG_CACHE_HOME: join(this.dir, "cache"), PATH: this.path },
      projectDir: this.project,
      modulesDir: this.modules,
      vendor,
      say: (line) => {
        const masked = line
          .replaceAll(this.dir, "DIR")
          .replace(/\d+(\.\d+)? s\b/g, "N s")
          .replace(/about .* …/, "about … …");
        this.lines.push(masked);
      },
    });
  }

  /** What the stand-ins were called for. */
  called(): string[] {
    return readFileSync(this.calls, "utf8").split("\n").filter(Boolean);
  }

  async end(): Promise<void> {
    const server = this.#server;
    if (server !== undefined) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
    rmSync(this.dir, { recursive: true, force: true });
  }
}

async function sendSlowly(response: ServerResponse, content: Buffer, pause: number): Promise<void> {
  const size = Math.ceil(content.length / 8);
  for (let at = 0; at < content.length; at += size) {
    response.write(content.subarray(at, at + size));
    await new Promise((done) => setTimeout(done, pause));
  }
  response.end();
}

/** A vendor that is not there: its port is closed. */
const nobody = (): Vendor => new Vendor("http://127.0.0.1:9", 300);

const cliPath = releasePath({ kind: "cli", name: "pulumi", version: "3.9.0", modules: [] });
const pluginPath = (name: string, version: string): string =>
  releasePath({ kind: "plugin", name, version, modules: [] });

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
afterEach(() => machine.end());

describe("what is there already", () => {
  test("nothing is started, written or said where all is installed", async () => {
    machine.putCli("pulumi-home/versions/3.9.0/bin");
    machine.putPlugin("tls", "5.0.1");
    const bin = join(machine.home, "versions/3.9.0/bin");
    expect(await machine.ensure(["tls"], nobody())).toEqual({
      pulumi: join(bin, "pulumi"),
      env: { PATH: [bin, machine.path].join(delimiter), PULUMI_HOME: machine.home },
      report: [],
    });
    expect(machine.called()).toEqual([]);
    expect(machine.lines).toEqual([]);
    expect(existsSync(machine.cache)).toBe(false);
  });

  test("a CLI on PATH serves in that version, with its language host beside it", async () => {
    machine.putCli("bin");
    const { pulumi } = await machine.ensure([], nobody());
    expect(pulumi).toBe(join(machine.bin, "pulumi"));
    expect(machine.called()).toEqual(["pulumi version"]);
  });

  test("a CLI on PATH of another version does not, and the npm package's script is not started", async () => {
    machine.putCli("other", "3.8.0");
    machine.write("bin/pulumi", machine.cli("3.9.0"), 0o755);
    machine.putGo();
    machine.path = [machine.bin, join(machine.dir, "other"), systemPath].join(delimiter);
    const { pulumi } = await machine.ensure([], nobody());
    expect(pulumi).toBe(join(machine.home, "versions/3.9.0/bin/pulumi"));
    expect(machine.called().slice(0, 2)).toEqual(["pulumi version", "pulumi version"]);
    expect(machine.called().slice(2).sort()).toEqual([
      "build pulumi",
      "build pulumi-language-nodejs",
    ]);
  });

  test("a CLI without its language host, and a plugin that was begun, do not count", async () => {
    machine.write("pulumi-home/versions/3.9.0/bin/pulumi", machine.cli("3.9.0"), 0o755);
    const plugin = machine.putPlugin("tls", "5.0.1");
    machine.write("pulumi-home/plugins/resource-tls-v5.0.1.partial", "");
    machine.putGo();
    await machine.ensure(["tls"], nobody());
    expect(readdirSync(join(machine.home, "versions/3.9.0/bin")).sort()).toEqual([
      "pulumi",
      "pulumi-language-nodejs",
    ]);
    expect(readFileSync(plugin, "utf8")).toBe("pulumi-resource-tls\n");
  });
});

describe("the vendor's downloads", () => {
  test("come before a build: CLI and plugins are installed from them, Go is not needed", async () => {
    machine.offers.set(cliPath, machine.archive());
    machine.offers.set(pluginPath("tls", "5.0.1"), machine.archive());
    const { report } = await machine.ensure(["tls"], await machine.vendor());
    expect(machine.requests).toEqual([cliPath, pluginPath("tls", "5.0.1")]);
    expect(machine.lines).toEqual([
      "toolchain: pulumi 3.9.0: tries the vendor's download …",
      "toolchain: pulumi 3.9.0: downloaded in N s",
      "toolchain: pulumi 3.9.0: installed in DIR/pulumi-home/versions/3.9.0/bin",
      "toolchain: tls 5.0.1: tries the vendor's download …",
      "toolchain: tls 5.0.1: downloaded in N s",
      "toolchain: tls 5.0.1: installed in DIR/pulumi-home/plugins",
    ]);
    expect(report).toHaveLength(6);
    expect(readdirSync(machine.cache)).toEqual([]);
  });

  test("may last as long as they take, as long as something comes", async () => {
    machine.offers.set(cliPath, machine.archive());
    await machine.ensure([], await machine.vendor({ stall: 1500, pause: 300 }));
    expect(machine.lines[1]).toBe("toolchain: pulumi 3.9.0: downloaded in N s");
  });

  test("a part that the vendor does not have is built, the others still come from there", async () => {
    machine.putCli("pulumi-home/versions/3.9.0/bin");
    machine.putGo();
    machine.offers.set(pluginPath("random", "4.0.2"), machine.archive());
    await machine.ensure(["random", "tls"], await machine.vendor());
    expect(machine.requests).toEqual([pluginPath("tls", "5.0.1"), pluginPath("random", "4.0.2")]);
    expect(machine.called().filter((call) => call.startsWith("build"))).toEqual([
      "build pulumi-resource-tls",
    ]);
  });

  test.each(["silence", "page"] as const)(
    "%s instead of an archive: the vendor is not asked again, and all is built",
    async (offer) => {
      machine.putGo();
      machine.offers.set(cliPath, offer);
      await machine.ensure(["tls", "random"], await machine.vendor());
      expect(machine.requests).toEqual([cliPath]);
      expect(machine.lines[1]).toMatch(
        offer === "silence"
          ? /^toolchain: the vendor's downloads cannot be reached \(nothing came for N s\): http/
          : /cannot be reached \(it answered with something else than an archive\): http/,
      );
      expect(readdirSync(join(machine.home, "plugins")).sort()).toEqual([
        "resource-random-v4.0.2",
        "resource-tls-v5.0.1",
      ]);
    },
  );

  test("an archive whose CLI is of another version is not installed", async () => {
    machine.putGo();
    const archive = machine.archive();
    machine.write("checkout/node_modules/pulumi/package.json", '{"version":"3.10.0"}');
    machine.write("modules/pulumi/go.mod", "require github.com/pulumi/pulumi/pkg/v3 v3.10.0\n");
    machine.offers.set(cliPath.replace("3.9.0", "3.10.0"), archive);
    await machine.ensure([], await machine.vendor());
    expect(machine.lines[1]).toBe(
      "toolchain: pulumi 3.10.0: what the vendor offers does not run here",
    );
    expect(machine.called()).toContain("build pulumi");
  });

  test("paths of the archives", () => {
    const cpu = process.arch;
    expect(cliPath).toBe(`/releases/sdk/pulumi-v3.9.0-${process.platform}-${cpu}.tar.gz`);
    expect(pluginPath("tls", "5.0.1")).toBe(
      `/releases/plugins/pulumi-resource-tls-v5.0.1-${process.platform}-${cpu === "x64" ? "amd64" : cpu}.tar.gz`,
    );
  });
});

describe("the build", () => {
  test("is what is left: the modules of later parts are downloaded while the CLI is built", async () => {
    // The CLI's build ends once both downloads have begun, however slow the machine is.
    const downloads = `$(grep -c '^list' ${machine.calls})`;
    machine.putGo({
      build: `n=0; [ $name = pulumi ] && while [ ${downloads} -lt 2 ] && [ $n -lt 200 ]; do sleep 0.05; n=$((n + 1)); done`,
    });
    const { pulumi } = await machine.ensure(["random", "tls"], nobody());
    const besides = machine.called().slice(0, 4);
    expect(besides.filter((call) => call !== "build pulumi")).toEqual([
      "build pulumi-language-nodejs",
      "list .",
      "list .",
    ]);
    expect(besides).toContain("build pulumi");
    expect(machine.called().slice(4)).toEqual([
      "build pulumi-resource-tls",
      expect.stringMatching(
        /^pulumi plugin install resource tls 5\.0\.1 --file .*\/finished\/tls-5\.0\.1-[0-9a-f]{16}\/pulumi-resource-tls --reinstall$/,
      ),
      "build pulumi-resource-random",
      expect.stringMatching(/^pulumi plugin install resource random 4\.0\.2 --file /),
    ]);
    expect(machine.lines).toEqual([
      "toolchain: pulumi 3.9.0: tries the vendor's download …",
      expect.stringMatching(/^toolchain: the vendor's downloads cannot be reached \(.+\): http/),
      "toolchain: pulumi 3.9.0: builds it from Go modules, about … …",
      "toolchain: pulumi 3.9.0: built in N s",
      "toolchain: pulumi 3.9.0: installed in DIR/pulumi-home/versions/3.9.0/bin",
      "toolchain: tls 5.0.1: builds it from Go modules, about … …",
      "toolchain: tls 5.0.1: built in N s",
      "toolchain: tls 5.0.1: installed in DIR/pulumi-home/plugins",
      "toolchain: random 4.0.2: builds it from Go modules, about … …",
      "toolchain: random 4.0.2: built in N s",
      "toolchain: random 4.0.2: installed in DIR/pulumi-home/plugins",
    ]);
    expect(pulumi).toBe(join(machine.home, "versions/3.9.0/bin/pulumi"));
    expect(readdirSync(machine.cache)).toEqual(["finished"]);
  });

  test("is not done again for an emptied PULUMI_HOME, and the vendor is not asked", async () => {
    machine.putGo();
    await machine.ensure(["tls"], nobody());
    rmSync(machine.home, { recursive: true });
    writeFileSync(machine.calls, "");
    const vendor = await machine.vendor();
    await machine.ensure(["tls"], vendor);
    expect(machine.requests).toEqual([]);
    expect(machine.called()).toEqual([expect.stringMatching(/^pulumi plugin install/)]);
  });

  test("is done again when the module changes", async () => {
    machine.putGo();
    await machine.ensure(["tls"], nobody());
    rmSync(machine.home, { recursive: true });
    machine.write("modules/tls/go.sum", "a hash\n");
    writeFileSync(machine.calls, "");
    await machine.ensure(["tls"], nobody());
    expect(machine.called().filter((call) => call.startsWith("build"))).toEqual([
      "build pulumi-resource-tls",
    ]);
  });

  test("a plugin that was built from another module is replaced, and one without a mark stays", async () => {
    machine.putCli("pulumi-home/versions/3.9.0/bin");
    machine.putGo();
    machine.putPlugin("random", "4.0.2");
    await machine.ensure(["tls", "random"], nobody());
    expect((await machine.ensure(["tls", "random"], nobody())).report).toEqual([]);
    for (const folder of ["tls", "random"]) {
      machine.write(`modules/${folder}/main.go`, "package main // changed\n");
    }
    machine.lines.length = 0;
    await machine.ensure(["tls", "random"], nobody());
    expect(machine.lines.at(-1)).toBe("toolchain: tls 5.0.1: installed in DIR/pulumi-home/plugins");
    expect(machine.called().filter((call) => call.startsWith("build"))).toEqual([
      "build pulumi-resource-tls",
      "build pulumi-resource-tls",
    ]);
    expect((await machine.ensure(["tls", "random"], nobody())).report).toEqual([]);
  });

  test("a failure shows the last lines and the command, and leaves nothing that looks finished", async () => {
    machine.putCli("pulumi-home/versions/3.9.0/bin");
    machine.putGo({ build: 'seq 30 >&2; echo half > "$2"; chmod +x "$2"; exit 3' });
    const last = Array.from({ length: 20 }, (_, at) => String(at + 11)).join("\n");
    const error = await failure(machine.ensure(["tls"], nobody()));
    expect(error.replace(/unfinished\/\S+/, "unfinished/…")).toBe(
      `toolchain: the build of pulumi-resource-tls failed with code 3; its last lines:\n${last}\n` +
        `The command was: cd ${machine.modules}/tls && CGO_ENABLED=0 GOWORK=off go build -mod=readonly ` +
        "-buildvcs=false -trimpath -gcflags=all=-dwarf=false -ldflags '-s -w -X main.version=5.0.1' " +
        `-o ${machine.cache}/unfinished/… .`,
    );
    expect(readdirSync(machine.cache)).toEqual([]);
    expect(existsSync(join(machine.home, "plugins"))).toBe(false);
  });

  test("a build that was interrupted says no more than that", async () => {
    machine.putCli("pulumi-home/versions/3.9.0/bin");
    machine.putGo({ build: "kill -TERM $$" });
    expect(await failure(machine.ensure(["tls"], nobody()))).toBe(
      "toolchain: the build of pulumi-resource-tls was interrupted; run the same command again, it goes on from there",
    );
  });

  test.each([
    [
      "missing",
      undefined,
      `toolchain: tls 5.0.1 has to be built, and go is not on PATH; ${install})`,
    ],
    [
      "too old",
      "go1.25.3",
      `toolchain: tls 5.0.1 has to be built, and go1.25.3 is too old; ${install}), or, with Go 1.21 or newer, ` +
        "let it fetch that itself: export GOTOOLCHAIN=auto",
    ],
    [
      "broken",
      "",
      'toolchain: tls 5.0.1 has to be built, and "go version" does not work: go version  linux/amd64; ' +
        `${install})`,
    ],
  ])("Go that is %s is named with the mend", async (_, version, message) => {
    machine.putCli("pulumi-home/versions/3.9.0/bin");
    if (version === undefined) machine.path = machine.bin;
    else machine.putGo({ version });
    expect(await failure(machine.ensure(["tls"], nobody()))).toBe(message);
  });

  test("a provider without a Go module here is left to the user", async () => {
    machine.putCli("pulumi-home/versions/3.9.0/bin");
    expect(await failure(machine.ensure(["aws"], nobody()))).toBe(
      "toolchain: aws 7.0.0 could not be downloaded, and there is no Go module here to build it from; " +
        "install it yourself: pulumi plugin install resource aws 7.0.0",
    );
  });

  test("a CLI is not built in another version than the one that npm pins", async () => {
    machine.putGo();
    machine.write("modules/pulumi/go.mod", "require github.com/pulumi/pulumi/pkg/v3 v3.8.0\n");
    expect(await failure(machine.ensure([], nobody()))).toBe(
      `toolchain: pulumi 3.9.0 is what package.json pins, and ${machine.modules}/pulumi/go.mod pins 3.8.0; ` +
        "pin the same version in both",
    );
    expect(machine.called()).toEqual([]);
  });

  test.each([
    [7, "7 s"],
    [60, "1 min 0 s"],
    [230, "3 min 50 s"],
  ])("%i seconds read as %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe("several at once", () => {
  test("the second one waits, and finds all of it there", async () => {
    machine.putGo({ build: "sleep 0.3" });
    await Promise.all([machine.ensure(["tls"], nobody()), machine.ensure(["tls"], nobody())]);
    expect(
      machine
        .called()
        .filter((call) => call.startsWith("build"))
        .sort(),
    ).toEqual(["build pulumi", "build pulumi-language-nodejs", "build pulumi-resource-tls"]);
    expect(machine.called().filter((call) => call.startsWith("pulumi plugin"))).toHaveLength(1);
    expect(machine.lines).toContain(
      `toolchain: waits for process ${String(process.pid)}, which prepares the same toolchain ` +
        "(if it does not, remove DIR/cache/mq/toolchain/lock)",
    );
  });

  test("a dead process's lock and its unfinished files are swept away", async () => {
    machine.putGo();
    const { pid } = spawnSync("/bin/sh", ["-c", "exit 0"]);
    machine.write("cache/mq/toolchain/lock", String(pid));
    machine.write("cache/mq/toolchain/unfinished/tls-abc/pulumi-resource-tls", "half", 0o755);
    await machine.ensure([], nobody());
    expect(readdirSync(machine.cache)).toEqual(["finished"]);
  });

  test("no two hold the lock, even when many find a dead one's", async () => {
    const dir = join(machine.dir, "locked");
    const { pid } = spawnSync("/bin/sh", ["-c", "exit 0"]);
    machine.write("locked/lock", String(pid));
    let holding = 0;
    const most: number[] = [];
    const hold = (): Promise<void> =>
      withLock(
        dir,
        () => undefined,
        async () => {
          most.push(++holding);
          await new Promise((done) => setTimeout(done, 5));
          holding--;
        },
      );
    await Promise.all(Array.from({ length: 5 }, hold));
    expect(most).toEqual([1, 1, 1, 1, 1]);
    expect(readdirSync(dir)).toEqual([]);
  });

  test("a lock without a process id is nobody's", async () => {
    machine.write("locked/lock", "");
    const dir = join(machine.dir, "locked");
    expect(
      await withLock(
        dir,
        () => undefined,
        () => Promise.resolve("done"),
      ),
    ).toBe("done");
  });

  test("the lock is given back after a failure", async () => {
    const dir = join(machine.dir, "locked");
    const fails = withLock(
      dir,
      () => undefined,
      () => Promise.reject(new Error("no")),
    );
    expect(await failure(fails)).toBe("no");
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe("versions", () => {
  test("are those of the npm packages; each part once, in the order of the build", () => {
    const parts = pluginParts(machine.project, ["random", "aws", "tls", "random"]);
    expect(parts.map(({ name, version }) => `${name} ${version}`)).toEqual([
      "tls 5.0.1",
      "random 4.0.2",
      "aws 7.0.0",
    ]);
  });

  test("a package that is not installed is named with the mend", async () => {
    expect(await failure(machine.ensure(["kubernetes"], nobody()))).toBe(
      "toolchain: the npm package @pulumi/kubernetes is not installed, and its version is the one to have; " +
        "put it into package.json and run npm ci",
    );
  });

  test("this checkout: the CLI's module pins the version of the npm package; each module is three files", () => {
    const checkout = join(__dirname, "../..");
    const go = join(checkout, "tools/toolchain/go");
    const cli = cliPart(checkout);
    expect(readFileSync(join(go, "pulumi/go.mod"), "utf8")).toContain(
      `require github.com/pulumi/pulumi/pkg/v3 v${cli.version}\n`,
    );
    const plugins = pluginParts(checkout, ["kubernetes", "tls", "rabbitmq", "random"]);
    const folders = [cli, ...plugins].flatMap(({ modules }) => modules.map(({ folder }) => folder));
    expect(readdirSync(go).sort()).toEqual(folders.sort());
    for (const folder of folders) {
      expect(readdirSync(join(go, folder)).sort()).toEqual(["go.mod", "go.sum", "main.go"]);
    }
  });
});

/** The message of what a promise fails with. */
async function failure(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  return error instanceof Error ? error.message : String(error);
}
