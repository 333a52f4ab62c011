import * as pulumi from "@pulumi/pulumi";
import { vi } from "vitest";
import type * as program from "../../index";
import { record, type Recording } from "./mocks";
import { engineConfig, localStack, type StackFileValues } from "./stack-values";

/** What the whole program exports. */
export type ProgramOutputs = typeof program;

/** Node.js of the workloads in {@link localProgramStack}. */
export const node = "/opt/node/bin/node";

/** The local stack with a Node.js that does not depend on the machine. */
export function localProgramStack(): StackFileValues {
  const values = localStack();
  values.hosts = { here: { connection: "local", node } };
  return values;
}

/**
 * Runs index.ts under mocks with the values of a stack file. One run at a time: Pulumi's state is the process's.
 *
 * @param uid - the user that `up` runs as; 0 is root.
 * @param secretKeys - keys, with `mq:`, whose values the stack file holds encrypted.
 */
export async function runProgram(
  values: StackFileValues = localProgramStack(),
  { uid = 0, secretKeys = [] as readonly string[], stack = "local", preview = false } = {},
): Promise<Recording<ProgramOutputs>> {
  vi.resetModules();
  vi.stubEnv("HOME", "/home/operator");
  vi.stubEnv("PULUMI_CONFIG_SECRET_KEYS", JSON.stringify(secretKeys));
  const geteuid = vi.spyOn(process as Required<NodeJS.Process>, "geteuid").mockReturnValue(uid);
  try {
    return await record(
      () => {
        pulumi.runtime.setAllConfig(engineConfig(values), [...secretKeys]);
        return import("../../index.js");
      },
      { stack, preview },
    );
  } finally {
    geteuid.mockRestore();
    vi.unstubAllEnvs();
  }
}
