import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BrokerKind, User } from "../../components/config/topology";
import type { Outputs } from "../../tools/lib/outputs";
import { cellsOf, queues, users, type Operation } from "../support/access-cases";
import { logsIn, whatIsAllowed } from "../support/access-probe";
import { javaLogsIn, whatJavaIsAllowed } from "../support/java-probe";
import { freePorts, TestStack } from "../support/stack";

/** What a live broker says of its users. */
interface Probe {
  readonly logsIn: (user: string, password: string) => Promise<boolean>;
  readonly whatIsAllowed: (
    user: Pick<User, "name" | "client">,
    password: string,
    operations: readonly Operation[],
  ) => Promise<Record<string, boolean>>;
}

type AccessOutputs = Outputs & { clients: Record<string, { password: string }> };

const kinds: readonly BrokerKind[] = ["rabbitmq", "activemq", "artemis"];

describe.each(kinds)("%s allows what is granted and refuses everything else", (kind) => {
  let stack: TestStack;
  let probe: Probe;
  let password: (user: string) => string;

  beforeAll(async () => {
    const [openwire = 0] = await freePorts(1);
    stack = await TestStack.create(`access${kind}`, (values) => {
      values["mq:queues"] = Object.fromEntries(queues.map(({ name }) => [name, {}]));
      values["mq:users"] = Object.fromEntries(users.map(({ name, ...grants }) => [name, grants]));
      const broker = values["mq:broker"] as { kind: string; ports: Record<string, number> };
      broker.kind = kind;
      if (kind !== "rabbitmq") broker.ports.openwire = openwire;
      Object.assign(values, { "mq:collectors": {}, "mq:senders": {} });
    });
    await stack.expect(0, "up", "--yes");
    const { clients, endpoints } = await stack.outputs<AccessOutputs>();
    password = (user) => clients[user]?.password ?? "";
    probe =
      kind === "rabbitmq"
        ? rabbitMqProbe(Number(endpoints.amqp?.port))
        : javaProbe(kind, openwire, stack.root);
  });

  afterAll(async () => {
    await stack.dispose();
  });

  const tried = async (user: User, operations: readonly Operation[]): Promise<void> => {
    const allowed = await probe.whatIsAllowed(user, password(user.name), operations);
    expect(allowed).toStrictEqual(cellsOf(user.name, operations));
  };

  test.each(users)(
    "F21, K12: $name: sends to and receives from each queue that is granted",
    (user) => tried(user, ["send", "receive"]),
  );

  // After the others: on ActiveMQ a queue has to be away to be declared.
  test.each(users)("F21, K12: $name: declares each queue that is granted", (user) =>
    tried(user, ["declare"]),
  );

  test("a wrong password, none, and a user that every broker of its kind has are refused", async () => {
    expect(await probe.logsIn("sender", password("sender"))).toBe(true);
    expect(await probe.logsIn("sender", "wrong")).toBe(false);
    expect(await probe.logsIn("sender", "")).toBe(false);
    const known = kind === "rabbitmq" ? "guest" : "admin";
    expect(await probe.logsIn(known, known)).toBe(false);
  });
});

function rabbitMqProbe(port: number): Probe {
  return {
    logsIn: (user, secret) => logsIn({ port, user, password: secret }),
    whatIsAllowed: ({ name, client }, secret, operations) =>
      whatIsAllowed({ port, user: name, password: secret }, client, operations),
  };
}

function javaProbe(kind: "activemq" | "artemis", port: number, root: string): Probe {
  const login = (user: string, secret: string) => ({
    kind,
    home: join(root, "opt", `apache-${kind}`),
    port,
    user,
    password: secret,
  });
  return {
    logsIn: (user, secret) => javaLogsIn(login(user, secret)),
    whatIsAllowed: ({ name }, secret, operations) =>
      whatJavaIsAllowed(login(name, secret), operations),
  };
}
