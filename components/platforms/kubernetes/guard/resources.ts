import * as pulumi from "@pulumi/pulumi";
import type { Baseline as BaselineArgs } from "./baseline";

/**
 * Remembers what of a stack must not change by accident, and refuses such a change in previews too, before anything is
 * touched. Nothing outside of the state belongs to it. What it guards must depend on it.
 */
export class Baseline extends pulumi.CustomResource {
  /**
   * @param name The unique name of the resource.
   * @param args What the stack is to be.
   * @param opts Options of the resource.
   */
  constructor(name: string, args: BaselineArgs, opts?: pulumi.CustomResourceOptions) {
    super("guard:index:Baseline", name, { ...args }, opts);
  }
}
