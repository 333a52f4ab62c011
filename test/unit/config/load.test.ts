import { realpathSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { loadTopology } from "../../../components/config/load";
import { isSecretOutput, value } from "../../support/mocks";
import {
  changed,
  engineConfig,
  localStack,
  type StackFileValues,
} from "../../support/stack-values";

vi.mock("../../../components/config/java", () => ({ javaOnPath: () => "/opt/jdk/bin/java" }));

const noMocks: pulumi.runtime.Mocks = {
  newResource: ({ type }) => {
    throw new Error(`${type}: the loader makes no resource`);
  },
  call: ({ token }) => {
    throw new Error(`${token}: the loader calls nothing`);
  },
};

beforeEach(async () => {
  await pulumi.runtime.setMocks(noMocks, "mq", "local");
  vi.stubEnv("HOME", "/home/operator");
  vi.spyOn(process as Required<NodeJS.Process>, "geteuid").mockReturnValue(1000);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Hands a stack file to the program as the engine does. */
function engineGives(values: StackFileValues, secretKeys: readonly string[] = []): void {
  pulumi.runtime.setAllConfig(engineConfig(values), [...secretKeys]);
  vi.stubEnv("PULUMI_CONFIG_SECRET_KEYS", JSON.stringify(secretKeys));
}

test("the local stack is loaded from the engine's configuration", () => {
  engineGives(localStack());
  const { topology, secrets } = loadTopology();
  expect(secrets).toStrictEqual({ passwords: new Map() });
  expect(topology.stack).toBe("local");
  expect(topology.broker).toMatchObject({ ports: { stomp: 36163 } });
  expect(topology).toHaveProperty("hosts", {
    here: {
      name: "here",
      connection: { kind: "local" },
      root: "/home/operator/.local/share/mq/local",
      node: realpathSync(process.execPath),
      java: "/opt/jdk/bin/java",
      superuser: false,
    },
  });
});

test("as root, things lie below /var/lib", () => {
  vi.spyOn(process as Required<NodeJS.Process>, "geteuid").mockReturnValue(0);
  engineGives(localStack());
  expect(loadTopology().topology).toMatchObject({
    hosts: { here: { root: "/var/lib/mq/local", superuser: true } },
  });
});

test("X4: an unknown key ends the program with a message of one line for each problem, without a stack trace", () => {
  engineGives({ ...changed(localStack(), ["broker", "host"], 5), colectors: {} });
  expect(loadTopology).toThrow(pulumi.RunError);
  expect(loadTopology).toThrow(
    new pulumi.RunError(
      "the configuration of stack local cannot be used:\n" +
        "mq:broker.host: must be a text; write it so\n" +
        'mq:colectors: unknown key; did you mean "collectors"?',
    ),
  );
});

test("keys of other namespaces are none of ours", () => {
  pulumi.runtime.setAllConfig({ ...engineConfig(localStack()), "aws:region": "eu-west-1" });
  expect(loadTopology().topology.stack).toBe("local");
});

test("X5: passwords of one's own are secrets", async () => {
  const password = "Own-Password-1";
  engineGives(changed(localStack(), ["passwords"], { "kermit-sender": password }), [
    "mq:passwords",
  ]);
  const { topology, secrets } = loadTopology();
  expect([...secrets.passwords.keys()]).toStrictEqual(["kermit-sender"]);
  const own = secrets.passwords.get("kermit-sender");
  if (own === undefined) throw new Error("no password");
  expect(await isSecretOutput(own)).toBe(true);
  expect(await value(own)).toBe(password);
  expect(JSON.stringify(topology)).not.toContain(password);
});

test("a password that the stack file holds in clear is refused", () => {
  engineGives(changed(localStack(), ["passwords"], { "kermit-sender": "Own-Password-1" }));
  expect(loadTopology).toThrow(
    "the configuration of stack local cannot be used:\n" +
      "mq:passwords: passwords stand in clear in the stack file; remove them and use `pulumi config set --secret --path 'mq:passwords.USER'`",
  );
});

test("text that only looks like JSON stays text", () => {
  engineGives({ ...localStack(), acl: "5" });
  expect(loadTopology).toThrow('mq:acl: acl is "least-privilege" or "compat"');
});

test("X4: a name that no map can hold is refused, not lost", () => {
  pulumi.runtime.setAllConfig({ ...engineConfig(localStack()), "mq:queues": '{"__proto__":{}}' });
  expect(loadTopology).toThrow(new pulumi.RunError('"__proto__" is no name; choose another'));
});

test("X5: a secret that is broken JSON is refused without being said", () => {
  const config = {
    ...engineConfig(localStack()),
    "mq:passwords": '{"kermit-sender": Own-Password-1',
  };
  pulumi.runtime.setAllConfig(config, ["mq:passwords"]);
  expect(loadTopology).toThrow(
    new pulumi.RunError(
      "the configuration of stack local cannot be used:\nmq:passwords: must be a map; write it so",
    ),
  );
});
