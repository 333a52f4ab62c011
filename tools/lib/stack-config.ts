import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument, type Document } from "yaml";
import { UserError } from "./command";
import { stateFolder, type Workspace } from "./workspace";

/**
 * Where the copy of a stack file is that the engine is given: it writes into its file (a salt, at the least), and the one
 * in git stays as it is.
 */
export function stackConfigCopy(workspace: Workspace): string {
  return join(stateFolder(workspace, "stacks"), `Pulumi.${workspace.stack}.yaml`);
}

/**
 * Brings the copy of a stack file up to date; a salt that the copy has stays.
 *
 * @param salt - the salt of a stack that was made just now.
 * @throws {@link UserError} where the stack file is no YAML, or holds a key twice.
 */
export function writeStackConfig(workspace: Workspace, salt?: string): void {
  const document = parseStackFile(workspace.stackFile);
  const copy = stackConfigCopy(workspace);
  if (!document.has("encryptionsalt")) {
    const kept =
      salt ?? (existsSync(copy) ? parseStackFile(copy).get("encryptionsalt") : undefined);
    if (typeof kept === "string") document.set("encryptionsalt", kept);
  }
  const text = document.toString();
  if (!existsSync(copy) || readFileSync(copy, "utf8") !== text) {
    writeFileSync(copy, text, { mode: 0o600 });
    chmodSync(copy, 0o600);
  }
}

/** The platform that a stack file names; empty where it names none. */
export function stackPlatform({ stackFile }: Workspace): string {
  const platform = parseStackFile(stackFile).getIn(["config", "mq:platform"]);
  return typeof platform === "string" ? platform : "";
}

function parseStackFile(path: string): Document {
  const document = parseDocument(readFileSync(path, "utf8"), { uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const at = error.linePos?.[0];
    const line = at === undefined ? "" : `:${String(at.line)}:${String(at.col)}`;
    const what =
      error.code === "DUPLICATE_KEY"
        ? "this key stands here twice; keep one"
        : (error.message.split("\n")[0] ?? "");
    throw new UserError(`${path}${line}: ${what}`);
  }
  return document;
}
