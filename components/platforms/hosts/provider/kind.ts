import type { CheckFailure } from "@pulumi/pulumi/provider";
import type { z } from "zod";

import type { Connection } from "./connection";
import type { Properties } from "./values";

/** Tells the user about a resource while something is done to it. */
export interface Reporter {
  /** A line that stays on the user's screen. */
  info(message: string): void;
  /** What is being done right now; the next one replaces it. */
  progress(message: string): void;
}

/** What the operations of a kind are given besides the properties. */
export interface Context {
  connection: Connection;
  report: Reporter;
  /** Aborted when the user interrupts: what waits must end, and leave nothing half-done. */
  signal: AbortSignal;
}

/** What a kind of resource knows about one that was found on the host. */
export interface Found<Outputs> {
  outputs: Outputs;
  /** The inputs that would make it, for an import. */
  inputs: Properties;
}

/**
 * One kind of resource. The provider has unwrapped secrets, validated the inputs against the schema and
 * filled in defaults before it calls any of these.
 */
export interface Kind<Inputs extends { connection: unknown }, Outputs> {
  /** The inputs. */
  schema: z.ZodObject;
  /** Inputs whose change needs another resource: the old one is deleted first. */
  replaceOn: readonly (keyof Inputs & string)[];
  /** Inputs that may be secret, with the output that then is secret too. Others are refused. */
  secrets: Readonly<Record<string, string>>;
  /** The resource's ID, enough to find it on the host. */
  id(inputs: Inputs): string;
  /**
   * What can be said before anything is created, also in previews.
   *
   * @param inputs The inputs that are known.
   * @param olds The inputs that the resource has now, when it exists.
   */
  check(
    inputs: Partial<Inputs>,
    olds: Partial<Inputs> | undefined,
    context: Context,
  ): Promise<CheckFailure[]>;
  /** The inputs that the resource as last seen differs from. */
  changes(inputs: Partial<Inputs>, olds: Outputs, context: Context): Promise<string[]>;
  /** Creates it; on failure nothing of it is left. */
  create(inputs: Inputs, context: Context): Promise<Outputs>;
  /** The resource as it is on the host; undefined when it is gone. `olds` is undefined on import. */
  read(
    id: string,
    olds: Outputs | undefined,
    context: Context,
  ): Promise<Found<Outputs> | undefined>;
  /** Brings it to the inputs. */
  update(inputs: Inputs, olds: Outputs, context: Context): Promise<Outputs>;
  /** Removes it. */
  delete(olds: Outputs, context: Context): Promise<void>;
}

/** An error whose message is meant for the user: names the rule and the mend. */
export class HostError extends Error {
  override name = "HostError";

  constructor(message: string) {
    super(message);
    this.stack = ""; // the user is shown stacks too, and they say nothing here
  }
}
