import type { CollectorOutput, SenderOutput } from "../../components/collectors/fleet-workloads";
import type { Endpoint } from "../../components/brokers/broker";
import { UserError } from "./command";
import type { Engine } from "./engine";

/** The outputs of a stack that has been brought up. */
export interface Outputs {
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  readonly collectedDir?: string;
  readonly collectors: Readonly<Record<string, CollectorOutput>>;
  readonly senders: Readonly<Record<string, readonly SenderOutput[]>>;
}

/**
 * The outputs of a stack; secrets are left out.
 *
 * @throws {@link UserError} where nothing was brought up yet.
 */
export async function readOutputs(engine: Engine, stack: string): Promise<Outputs> {
  const { code, stdout, stderr } = await engine.capture("stack", "output", "--json");
  if (code !== 0) throw new UserError(stderr.trim());
  const outputs = JSON.parse(stdout) as Partial<Outputs>;
  if (outputs.endpoints === undefined) {
    throw new UserError(`stack ${stack} is not up; bring it up first: npm run up -- ${stack}`);
  }
  return outputs as Outputs;
}
