import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterStack } from "./cluster-stack";
import { eventually } from "./eventually";

/** What tests read of an object. */
export interface Named {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly creationTimestamp: string;
  };
}

/** What tests read of a pod. */
export interface Pod extends Named {
  readonly spec: { readonly volumes: readonly { readonly secret?: { secretName: string } }[] };
  readonly status: {
    readonly phase: string;
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Several of a kind. */
export interface List<T> {
  readonly items: readonly T[];
}

/** The pods of a component. */
export async function podsOf(stack: ClusterStack, component: string): Promise<readonly Pod[]> {
  return (await stack.get<List<Pod>>("pods", "-l", `app.kubernetes.io/component=${component}`))
    .items;
}

/** Sends a file by the project's own command. @throws with what it printed unless it was sent. */
export async function sendFile(
  stack: ClusterStack,
  name: string,
  body: Buffer,
  log: boolean,
): Promise<void> {
  const file = join(stack.folder, name);
  writeFileSync(file, body);
  const args = [...(log ? ["--log"] : []), file, "--stack", stack.workspace.stack];
  const { code, output } = await stack.command("send", args).result();
  if (code !== 0) throw new Error(`send ${name}: exit code ${String(code)}\n${output}`);
}

/** Waits until a file is on the volume of its collector. @returns its bytes. */
export async function collectedFile(
  stack: ClusterStack,
  name: string,
  log: boolean,
): Promise<Buffer> {
  const collector = log ? "log" : "inventory";
  const folder = `/var/lib/kermit/queue/kermit.${collector}`;
  const found = await eventually(async () => {
    const list = await stack.exec(`deploy/collector-${collector}`, "ls", folder);
    return list.split("\n").find((entry) => entry.endsWith(`-${name}`));
  }, 60);
  const deployment = `deploy/collector-${collector}`;
  const base64 = await stack.exec(deployment, "base64", "-w0", `${folder}/${found}`);
  return Buffer.from(base64, "base64");
}

/** Sends a file and waits for it. @returns what was collected. */
export async function roundTrip(
  stack: ClusterStack,
  name: string,
  body: Buffer,
  log: boolean,
): Promise<Buffer> {
  await sendFile(stack, name, body, log);
  return collectedFile(stack, name, log);
}
