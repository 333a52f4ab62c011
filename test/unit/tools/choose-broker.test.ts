import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import {
  chooseBroker,
  stackBroker,
  stackConfigCopy,
  writeStackConfig,
} from "../../../tools/lib/stack-config";
import type { Workspace } from "../../../tools/lib/workspace";

const text = `config:
  # Which broker.
  mq:broker:
    kind: rabbitmq # the default
    archive: { version: "1.2" }
`;

let workspace: Workspace;

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "mq-choose-"));
  workspace = {
    stack: "s",
    stackFile: join(folder, "Pulumi.s.yaml"),
    stateDir: join(folder, "state"),
  };
  writeFileSync(workspace.stackFile, text);
});

afterEach(() => {
  rmSync(join(workspace.stackFile, ".."), { recursive: true });
});

const copiedKind = (): unknown => {
  writeStackConfig(workspace);
  const copy = parse(readFileSync(stackConfigCopy(workspace), "utf8")) as {
    config: { "mq:broker": { kind: unknown } };
  };
  return copy.config["mq:broker"].kind;
};

test("a stack has the broker of its file until another one is chosen, and then that one until the next", () => {
  expect([copiedKind(), stackBroker(workspace).kind]).toEqual(["rabbitmq", "rabbitmq"]);
  chooseBroker(workspace, "artemis");
  expect([copiedKind(), stackBroker(workspace).kind]).toEqual(["artemis", "artemis"]);
  expect(copiedKind()).toBe("artemis");
  chooseBroker(workspace, "rabbitmq");
  expect([copiedKind(), stackBroker(workspace).kind]).toEqual(["rabbitmq", "rabbitmq"]);
  expect(readFileSync(workspace.stackFile, "utf8")).toBe(text);
});

test("a choice that is what the file says is none: the file counts again", () => {
  chooseBroker(workspace, "artemis");
  chooseBroker(workspace, "rabbitmq");
  writeFileSync(workspace.stackFile, text.replace("rabbitmq", "activemq"));
  expect(copiedKind()).toBe("activemq");
});

test("the salt of the copy stays when the broker changes", () => {
  writeStackConfig(workspace, "v1:salt");
  chooseBroker(workspace, "activemq");
  writeStackConfig(workspace);
  expect(parse(readFileSync(stackConfigCopy(workspace), "utf8"))).toEqual({
    config: { "mq:broker": { kind: "activemq", archive: { version: "1.2" } } },
    encryptionsalt: "v1:salt",
  });
});

test("what the stack file does not say is empty", () => {
  expect(stackBroker(workspace).archive).toEqual({ version: "1.2", file: "" });
  writeFileSync(workspace.stackFile, "config: {}\n");
  expect(stackBroker(workspace)).toEqual({ kind: "", archive: { version: "", file: "" } });
});
