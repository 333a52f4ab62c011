import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clusterProcesses, startDaemon, waitUntil } from "../../../tools/cluster/daemon";
import { removeCluster } from "../../../tools/cluster/remove";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mq-daemon-"));
});
afterEach(() => removeCluster(folder, { mode: "control", pid: process.pid, phase: "starting" }));

const never = (): Promise<boolean> => Promise.resolve(false);

test("a daemon that ends is named, with the last lines of its log", async () => {
  const daemon = startDaemon(folder, "etcd", ["sh", "-c", "seq 1 9 >&2; exit 3"]);
  await expect(waitUntil("it is ready", [daemon], never)).rejects.toThrow(
    new Error(
      "cluster: etcd ended before it is ready; the last lines of its log:\n2\n3\n4\n5\n6\n7\n8\n9",
    ),
  );
});

test("a daemon whose program is not there is named", async () => {
  const daemon = startDaemon(folder, "etcd", ["/nonexistent/etcd"]);
  await expect(waitUntil("it is ready", [daemon], never)).rejects.toThrow(
    "cluster: etcd ended before it is ready;",
  );
});

test("what does not come in time is named", async () => {
  const daemon = startDaemon(folder, "kubelet", ["sleep", "600"]);
  await expect(waitUntil("the node is ready", [daemon], never, 0)).rejects.toThrow(
    "cluster: not there after 0 s: the node is ready; the last lines of its log:",
  );
});

test("what a daemon has started is ended with it", async () => {
  const command = "sleep 600 & setsid sleep 601 & echo started; exec sleep 602";
  const daemon = startDaemon(folder, "parent", ["sh", "-c", command]);
  const three = (): Promise<boolean> => Promise.resolve(clusterProcesses(folder).length === 3);
  await waitUntil("all are there", [daemon], three);
  await removeCluster(folder, { mode: "control", pid: process.pid, phase: "up" });
  expect(clusterProcesses(folder)).toStrictEqual([]);
});
