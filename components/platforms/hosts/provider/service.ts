import { setTimeout as sleep } from "node:timers/promises";

import type { CheckFailure } from "@pulumi/pulumi/provider";
import { z } from "zod";

import { markOf } from "../../../../workloads/supervisor/spec";
import type { Connection, Listener } from "./connection";
import { absolutePath, accountName, connectionSchema } from "./inputs";
import { type Context, HostError, type Kind } from "./kind";
import { checkCreatable, makeDirectories, removeEmptyDirectories } from "./ownership";
import type { ServiceDefinition, ServiceManager } from "./service-manager";
import { SupervisedServices } from "./supervised";
import { SystemdServices } from "./systemd";
import { plainPath, unprintable } from "./systemd-unit";

const text = z
  .string()
  .refine(
    (value) => !unprintable.test(value),
    "must not hold a newline or another control character",
  );
const seconds = z.number().positive().max(3600);
const port = z.int().min(1).max(65535);

const schema = z.strictObject({
  connection: connectionSchema,
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'must be letters, digits, ".", "_" and "-"')
    .max(100),
  description: text.optional(),
  command: z.tuple(
    [
      z
        .string()
        .regex(plainPath, "the program must be a plain absolute path, such as /usr/bin/node"),
    ],
    text,
  ),
  environment: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of a variable"), text)
    .default({}),
  user: accountName.optional(),
  workingDirectory: absolutePath.default("/"),
  stateDirectory: absolutePath,
  ports: z.record(z.string(), port).default({}),
  ready: z
    .union([
      z.strictObject({ tcp: z.strictObject({ host: z.string(), port }) }),
      z.strictObject({ http: z.url({ protocol: /^https?$/ }) }),
    ])
    .optional(),
  readyTimeoutSeconds: seconds.default(60),
  stopTimeoutSeconds: seconds.default(30),
  restartOn: z.string().optional(),
});

type ServiceInputs = z.infer<typeof schema>;

type ServiceOutputs = ServiceInputs & {
  running: boolean;
  /** The directories that were made for the state directory. */
  createdDirectories: string[];
};

/** Inputs that the running service depends on: a change restarts it. */
const restartInputs = [
  "command",
  "environment",
  "user",
  "workingDirectory",
  "stopTimeoutSeconds",
  "restartOn",
] as const;

/** Inputs that can change while it runs. */
const otherInputs = ["description", "ports", "ready", "readyTimeoutSeconds"] as const;

const pollMs = 250;

/** A service that ends this often while it should become ready will not become so. */
const maxRestarts = 3;

/** A service that is kept running. */
export const serviceKind: Kind<ServiceInputs, ServiceOutputs> = {
  schema,
  replaceOn: ["connection", "name", "stateDirectory"],
  secrets: { restartOn: "restartOn" },
  id: (inputs) => inputs.name,

  async check(inputs, olds, { connection }) {
    const failures = await checkUser(inputs, connection);
    if (inputs.stateDirectory !== undefined && !(await hasSystemd(connection))) {
      const inside = `${inputs.stateDirectory}/${inputs.name ?? "service"}`;
      failures.push(...(await checkCreatable(connection, "stateDirectory", inside)));
    }
    return [...failures, ...(await checkPorts(inputs, olds, connection))];
  },

  changes(inputs, olds) {
    const changed = [...restartInputs, ...otherInputs].filter(
      (key) => !same(inputs[key], olds[key]),
    );
    // Not an input, but what makes an update of a service that refresh found stopped.
    return Promise.resolve(olds.running ? changed : ["running", ...changed]);
  },

  async create(inputs, context) {
    const { connection } = context;
    const created = await makeStateDirectory(inputs, connection);
    const manager = await managerOf(connection);
    const service = definitionOf(inputs);
    try {
      await manager.define(service);
      await manager.restart(service);
      await untilReady(inputs, manager, context);
    } catch (error) {
      const log = await manager.logTail(service);
      await manager.remove(service);
      await removeEmptyDirectories(connection, created);
      throw withLog(error, log);
    }
    return outputsOf(inputs, created);
  },

  async read(_id, olds, { connection }) {
    if (olds === undefined) {
      throw new HostError(
        "a service cannot be imported, for nothing on the host says what it is ready at; leave out the import and let up create it",
      );
    }
    const manager = await managerOf(connection);
    const { running } = await manager.state(definitionOf(olds));
    return { outputs: { ...olds, running }, inputs: {} };
  },

  async update(inputs, olds, context) {
    const { connection } = context;
    const manager = await managerOf(connection);
    const service = definitionOf(inputs);
    const created = await makeStateDirectory(inputs, connection);
    await manager.define(service);
    if (!olds.running || restartInputs.some((key) => !same(inputs[key], olds[key]))) {
      try {
        await manager.restart(service);
        await untilReady(inputs, manager, context);
      } catch (error) {
        throw withLog(error, await manager.logTail(service));
      }
    }
    return outputsOf(inputs, [...new Set([...olds.createdDirectories, ...created])].sort());
  },

  async delete(olds, { connection }) {
    await (await managerOf(connection)).remove(olds);
    await removeEmptyDirectories(connection, olds.createdDirectories);
  },
};

/** The supervisor's directory; somebody may have removed it since it was made. */
async function makeStateDirectory(
  { stateDirectory }: ServiceInputs,
  connection: Connection,
): Promise<string[]> {
  return (await hasSystemd(connection)) ? [] : makeDirectories(connection, stateDirectory);
}

async function checkUser(
  inputs: Partial<ServiceInputs>,
  connection: Connection,
): Promise<CheckFailure[]> {
  const user = await connection.effectiveUser();
  if (user.uid === 0) {
    return [];
  }
  if (await hasSystemd(connection)) {
    const reason = "only root can make a systemd service; run as root";
    return [{ property: "name", reason }];
  }
  if (inputs.user !== undefined && (await connection.account(inputs.user))?.uid !== user.uid) {
    const reason = `only root can start a service as "${inputs.user}"; run as root, or leave out user`;
    return [{ property: "user", reason }];
  }
  return [];
}

/** The ports that the service does not have yet must be free. */
async function checkPorts(
  inputs: Partial<ServiceInputs>,
  olds: Partial<ServiceInputs> | undefined,
  connection: Connection,
): Promise<CheckFailure[]> {
  const had = Object.values(olds?.ports ?? {});
  const wanted = Object.entries(inputs.ports ?? {}).filter(([, number]) => !had.includes(number));
  if (wanted.length === 0) {
    return [];
  }
  const listeners = await connection.listeners(wanted.map(([, number]) => number));
  return wanted.flatMap(([label, number]) => {
    // One of this very service is what an interrupted run left; create ends it first.
    const holder = listeners.find((each) => each.port === number && !belongsTo(each, inputs));
    return holder
      ? [
          {
            property: `ports.${label}`,
            reason: `the ${label} port ${String(number)} is taken${heldBy(holder)}; stop what listens there, or choose another port`,
          },
        ]
      : [];
  });
}

function belongsTo(listener: Listener, inputs: Partial<ServiceInputs>): boolean {
  const { name = "", stateDirectory = "" } = inputs;
  return (
    listener.service === markOf(stateDirectory, name) || listener.service === `${name}.service`
  );
}

function heldBy({ pid, program, service }: Listener): string {
  if (pid === undefined) {
    return "";
  }
  return ` by process ${String(pid)}${program ? ` (${program}${service ? `, of ${service}` : ""})` : ""}`;
}

/** Waits until the service answers, or throws and says why not. */
async function untilReady(
  inputs: ServiceInputs,
  manager: ServiceManager,
  { connection, report, signal }: Context,
): Promise<void> {
  const service = definitionOf(inputs);
  const deadline = performance.now() + inputs.readyTimeoutSeconds * 1000;
  for (;;) {
    const state = await manager.state(service);
    if (state.running && (!inputs.ready || (await connection.probe(inputs.ready)))) {
      return;
    }
    if (state.restarts >= maxRestarts) {
      throw new HostError(
        `${inputs.name} ended ${String(state.restarts)} times instead of becoming ready; mend what its log says`,
      );
    }
    if (signal.aborted) {
      throw new HostError(`${inputs.name}: interrupted while waiting until it is ready`);
    }
    if (performance.now() > deadline) {
      throw new HostError(
        `${inputs.name} was not ready (${describeProbe(inputs)}) within ${String(inputs.readyTimeoutSeconds)} s; mend what its log says, or raise readyTimeoutSeconds`,
      );
    }
    report.progress(
      `waiting for ${describeProbe(inputs)}, at most ${String(inputs.readyTimeoutSeconds)} s`,
    );
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

function describeProbe({ ready }: ServiceInputs): string {
  if (!ready) {
    return "the process";
  }
  return "http" in ready ? ready.http : `TCP ${ready.tcp.host}:${String(ready.tcp.port)}`;
}

function withLog(error: unknown, log: string): HostError {
  const message = error instanceof Error ? error.message : String(error);
  return new HostError(log === "" ? message : `${message}\nThe end of its log:\n${log}`);
}

async function hasSystemd(connection: Connection): Promise<boolean> {
  // sd_booted(3)
  return (await connection.stat("/run/systemd/system")) !== undefined;
}

async function managerOf(connection: Connection): Promise<ServiceManager> {
  return (await hasSystemd(connection))
    ? new SystemdServices(connection)
    : new SupervisedServices(connection);
}

function definitionOf(inputs: ServiceInputs): ServiceDefinition {
  const { name, command, environment, workingDirectory, stateDirectory } = inputs;
  return {
    name,
    command,
    environment,
    workingDirectory,
    stateDirectory,
    stopTimeoutSeconds: inputs.stopTimeoutSeconds,
    description: inputs.description ?? name,
    ...(inputs.user !== undefined && { user: inputs.user }),
  };
}

function outputsOf(inputs: ServiceInputs, createdDirectories: string[]): ServiceOutputs {
  return { ...inputs, running: true, createdDirectories };
}

/** Whether two property values are the same, whatever the order of their keys. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
