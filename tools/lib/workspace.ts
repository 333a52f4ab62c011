import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "./command";

/** The checkout. */
export const projectDir = join(__dirname, "../..");

/** A stack, its file, and where the commands keep what belongs to it. */
export interface Workspace {
  readonly stack: string;
  /** `Pulumi.<stack>.yaml`, as it is in git. */
  readonly stackFile: string;
  /** The folder of `Pulumi.yaml`; default: the checkout. */
  readonly programDir?: string;
  /** Backend, passphrase, locks and the copy of the stack file; for its owner only. */
  readonly stateDir: string;
}

/**
 * The workspace of a stack of this checkout; its state is below `.mq`, which git ignores.
 *
 * @throws {@link UserError} naming the stacks that are there.
 */
export function workspaceOf(stack: string): Workspace {
  const stacks = readdirSync(join(projectDir, "stacks"))
    .map((file) => /^Pulumi\.([\w-]+)\.yaml$/.exec(file)?.[1])
    .filter((name) => name !== undefined);
  if (!stacks.includes(stack)) {
    throw new UserError(
      `no stack "${stack}": stacks/Pulumi.${stack}.yaml is not there; the stacks are: ${stacks.join(", ")}`,
    );
  }
  return {
    stack,
    stackFile: join(projectDir, "stacks", `Pulumi.${stack}.yaml`),
    stateDir: join(projectDir, ".mq"),
  };
}

/** A folder of a workspace's state, made where it is not there yet. */
export function stateFolder({ stateDir }: Workspace, name: string): string {
  const folder = join(stateDir, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
