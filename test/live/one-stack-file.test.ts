import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { BrokerKind } from "../../components/config/topology";
import { eventually } from "../support/eventually";
import { TestStack, type HostOutputs } from "../support/stack";

const kinds: readonly BrokerKind[] = ["rabbitmq", "activemq", "artemis"];

/** Files by name, of which each queue gets one. */
const files = { "host.json": "{}\n", "host.log": "line\n" };

let stack: TestStack | undefined;

afterEach(async () => {
  await stack?.dispose();
});

/** What becomes of the local stack with a broker of that kind: who its users are, and what is collected. */
async function outcome(kind: BrokerKind): Promise<unknown> {
  stack = await TestStack.create("kinds", (values) => {
    (values["mq:broker"] as Record<string, unknown>).kind = kind;
  });
  await stack.expect(0, "up", "--yes");
  const { clients, collectedDir = "" } = await stack.outputs<
    HostOutputs & { clients: Record<string, { user: string; vhosts: string[] }> }
  >();
  for (const [name, text] of Object.entries(files)) {
    const path = join(stack.folder, name);
    writeFileSync(path, text);
    const args = [...(name.endsWith(".log") ? ["--log"] : []), path, "--stack", "kinds"];
    expect(await stack.command("send", args).result()).toMatchObject({ code: 0 });
  }
  const collected = await eventually(() => {
    const found = collectedIn(collectedDir);
    return Object.keys(found).length === Object.keys(files).length ? found : undefined;
  }, 60);
  await stack.dispose();
  stack = undefined;
  const users = Object.values(clients).map(({ user, vhosts }) => ({ user, vhosts }));
  return { users, collected };
}

/** The collected files by their paths below the folder. */
function collectedIn(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Object.fromEntries(
    paths
      .filter((path) => /^[^.][^/]*\/[0-9a-f]{32}-/.test(path))
      .map((path) => [path, readFileSync(join(folder, path), "utf8")]),
  );
}

test("the same stack file with only broker.kind changed: the same users, the same collected files", async () => {
  const outcomes = [];
  for (const kind of kinds) outcomes.push(await outcome(kind));
  const [rabbitmq, ...others] = outcomes;
  expect(Object.values((rabbitmq as { collected: object }).collected).sort()).toStrictEqual(
    Object.values(files).sort(),
  );
  for (const other of others) expect(other).toStrictEqual(rabbitmq);
});
