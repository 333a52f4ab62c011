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

/** Folder of the stack files: `stacks`, or `MQ_STACKS`. */
const stacksDir = process.env.MQ_STACKS ?? join(projectDir, "stacks");

/** Folder of the commands' state: `.mq`, which git ignores, or `MQ_STATE`. */
const stateDir = process.env.MQ_STATE ?? join(projectDir, ".mq");

/**
 * The workspace of a stack of this checkout.
 *
 * @throws {@link UserError} naming the stacks that are there.
 */
export function workspaceOf(stack: string): Workspace {
  const stacks = readdirSync(stacksDir)
    .map((file) => /^Pulumi\.([\w-]+)\.yaml$/.exec(file)?.[1])
    .filter((name) => name !== undefined);
  if (!stacks.includes(stack)) {
    throw new UserError(
      `no stack "${stack}": ${stacksDir} holds no Pulumi.${stack}.yaml; the stacks are: ${stacks.join(", ")}`,
    );
  }
  return { stack, stackFile: join(stacksDir, `Pulumi.${stack}.yaml`), stateDir };
}

/** A folder of a workspace's state, made where it is not there yet. */
export function stateFolder({ stateDir }: Workspace, name: string): string {
  const folder = join(stateDir, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
