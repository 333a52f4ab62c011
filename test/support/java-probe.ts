import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { queues, type Operation } from "./access-cases";

/** How a user is tried on a live broker that runs on Java. */
export interface JavaLogin {
  readonly kind: "activemq" | "artemis";
  /** Where the broker's archive is unpacked: its client library is in there. */
  readonly home: string;
  /** OpenWire of ActiveMQ, Artemis' own protocol of Artemis. */
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

const probes = { activemq: "ActiveMqProbe", artemis: "ArtemisProbe" } as const;

/** Whether the broker takes a user's password. */
export async function javaLogsIn(login: JavaLogin): Promise<boolean> {
  const [greeting] = await probe(login, []);
  return greeting === "accepted";
}

/**
 * What a user may do on a live broker: operations on every queue of the table. Names that stand for several destinations
 * are tried too: none may be a way around. On ActiveMQ a queue is gone where it could not be declared.
 */
export async function whatJavaIsAllowed(
  login: JavaLogin,
  operations: readonly Operation[],
): Promise<Record<string, boolean>> {
  const attempts = operations.flatMap((operation) =>
    queues.flatMap(({ name }) =>
      (operation === "declare" ? [name] : waysTo(login.kind, name)).map((way) => ({
        cell: `${operation} ${name}`,
        line: `${operation} ${way}`,
      })),
    ),
  );
  const [greeting, ...answers] = await probe(
    login,
    attempts.map(({ line }) => line),
  );
  if (greeting !== "accepted") throw new Error(`${login.user}: ${greeting ?? "no answer"}`);
  const cells: Record<string, boolean> = {};
  attempts.forEach(({ cell }, index) => {
    cells[cell] = (cells[cell] ?? false) || answers[index] === "true";
  });
  return cells;
}

/** The name, and a name of the broker's that reaches the same queue otherwise. */
function waysTo(kind: JavaLogin["kind"], queue: string): string[] {
  return kind === "artemis" ? [queue, `${queue}::${queue}`] : [queue, `${queue},${queue}`];
}

/** Runs the probe. @returns its lines. */
async function probe(
  { kind, home, port, user, password }: JavaLogin,
  lines: readonly string[],
): Promise<string[]> {
  const name = probes[kind];
  const child = spawn("java", [
    "-classpath",
    `${await compiled(name, home)}:${join(home, "lib")}/*`,
    name,
    `tcp://127.0.0.1:${String(port)}`,
    user,
  ]);
  let output = "";
  let errors = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
  child.stdin.end([password, ...lines, ""].join("\n"));
  const [code] = (await once(child, "close")) as [number | null];
  const answers = output.trim().split("\n");
  if (code !== 0 || (answers[0] === "accepted" && answers.length !== lines.length + 1)) {
    throw new Error(`${name}: exit code ${String(code)}\n${output}\n${errors}`);
  }
  return answers;
}

/** Compiles a probe, once, beside the broker. @returns the folder of its classes. */
async function compiled(name: string, home: string): Promise<string> {
  const folder = join(home, "probe");
  if (existsSync(folder) && readdirSync(folder).includes(`${name}.class`)) return folder;
  mkdirSync(folder, { recursive: true });
  const source = join(__dirname, "java", `${name}.java`);
  const child = spawn("javac", ["-d", folder, "-classpath", `${join(home, "lib")}/*`, source], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`javac ${source}: exit code ${String(code)}`);
  return folder;
}
