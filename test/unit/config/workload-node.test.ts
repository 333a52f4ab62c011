import { chmodSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { workloadNode } from "../../../components/config/workload-node";

const own = process.execPath;
let folder = "";
let hidden = "";

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "mq-node-")));
  hidden = join(folder, "node");
  writeFileSync(hidden, "", { mode: 0o755 });
});
afterEach(() => {
  process.execPath = own;
  rmSync(folder, { recursive: true });
});

test("the Node.js that runs up, where everybody may run it", () => {
  chmodSync(folder, 0o755);
  process.execPath = hidden;
  expect(workloadNode(true)).toBe(hidden);
});

test("the distribution's, where only root may look into the folder of the one that runs up", () => {
  chmodSync(folder, 0o700);
  process.execPath = hidden;
  expect(workloadNode(true)).toBe(existsSync("/usr/bin/node") ? "/usr/bin/node" : hidden);
});

test("without root the workloads run as the same user: the Node.js that runs up", () => {
  chmodSync(folder, 0o700);
  process.execPath = hidden;
  expect(workloadNode(false)).toBe(hidden);
});
