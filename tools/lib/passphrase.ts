import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stateFolder, type Workspace } from "./workspace";

/**
 * The variables that give the engine its passphrase: the user's own, else a random one in a file that only its owner
 * reads. Says so when it makes that file.
 */
export function passphraseEnvironment(workspace: Workspace): Record<string, string> {
  const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = process.env;
  if (PULUMI_CONFIG_PASSPHRASE !== undefined || PULUMI_CONFIG_PASSPHRASE_FILE !== undefined) {
    return {};
  }
  const file = join(stateFolder(workspace, "."), "passphrase");
  if (!existsSync(file)) {
    writeFileSync(file, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
    console.error(
      `mq: made a passphrase for the stacks' secrets: ${file} (keep it with the state)`,
    );
  }
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
}
