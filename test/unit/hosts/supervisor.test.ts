import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type {
  ServiceSpec,
  ServiceStatus,
  SupervisorState,
} from "../../../workloads/supervisor/spec";
import { eventually } from "../../support/eventually";

let program: string;
let folder: string;
let mark: string;

beforeAll(() => {
  program = join(fs.mkdtempSync(join(tmpdir(), "mq-supervisor-")), "supervisor.js");
  buildSync({
    entryPoints: [join(__dirname, "../../../workloads/supervisor/main.ts")],
    outfile: program,
    bundle: true,
    platform: "node",
    target: "node18",
    format: "cjs",
  });
});

afterAll(() => {
  fs.rmSync(join(program, ".."), { recursive: true });
});

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "mq-service-"));
  mark = join(folder, "it");
});

afterEach(() => {
  supervisor("stop");
  fs.rmSync(folder, { recursive: true });
});

function supervisor(command: string, env: Record<string, string> = {}) {
  const options = { encoding: "utf8", env: { ...process.env, ...env } } as const;
  return spawnSync(process.execPath, [program, command, mark], options);
}

function start(script: string, more: Partial<ServiceSpec> = {}): SupervisorState {
  define(script, more);
  const { status, stderr } = supervisor("start", { SESAM: "inherited" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return state();
}

function define(script: string, more: Partial<ServiceSpec> = {}): void {
  const spec: ServiceSpec = {
    name: "it",
    command: ["/bin/sh", "-c", script],
    environment: {},
    workingDirectory: "/",
    stopTimeoutSeconds: 5,
    ...more,
  };
  fs.writeFileSync(`${mark}.json`, JSON.stringify(spec));
}

const state = (): SupervisorState =>
  JSON.parse(fs.readFileSync(`${mark}.pid`, "utf8")) as SupervisorState;
const status = (): ServiceStatus => JSON.parse(supervisor("status").stdout) as ServiceStatus;
const log = (): string => fs.readFileSync(`${mark}.log`, "utf8");
const lines = (text: string): number => log().split(`${text}\n`).length - 1;

/** Whether there is such a process, zombies not counted. */
function lives(pid: number | undefined): boolean {
  const stat = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout;
  return stat.trim() !== "" && !stat.startsWith("Z");
}

test("a service runs in a session of its own, and stop leaves nothing", async () => {
  const { supervisor: parent, child } = start("echo up; sleep 1000 & sleep 1001; :");
  expect(status()).toMatchObject({ running: true, restarts: 0 });
  await eventually(() => lines("up") === 1);
  const sessions = [parent.pid, child?.pid].map((pid) =>
    spawnSync("ps", ["-o", "sid=,tty=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim(),
  );
  expect(sessions).toEqual([
    expect.stringMatching(new RegExp(`^${String(parent.pid)} +\\?$`)),
    expect.stringMatching(new RegExp(`^${String(child?.pid)} +\\?$`)),
  ]);
  await eventually(() => processes().length === 3);
  const pids = processes();
  expect(supervisor("stop").status).toBe(0);
  expect(pids.filter(lives)).toEqual([]);
  expect(lives(parent.pid)).toBe(false);
  expect(fs.existsSync(`${mark}.pid`)).toBe(false);
  expect(status()).toEqual({ running: false, restarts: 0, specSha256: "" });
});

/** The service's processes, by the mark in their environment. */
function processes(): number[] {
  return fs.readdirSync("/proc").flatMap((name) => {
    try {
      const environment = fs.readFileSync(`/proc/${name}/environ`, "utf8").split("\0");
      return environment.includes(`MQ_SERVICE=${mark}`) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

test("X5: a service gets a minimal environment and its own variables, nothing inherited", async () => {
  start("env | sort; echo end; sleep 1000", { environment: { B: "x y", A: "1" } });
  await eventually(() => lines("end") === 1);
  const names = log()
    .split("\n")
    .flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
  expect(names).toEqual(["A", "B", "HOME", "LANG", "MQ_SERVICE", "PATH", "PWD"]);
  expect(log()).toContain("B=x y\n");
});

test("a service that ends is started again, later each time, and the log says so", async () => {
  start("echo up; exit 3");
  await eventually(() => lines("up") === 3);
  expect(log()).toContain("supervisor: it ended with status 3; it is started again in 1 s");
  expect(log()).toContain("supervisor: it ended with status 3; it is started again in 2 s");
  expect(status().restarts).toBeGreaterThanOrEqual(2);
});

test("a program that is not there is tried again, not fatal", async () => {
  define("");
  start("", { command: [join(folder, "late")] });
  await eventually(() => log().includes("could not be started"));
  fs.writeFileSync(join(folder, "late"), "#!/bin/sh\necho up\nexec sleep 1000\n", { mode: 0o755 });
  await eventually(() => lines("up") === 1);
  await eventually(() => status().running);
});

test("what ignores SIGTERM is killed after the timeout", () => {
  const { child } = start("trap '' TERM; while :; do sleep 1; done", { stopTimeoutSeconds: 1 });
  expect(supervisor("stop").status).toBe(0);
  expect(lives(child?.pid)).toBe(false);
});

test("a service may end in good order", async () => {
  start("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.1; done");
  await eventually(() => lines("up") === 1);
  supervisor("stop");
  expect(lines("bye")).toBe(1);
});

test("what left the process group is ended too", async () => {
  start("setsid sleep 1000 & echo up; sleep 1001; :");
  await eventually(() => lines("up") === 1 && processes().length === 3);
  const pids = processes();
  supervisor("stop");
  expect(pids.filter(lives)).toEqual([]);
});

test("what a service left when it crashed is ended before it starts again", async () => {
  start('setsid sleep 1000 & echo "left $!"; echo up; sleep 0.2; exit 1');
  await eventually(() => lines("up") === 2);
  expect(lives(Number(/left (\d+)/.exec(log())?.[1]))).toBe(false);
});

test("a supervisor that was killed is noticed, and the next start ends what it left", async () => {
  const before = start("echo up; sleep 1000");
  await eventually(() => lines("up") === 1);
  process.kill(before.supervisor.pid, "SIGKILL");
  await eventually(() => !lives(before.supervisor.pid));
  expect(lives(before.child?.pid)).toBe(true);
  expect(status()).toEqual({ running: false, restarts: 0, specSha256: "" });
  const after = start("echo up; sleep 1000");
  expect(lives(before.child?.pid)).toBe(false);
  expect(lives(after.child?.pid)).toBe(true);
  expect(status().running).toBe(true);
});

test("start ends the running one first: never two of them", async () => {
  const before = start("echo up; sleep 1000; :");
  const after = start("echo up; sleep 1000; :");
  await eventually(() => lines("up") === 2);
  expect([before.supervisor.pid, before.child?.pid].filter((pid) => lives(pid))).toEqual([]);
  await eventually(() => processes().length === 2);
  expect(after.supervisor.pid).not.toBe(before.supervisor.pid);
});

test("a process that has the number of an old one is left alone", () => {
  const { supervisor: parent, child } = start("sleep 1000");
  supervisor("stop");
  const startTime = "1";
  const reused = { pid: process.pid, startTime };
  const stale: SupervisorState = { supervisor: reused, child: reused, restarts: 0, specSha256: "" };
  fs.writeFileSync(`${mark}.pid`, JSON.stringify(stale));
  expect(status().running).toBe(false);
  expect(supervisor("stop").status).toBe(0); // this process is still here to say so
  expect([parent.pid, child?.pid].filter((pid) => lives(pid))).toEqual([]);
});

test("the log is for its owner, and moved aside when it is full", async () => {
  start("head -c 12000000 /dev/zero; echo; echo up; sleep 2; echo more; sleep 1000");
  await eventually(() => fs.existsSync(`${mark}.log.1`));
  await eventually(() => log().includes("more\n"));
  expect(fs.statSync(`${mark}.log`).mode & 0o777).toBe(0o600);
  expect(fs.statSync(`${mark}.log.1`).mode & 0o777).toBe(0o600);
  expect(fs.statSync(`${mark}.log`).size).toBeLessThan(1000);
});

test.skipIf(process.getuid?.() !== 0)(
  "a service runs as its user without the supervisor's groups (needs root)",
  async () => {
    start("id -u; id -G; echo $HOME $USER; echo end; sleep 1000", { user: "nobody" });
    await eventually(() => lines("end") === 1);
    expect(log()).toBe("65534\n65534\n/nonexistent nobody\nend\n");
  },
);

test("wrong usage says how", () => {
  const { status: code, stderr } = spawnSync(process.execPath, [program], { encoding: "utf8" });
  expect(code).toBe(1);
  expect(stderr).toContain("usage: node supervisor.js start|stop|status|run MARK");
});
