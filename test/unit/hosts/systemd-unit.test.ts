import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ServiceDefinition } from "../../../components/platforms/hosts/provider/service-manager";
import { renderUnit, unprintable } from "../../../components/platforms/hosts/provider/systemd-unit";

const service: ServiceDefinition = {
  name: "mq-collector",
  description: "100% of kermit.log",
  command: [
    "/usr/bin/node",
    "a b",
    "$HOME",
    "50%",
    'say "hi"',
    "back\\slash",
    "tab\there",
    ";",
    "",
  ],
  environment: { B: "x y", A: '%h $B "q" \\' },
  user: "nobody",
  workingDirectory: "/var/lib/mq 1",
  stateDirectory: "/unused",
  stopTimeoutSeconds: 30,
};

test("a unit is rendered in full", () => {
  expect(renderUnit(service)).toBe(`# Made by mq's hosts provider; changes are overwritten.
[Unit]
Description=100%% of kermit.log
After=network.target
StartLimitIntervalSec=0

[Service]
Type=simple
ExecStart="/usr/bin/node" "a b" "$$HOME" "50%%" "say \\"hi\\"" "back\\\\slash" "tab\\there" ";" ""
Environment="A=%%h $B \\"q\\" \\\\"
Environment="B=x y"
User=nobody
WorkingDirectory=/var/lib/mq 1
Restart=always
RestartSec=1
SuccessExitStatus=143
TimeoutStopSec=30

[Install]
WantedBy=multi-user.target
`);
});

test("no user is named when none is given", () => {
  const anyone = { ...service };
  delete anyone.user;
  expect(renderUnit(anyone)).not.toContain("User=");
});

const text = fc.string({ unit: "binary" }).filter((value) => !unprintable.test(value));

test("arguments and variables come out of the unit as they went in", () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), text, (args, value) => {
      const unit = renderUnit({
        ...service,
        command: ["/bin/x", ...args],
        environment: { V: value },
      });
      const line = (key: string): string => new RegExp(`^${key}=(.*)$`, "mu").exec(unit)?.[1] ?? "";
      expect(words(line("ExecStart")).map((word) => expand(word).replaceAll("$$", "$"))).toEqual([
        "/bin/x",
        ...args,
      ]);
      expect(words(line("Environment")).map(expand)).toEqual([`V=${value}`]);
    }),
  );
});

/** Words as systemd.syntax(7) splits them: double quotes, C escapes. */
function words(line: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < line.length; at += 1) {
    expect(line[at]).toBe('"');
    let word = "";
    for (at += 1; line[at] !== '"'; at += 1) {
      if (line[at] === "\\") {
        at += 1;
        word += line[at] === "t" ? "\t" : (line[at] ?? "");
      } else {
        word += line[at] ?? "";
      }
    }
    found.push(word);
    at += 1;
  }
  return found;
}

/** Specifiers as systemd.unit(5) replaces them; only the escaped percent sign may occur. */
function expand(word: string): string {
  expect(word.replaceAll("%%", "")).not.toContain("%");
  return word.replaceAll("%%", "%");
}

const hasAnalyze = spawnSync("systemd-analyze", ["--version"]).status === 0;

test.skipIf(!hasAnalyze)("systemd-analyze takes the unit (needs systemd-analyze)", () => {
  const folder = mkdtempSync(join(tmpdir(), "mq-unit-"));
  try {
    const file = join(folder, "mq-collector.service");
    writeFileSync(
      file,
      renderUnit({ ...service, user: "daemon", command: ["/bin/sh", ...service.command] }),
    );
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", file], {
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
