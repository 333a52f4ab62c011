import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs";
import { createServer } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SupervisorState } from "../../../workloads/supervisor/spec";
import { eventually } from "../../support/eventually";
import { HostProject, type HostResource } from "./host-project";

const isRoot = process.getuid?.() === 0;
const hasSystemd = fs.existsSync("/run/systemd/system");
const apt = fs.existsSync("/usr/bin/apt-get");

/** Small, without dependencies, and on no machine that was not asked for it. */
const tinyPackage = "hello";
const testUser = "mq-live-test";

let project: HostProject;

beforeEach(() => {
  project = new HostProject();
});

afterEach(async () => {
  await project.dispose();
});

const directory = (more: object = {}): HostResource => ({
  kind: "HostDirectory",
  args: { path: project.path("etc"), mode: "0750", ...more },
});

const file = (name: string, content: unknown, more: object = {}): HostResource => ({
  kind: "HostFile",
  args: { path: project.path("etc", name), content, ...more },
  dependsOn: ["directory"],
});

/** A web server that says on its port what the file said when it started, and counts its starts in the log. */
const service = (port: number, more: object = {}): HostResource => ({
  kind: "HostService",
  args: {
    name: "web",
    command: [
      process.execPath,
      "-e",
      `const says = require("fs").readFileSync(process.argv[1], "utf8");
       console.log("start");`.replaceAll("\n", " ") +
        `require("http").createServer((_, response) => response.end(says)).listen(${String(port)}, "127.0.0.1");`,
      project.path("etc/open"),
    ],
    stateDirectory: project.path("services"),
    ports: { web: port },
    ready: { http: `http://127.0.0.1:${String(port)}/` },
    readyTimeoutSeconds: 60,
    stopTimeoutSeconds: 5,
    ...more,
  },
  dependsOn: ["open"],
});

const unchanged = () => project.expect(0, "preview", "--expect-no-changes");
const up = () => project.expect(0, "up", "--yes");
const refresh = () => project.expect(0, "refresh", "--yes");

const read = (...steps: string[]): string => fs.readFileSync(project.path(...steps), "utf8");
const mode = (...steps: string[]): string =>
  (fs.statSync(project.path(...steps)).mode & 0o7777).toString(8);
const supervisor = (): SupervisorState => JSON.parse(read("services/web.pid")) as SupervisorState;
const says = async (port: number): Promise<string> =>
  (await fetch(`http://127.0.0.1:${String(port)}/`)).text();

/** A port that is free, and that no outgoing connection or server without a port of its own is given meanwhile. */
async function quietPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + randomInt(10_000); // below the kernel's range, which begins at 32768
    const server = createServer().listen(port, "127.0.0.1");
    const [problem] = (await Promise.race([once(server, "listening"), once(server, "error")])) as [
      Error | undefined,
    ];
    server.close();
    if (problem === undefined) return port;
  }
}

/** Whether there is such a process, zombies not counted. */
function lives(pid: number | undefined): boolean {
  const stat = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout;
  return stat.trim() !== "" && !stat.startsWith("Z");
}

test("X3, X5, X7: up, nothing to do on the second, secrets encrypted, destroy leaves nothing", async () => {
  project.define({
    directory: directory(),
    open: file("open", "a=1\n"),
    password: file("password", { secret: "Sesam-öffne-dich" }, { mode: "0400" }),
  });
  await up();
  expect(read("etc/password")).toBe("Sesam-öffne-dich");
  expect([mode("etc"), mode("etc/open"), mode("etc/password")]).toEqual(["750", "644", "400"]);
  expect(await unchanged()).toContain("4 unchanged");
  const exported = await project.expect(0, "stack", "export");
  expect(exported).not.toContain("Sesam");
  expect(exported.match(/"ciphertext"/g)).toHaveLength(2); // the content, and its hash
  await project.expect(0, "destroy", "--yes");
  expect(fs.existsSync(project.path())).toBe(false);
});

test("drift of files and directories is seen by refresh and mended by up", async () => {
  project.define({
    directory: directory(),
    open: file("open", "a=1\n"),
    password: file("password", { secret: "Sesam" }, { mode: "0400" }),
    gone: file("gone", "b\n"),
    other: { kind: "HostDirectory", args: { path: project.path("other") } },
  });
  await up();
  const before = await project.state();
  const spoil: (() => void)[] = [
    () => {
      fs.appendFileSync(project.path("etc/open"), "a=2\n");
    },
    () => {
      fs.writeFileSync(project.path("etc/password"), "other");
    },
    () => {
      fs.rmSync(project.path("etc/gone"));
    },
    () => {
      fs.chmodSync(project.path("etc"), 0o777);
    },
    () => {
      fs.rmdirSync(project.path("other"));
    },
  ];
  for (const each of spoil) each();
  await refresh();
  const preview = await project.expect(7, "preview", "--expect-no-changes");
  expect(preview).toContain("1 to create");
  expect(preview).toContain("4 to update");
  expect(preview).toContain("changed on the host: content");
  expect(preview).toContain("changed on the host: mode");
  await up();
  expect([read("etc/open"), read("etc/password"), read("etc/gone")]).toEqual([
    "a=1\n",
    "Sesam",
    "b\n",
  ]);
  expect([mode("etc"), mode("etc/password"), mode("other")]).toEqual(["750", "400", "755"]);
  const after = await project.state();
  for (const state of [before, after]) delete state["password"]; // encrypted anew
  expect(after).toEqual(before);
  await unchanged();
});

test.skipIf(hasSystemd)(
  "a service: started, restarted once by a change, after a crash, after its supervisor was killed, removed",
  async () => {
    const port = await quietPort();
    const define = (content: string) => {
      project.define({
        directory: directory(),
        open: file("open", content),
        web: service(port, { restartOn: content }),
      });
    };
    const starts = () => read("services/web.log").split("start\n").length - 1;
    define("one");
    await up();
    expect(await says(port)).toBe("one");
    await unchanged();
    const first = supervisor();

    define("two");
    await up();
    expect(await says(port)).toBe("two");
    expect(starts()).toBe(2);
    expect(lives(first.child?.pid)).toBe(false);
    await unchanged();

    const second = supervisor();
    process.kill(second.child?.pid ?? 0, "SIGKILL");
    await eventually(() => starts() === 3);
    expect(supervisor().supervisor).toEqual(second.supervisor);
    await eventually(() => says(port).catch(() => false));

    const third = supervisor();
    process.kill(third.supervisor.pid, "SIGKILL");
    await eventually(() => !lives(third.supervisor.pid));
    expect(await says(port)).toBe("two"); // it goes on, but nobody looks after it
    await refresh();
    expect((await project.state())["web"]?.["running"]).toBe(false);
    expect(await project.expect(7, "preview", "--expect-no-changes")).toContain(
      "changed on the host: running",
    );
    await up();
    const fourth = supervisor();
    expect(starts()).toBe(4);
    expect(lives(third.child?.pid)).toBe(false);
    expect(lives(fourth.child?.pid)).toBe(true);
    await unchanged();

    await project.expect(0, "destroy", "--yes");
    expect([fourth.supervisor.pid, fourth.child?.pid].filter((pid) => lives(pid))).toEqual([]);
    expect(fs.existsSync(project.path())).toBe(false);
  },
);

test("a port that is taken is refused before anything is created", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  project.define({ directory: directory(), open: file("open", ""), web: service(port) });
  const refused = `ports.web: the web port ${String(port)} is taken by process ${String(process.pid)} `;
  expect(await project.expect(1, "preview")).toContain(refused);
  expect(await project.expect(1, "up", "--yes")).toContain(refused);
  expect(fs.existsSync(project.path())).toBe(false);
  server.close();
});

test("a directory that cannot be made is refused before anything is created", async () => {
  project.define({
    directory: directory(),
    inside: {
      kind: "HostDirectory",
      args: { path: `${project.folder}/index.js/data` },
      dependsOn: ["directory"],
    },
  });
  expect(await project.expect(1, "up", "--yes")).toContain(
    `path: ${project.folder}/index.js/data cannot be made because ${project.folder}/index.js is not a directory;`,
  );
  expect(fs.existsSync(project.path())).toBe(false);
});

test.skipIf(hasSystemd)(
  "a service that does not become ready ends with its log, and is gone",
  async () => {
    const port = await quietPort();
    const command = ["/bin/sh", "-c", "echo no such vhost; exit 1"];
    project.define({
      directory: directory(),
      open: file("open", ""),
      web: service(port, { command }),
    });
    const failed = await project.expect(1, "up", "--yes");
    expect(failed).toContain("web ended 3 times instead of becoming ready");
    expect(failed).toContain("no such vhost");
    expect(fs.existsSync(project.path("services"))).toBe(false);
    expect(Object.keys(await project.state()).sort()).toEqual(["directory", "open"]);
  },
);

test.skipIf(hasSystemd)(
  "an interrupt while a service starts leaves nothing half-done",
  async () => {
    const port = await quietPort();
    project.define({
      directory: directory(),
      open: file("open", ""),
      web: service(port, { command: ["/bin/sleep", "1000"] }),
    });
    const running = project.pulumi("up", "--yes", "--skip-preview");
    const { child } = await eventually(() => {
      return fs.existsSync(project.path("services/web.pid")) && supervisor();
    });
    const engine = await eventually(() => engineOf(project.folder));
    process.kill(engine, "SIGINT");
    const { code, stdout, stderr } = await running;
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("web: interrupted while waiting until it is ready");
    expect(lives(child?.pid)).toBe(false);
    expect(fs.existsSync(project.path("services"))).toBe(false);
    await project.expect(0, "preview");
  },
);

/** The engine that runs in the folder. */
function engineOf(folder: string): number | undefined {
  return fs
    .readdirSync("/proc")
    .map(Number)
    .find((pid) => {
      try {
        const [program = "", command] = fs
          .readFileSync(`/proc/${String(pid)}/cmdline`, "utf8")
          .split("\0");
        return (
          /\/pulumi$/.test(program) &&
          command === "up" &&
          fs.readlinkSync(`/proc/${String(pid)}/cwd`) === folder
        );
      } catch {
        return false;
      }
    });
}

test.skipIf(!isRoot)(
  "K28: a system user is made, found missing, made again, removed (needs root)",
  async () => {
    project.define({ user: { kind: "HostUser", args: { name: testUser } } });
    await up();
    const entry = () =>
      spawnSync("getent", ["passwd", testUser], { encoding: "utf8" }).stdout.trim();
    expect(entry()).toMatch(/^mq-live-test:x:\d+:\d+::\/nonexistent:\/usr\/sbin\/nologin$/);
    await unchanged();
    spawnSync("userdel", [testUser]);
    await refresh();
    expect(await project.expect(7, "preview", "--expect-no-changes")).toContain("1 to create");
    await up();
    expect(entry()).not.toBe("");
    await project.expect(0, "destroy", "--yes");
    expect(entry()).toBe("");
  },
);

test.skipIf(!isRoot)("an account that was there stays (needs root)", async () => {
  project.define({ user: { kind: "HostUser", args: { name: "nobody", home: "/elsewhere" } } });
  await up();
  await unchanged();
  await project.expect(0, "destroy", "--yes");
  expect(spawnSync("getent", ["passwd", "nobody"], { encoding: "utf8" }).stdout).toContain(
    ":/nonexistent:",
  );
});

test.skipIf(!isRoot || !apt)(
  "O3: a package is installed, said so first, and removed (needs root and apt)",
  async () => {
    project.define({
      hello: { kind: "HostPackage", args: { name: tinyPackage, startServices: false } },
      there: { kind: "HostPackage", args: { name: "dpkg" } },
    });
    const policy = () =>
      fs.existsSync("/usr/sbin/policy-rc.d") && fs.readFileSync("/usr/sbin/policy-rc.d", "utf8");
    const policyBefore = policy();
    expect(await up()).toContain(`installing the package ${tinyPackage}: apt-get `);
    expect(fs.existsSync("/usr/bin/hello")).toBe(true);
    expect(policy()).toBe(policyBefore);
    await unchanged();
    const { hello, there } = await project.state();
    expect([hello?.["added"], there?.["added"]]).toEqual([[tinyPackage], []]);

    spawnSync("apt-get", ["remove", "-y", tinyPackage], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    await refresh();
    expect(await project.expect(7, "preview", "--expect-no-changes")).toContain("1 to create");
    await up();
    expect(fs.existsSync("/usr/bin/hello")).toBe(true);

    await project.expect(0, "destroy", "--yes");
    expect(fs.existsSync("/usr/bin/hello")).toBe(false);
    expect(fs.existsSync("/usr/bin/dpkg")).toBe(true);
  },
);
