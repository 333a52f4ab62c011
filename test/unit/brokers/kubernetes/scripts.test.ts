import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stopScript } from "../../../../components/brokers/rabbitmq/kubernetes/scripts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mq-scripts-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A command that notes its call and then does `body`, where `$n` is how often it was called. */
function command(name: string, body: string): void {
  const calls = join(folder, `${name}.calls`);
  writeFileSync(
    join(folder, name),
    `#!/bin/sh
echo "${name} $*" >> ${join(folder, "calls")}
echo >> ${calls}
n=$(wc -l < ${calls})
${body}
`,
  );
  chmodSync(join(folder, name), 0o755);
}

/** The calls that a stop script makes, in order, without those that look up names. */
function stop(replicas: number): string[] {
  execFileSync("/bin/sh", ["-c", stopScript({ replicas })], {
    env: { PATH: `${folder}:/usr/bin:/bin`, POD_NAMESPACE: "mq-prod" },
    timeout: 30_000,
    stdio: "ignore",
  });
  return readFileSync(join(folder, "calls"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("getent"));
}

const check = "rabbitmq-diagnostics --quiet check_running";
const await_ = "rabbitmq-upgrade --timeout 10 await_online_quorum_plus_one";
const drain = "rabbitmq-upgrade --timeout 60 drain";

describe("before a node stops", () => {
  beforeEach(() => {
    command("getent", "exit 0");
    command("sleep", "exit 0");
    command("rabbitmq-diagnostics", "exit 0");
    command("rabbitmq-upgrade", "exit 0");
  });

  test("a node that the others can do without hands over and stops", () => {
    expect(stop(3)).toStrictEqual([check, await_, drain]);
  });

  test("it waits until the others can do without it", () => {
    command("rabbitmq-upgrade", '[ "$n" -ge 3 ]');
    expect(stop(3)).toStrictEqual([
      ...[check, await_, "sleep 5"],
      ...[check, await_, "sleep 5"],
      ...[check, await_],
      drain,
    ]);
  });

  test("a node that does not run is not waited for", () => {
    command("rabbitmq-diagnostics", "exit 1");
    command("rabbitmq-upgrade", "exit 1");
    expect(stop(3)).toStrictEqual([check, drain]);
  });

  test("X7: where the client Service is gone, the stack goes, and nothing is waited for", () => {
    command("getent", '[ "$2" != rabbitmq.mq-prod.svc ]');
    command("rabbitmq-upgrade", "exit 1");
    expect(stop(3)).toStrictEqual([]);
  });

  test("X7: it notices that while it waits", () => {
    // One look at each round, of two names where the first is not there.
    command("getent", '[ "$n" -le 2 ] || [ "$2" != rabbitmq.mq-prod.svc ]');
    command("rabbitmq-upgrade", "exit 1");
    expect(stop(3)).toStrictEqual([check, await_, "sleep 5", check, await_, "sleep 5"]);
  });

  test("a DNS that does not answer is not a stack that goes", () => {
    command("getent", "exit 2");
    expect(stop(3)).toStrictEqual([check, await_, drain]);
  });

  test("a node that is alone hands nothing over to anybody, and waits for nobody", () => {
    command("rabbitmq-upgrade", "exit 1");
    expect(stop(1)).toStrictEqual([drain]);
  });
});
