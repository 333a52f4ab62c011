import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { cellsOf, queues, users } from "../support/access-cases";
import { logsIn, whatIsAllowed } from "../support/access-probe";
import { answers } from "../support/cluster-broker";
import { ClusterStack, section } from "../support/cluster-stack";
import { eventually } from "../support/eventually";

interface AccessOutputs {
  readonly clients: Readonly<Record<string, { readonly password: string }>>;
  readonly tls: { readonly ca: string };
}

const pretending = inject("pretending");

let stack: ClusterStack;
/** Of the management API, on the loopback address. */
let managementPort: number | undefined;
let amqpPort: number;
let outputs: AccessOutputs;

const servername = (): string => `rabbitmq.${stack.namespace}.svc`;
const tls = () => ({ servername: servername(), ca: outputs.tls.ca });

beforeAll(() => {
  stack = ClusterStack.on("dev", "access", (values) => {
    section(values, "broker").tls = { names: ["localhost"] };
    Object.assign(values, {
      "mq:queues": Object.fromEntries(queues.map(({ name }) => [name, {}])),
      "mq:users": Object.fromEntries(users.map(({ name, ...user }) => [name, user])),
      "mq:collectors": {},
      "mq:senders": {},
    });
  });
});

afterAll(async () => {
  await stack.dispose();
});

async function up(): Promise<void> {
  await stack.expect(0, "up", "--yes");
  outputs = await stack.outputs<AccessOutputs>();
}

const password = (user: string): string => outputs.clients[user]?.password ?? "";

/** Whether the broker takes a password. */
const takes = (user: string, secret: string): Promise<boolean> =>
  logsIn({ port: amqpPort, user, password: secret, tls: tls() });

function remove(user: string): void {
  stack.change((values) => {
    Reflect.deleteProperty(section(values, "users"), user);
  });
}

describe.skipIf(pretending).each([
  { via: "definitions", removed: "log-sender" },
  { via: "management", removed: "log-receiver" },
])("access over TLS, via $via", ({ via, removed }) => {
  beforeAll(async () => {
    if (via === "management") {
      const caFile = join(stack.folder, "ca.pem");
      writeFileSync(caFile, outputs.tls.ca);
      stack.change((values) => {
        section(values, "access").via = "management";
        const endpoint = `https://localhost:${String(managementPort)}`;
        Object.assign(section(values, "access"), { endpoint, caFile });
      });
      // The only node starts anew, without definitions to load: the API is away for that long.
      await stack.pulumi("up", "--yes");
      await stack.rolledOut();
      const port = managementPort ?? 0;
      await eventually(() => answers(port, tls()), 120);
    }
    await up();
    amqpPort = await stack.forward("service/rabbitmq", 5671);
    managementPort ??= await stack.forward("service/rabbitmq", 15671);
  });

  test.each(users.filter(({ name }) => name !== "log-sender"))(
    "F21, K12: $name: exactly the granted cells",
    async ({ name, client }) => {
      const login = { port: amqpPort, user: name, password: password(name), tls: tls() };
      expect(await whatIsAllowed(login, client)).toStrictEqual(cellsOf(name));
    },
  );

  test("a removed user can no longer log in; a changed password works, and the old one no longer", async () => {
    const gone = password(removed);
    const old = password("both");
    expect(await takes(removed, gone)).toBe(true);
    remove(removed);
    await stack.setSecret("mq:passwords.both", `Another-${via}-password`);
    await up();
    expect(await takes(removed, gone)).toBe(false);
    expect(await takes("both", old)).toBe(false);
    expect(await takes("both", `Another-${via}-password`)).toBe(true);
    expect(await takes("sender", password("sender"))).toBe(true);
  });

  test("X3: a second up changes nothing", async () => {
    await stack.expect(0, "preview", "--expect-no-changes");
  });
});
