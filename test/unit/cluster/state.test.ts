import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { clusterDown, clusterUp, currentCluster } from "../../../tools/cluster/cluster";
import { clusterProcesses, startDaemon } from "../../../tools/cluster/daemon";
import { runFolder } from "../../../tools/cluster/paths";
import { claimState, readState, writeState, type ClusterState } from "../../../tools/cluster/state";

let home = "";

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "mq-cluster-"));
  vi.stubEnv("XDG_STATE_HOME", home);
  vi.stubEnv("MQ_TEST_KUBECONFIG", undefined);
  vi.stubEnv("MQ_TEST_CONTEXT", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const begun: ClusterState = { mode: "control", pid: process.pid, phase: "starting" };
/** A process that is there for as long as the tests, and is not this one. */
const another = process.ppid;

describe("without a cluster", () => {
  test("there is none, and nothing to end", async () => {
    expect(currentCluster()).toBeUndefined();
    expect(await clusterDown()).toBe(false);
  });
});

describe("a cluster that another process begins", () => {
  const message = `process ${String(another)} brings the cluster up just now; wait until it is done, or end it`;

  beforeEach(() => {
    claimState(runFolder(), { ...begun, pid: another });
  });

  test("is not there yet", () => {
    expect(currentCluster()).toBeUndefined();
  });

  test("cannot be begun a second time", async () => {
    await expect(clusterUp({ mode: "control" })).rejects.toThrow(new Error(message));
    expect(() => {
      claimState(runFolder(), begun);
    }).toThrow("another process brings a cluster up just now; wait until it is done");
  });

  test("cannot be ended", async () => {
    await expect(clusterDown()).rejects.toThrow(new Error(message));
    expect(readState(runFolder())?.pid).toBe(another);
  });
});

describe("a cluster of which something runs", () => {
  beforeEach(() => {
    claimState(runFolder(), begun);
    writeState(runFolder(), { ...begun, phase: "up", binFolder: "/bin-of-it" });
    startDaemon(runFolder(), "sleeper", ["sleep", "600"]);
  });
  afterEach(clusterDown);

  test("is the current one", () => {
    expect(currentCluster()).toStrictEqual({
      kubeconfig: join(home, "mq/cluster/pki/admin.kubeconfig"),
      context: "mq-test",
      mode: "control",
      kubectl: "/bin-of-it/kubectl",
    });
  });

  test("is what a second up gives, and another mode is refused", async () => {
    expect(await clusterUp()).toStrictEqual(currentCluster());
    await expect(clusterUp({ mode: "fake" })).rejects.toThrow(
      new Error(
        "cluster: one of mode control is up, and mode fake is asked for; run npm run cluster:down first",
      ),
    );
  });

  test("is ended with its processes and its folder, whoever ends it, once", async () => {
    expect(clusterProcesses(runFolder())).toHaveLength(1);
    expect(await clusterDown()).toBe(true);
    expect(clusterProcesses(runFolder())).toStrictEqual([]);
    expect(readState(runFolder())).toBeUndefined();
    expect(await clusterDown()).toBe(false);
  });
});

test("a cluster whose processes are gone is none, and its folder is removed", async () => {
  claimState(runFolder(), { ...begun, phase: "up" });
  expect(currentCluster()).toBeUndefined();
  expect(await clusterDown()).toBe(true);
  expect(readState(runFolder())).toBeUndefined();
});

test("a node cannot be where it does not see its own files", async () => {
  vi.stubEnv("XDG_STATE_HOME", "/run/mq-unit-test");
  await expect(clusterUp({ mode: "node" })).rejects.toThrow(
    new Error(
      "cluster: mode node is not possible here: /run/mq-unit-test/mq/cluster is below one of /run, /var/lib, /var/log, " +
        "which a node has of its own; set XDG_STATE_HOME to another place; mend that, or take mode fake",
    ),
  );
});

test("a state that cannot be read is named, with the mend", () => {
  mkdirSync(runFolder(), { recursive: true });
  const file = join(runFolder(), "state.json");
  writeFileSync(file, "{");
  expect(() => readState(runFolder())).toThrow(
    new RegExp(`^${file} cannot be read \\(.*\\); remove it, then run npm run cluster:down$`),
  );
});

describe("a cluster that is given", () => {
  test("is used as it is", async () => {
    const kubeconfig = join(home, "config");
    writeFileSync(kubeconfig, "");
    vi.stubEnv("MQ_TEST_KUBECONFIG", kubeconfig);
    vi.stubEnv("MQ_TEST_CONTEXT", "kind-mq");
    const given = { kubeconfig, context: "kind-mq", mode: "given", kubectl: "kubectl" };
    expect(currentCluster()).toStrictEqual(given);
    expect(await clusterUp({ mode: "node" })).toStrictEqual(given);
  });

  test.each([[{ MQ_TEST_CONTEXT: "kind-mq" }], [{ MQ_TEST_KUBECONFIG: "/etc/hostname" }]] as Record<
    string,
    string
  >[][])("is named by two variables, not by %j", (variables = {}) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    expect(() => currentCluster()).toThrow(
      "MQ_TEST_KUBECONFIG and MQ_TEST_CONTEXT name a cluster together; set both, or none",
    );
  });

  test("has a kubeconfig that is there", () => {
    vi.stubEnv("MQ_TEST_KUBECONFIG", join(home, "none"));
    vi.stubEnv("MQ_TEST_CONTEXT", "kind-mq");
    expect(() => currentCluster()).toThrow(
      `MQ_TEST_KUBECONFIG: no such file: ${join(home, "none")}; name a kubeconfig`,
    );
  });
});
