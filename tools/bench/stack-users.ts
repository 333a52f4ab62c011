import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { workloadBundle } from "../../components/collectors/workload-bundle";
import { PrivateRabbit } from "../../test/support/rabbitmq";
import { run } from "../lib/process";
import { BenchStack } from "./bench-stack";
import { growthExponent, type Target } from "./figures";
import { measure } from "./measured";
import type { BenchCluster } from "./stack-cluster";
import { objectsOf, type StackExport } from "./stack-objects";

/** Users of the aggregated form, and of a resource each: a thousand of the latter would take the better part of an hour. */
const sizes = { aggregated: [200, 1_000], each: [50, 100, 200] };

/** What some users, with permissions and a queue each, took. */
interface Users {
  readonly users: number;
  readonly seconds: number;
  /** The state's length. */
  readonly bytes: number;
}

/**
 * Users, permissions and queues as definitions that the access program applies, against a resource each through the
 * management API, in real brokers. Prints the figures. @returns the targets.
 */
export async function benchUsers(cluster: BenchCluster, folder: string): Promise<Target[]> {
  const access = join(folder, "access.js");
  writeFileSync(access, workloadBundle("access"));
  const aggregated: Users[] = [];
  for (const users of sizes.aggregated) {
    aggregated.push(await inBroker((rabbit) => definitions(cluster, folder, rabbit, users)));
  }
  const each: Users[] = [];
  for (const users of sizes.each) {
    each.push(await inBroker((rabbit) => management(cluster, folder, rabbit, users)));
  }
  print("aggregated", aggregated);
  print("a resource each", each);
  const [all, most] = [aggregated.at(-1), each.at(-1)];
  if (all === undefined || most === undefined) throw new Error("nothing was measured");
  // At least: the time grows faster than the number.
  const factor = all.users / most.users;
  const growth = growthExponent(
    each.map(({ users, seconds }) => ({ size: users, value: seconds })),
  );
  const users = `${String(all.users)} users aggregated ÷ a resource each`;
  console.log(
    `  the time of a resource each grows with the number to the power of ${growth.toFixed(2)}; ` +
      `that of ${String(all.users)} is taken as ${String(factor)} times that of ${String(most.users)}`,
  );
  return [
    { what: `${users}, time`, ratio: all.seconds / (factor * most.seconds), most: 1 / 20 },
    { what: `${users}, state`, ratio: all.bytes / (factor * most.bytes), most: 1 / 5 },
  ];
}

function print(what: string, figures: readonly Users[]): void {
  for (const { users, seconds, bytes } of figures) {
    const size = (bytes / 1024).toFixed(0);
    console.log(`  ${String(users)} users, ${what}: ${seconds.toFixed(1)} s, state ${size} KiB`);
  }
}

async function inBroker(work: (rabbit: PrivateRabbit) => Promise<Users>): Promise<Users> {
  const rabbit = await PrivateRabbit.start({ users: {}, queues: [] });
  try {
    const figures = await work(rabbit);
    const { json } = await rabbit.api("GET", "/users");
    const made = (json as unknown[]).length - 1;
    if (made !== figures.users) {
      throw new Error(`the broker has ${String(made)} users, not ${String(figures.users)}`);
    }
    return figures;
  } finally {
    await rabbit.stop();
  }
}

async function definitions(
  cluster: BenchCluster,
  folder: string,
  rabbit: PrivateRabbit,
  users: number,
): Promise<Users> {
  const name = `definitions-${String(users)}`;
  const namespace = `${cluster.prefix}-${name}`;
  const { context, kubeconfig } = cluster;
  const stack = await BenchStack.make({
    folder,
    name,
    program: "users-program",
    values: values({ via: "definitions", users, context, namespace }),
    kubeconfig,
  });
  try {
    const up = await stack.up();
    const config = accessFiles(join(folder, name), rabbit, await stack.state());
    const apply = await measure("access", () =>
      run(process.execPath, [join(folder, "access.js"), "--config", config], { capture: true }),
    );
    return { users, seconds: up.seconds + apply.seconds, bytes: await stack.stateBytes() };
  } finally {
    await cluster.remove(namespace);
  }
}

async function management(
  { kubeconfig }: BenchCluster,
  folder: string,
  rabbit: PrivateRabbit,
  users: number,
): Promise<Users> {
  const { admin, ports } = rabbit;
  const stack = await BenchStack.make({
    folder,
    name: `management-${String(users)}`,
    program: "users-program",
    values: values({
      via: "management",
      users,
      port: ports.management,
      admin: admin.user,
      password: admin.password,
    }),
    kubeconfig,
  });
  const { seconds } = await stack.up();
  return { users, seconds, bytes: await stack.stateBytes() };
}

function values(bench: Record<string, string | number>): Record<string, string | number> {
  return {
    // Whose plugins are needed.
    "mq:platform": "kubernetes",
    ...Object.fromEntries(Object.entries(bench).map(([key, value]) => [`bench:${key}`, value])),
  };
}

/** The definitions of a state, as the Job has them in files. @returns the path of the access program's configuration. */
function accessFiles(folder: string, rabbit: PrivateRabbit, state: StackExport): string {
  const { items } = objectsOf(state, (namespace) => namespace) as { items: Secret[] };
  const definitionsDir = join(folder, "definitions");
  mkdirSync(definitionsDir, { recursive: true, mode: 0o700 });
  for (const { kind, data = {} } of items) {
    if (kind !== "Secret") continue;
    for (const [file, content] of Object.entries(data)) {
      writeFileSync(join(definitionsDir, file), Buffer.from(content, "base64"), { mode: 0o600 });
    }
  }
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, rabbit.admin.password, { mode: 0o600 });
  const config = join(folder, "access.json");
  writeFileSync(
    config,
    JSON.stringify({
      url: `http://127.0.0.1:${String(rabbit.ports.management)}`,
      user: rabbit.admin.user,
      passwordFile,
      definitionsDir,
      nodes: 1,
      timeoutSeconds: 60,
    }),
  );
  return config;
}

interface Secret {
  readonly kind: string;
  /** In base64: so the provider keeps what was given as text. */
  readonly data?: Readonly<Record<string, string>>;
}
