import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
 * Brings the copy of a stack file up to date; a salt that the copy has stays, and so does a broker that was chosen.
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
  const chosen = chosenBroker(workspace);
  if (chosen !== undefined) document.setIn(brokerKind, chosen);
  const text = document.toString();
  if (!existsSync(copy) || readFileSync(copy, "utf8") !== text) {
    writeFileSync(copy, text, { mode: 0o600 });
    chmodSync(copy, 0o600);
  }
}

/** The platform that a stack file names; empty where it names none. */
export function stackPlatform({ stackFile }: Workspace): string {
  return textAt(parseStackFile(stackFile), ["config", "mq:platform"]);
}

/** What the commands have to know of a stack's broker; a text is empty where the stack file does not say it. */
export interface StackBroker {
  readonly kind: string;
  /** Version and path of the archive that it is unpacked from. */
  readonly archive: { readonly version: string; readonly file: string };
}

/** The broker that a stack file names, or that was chosen in its place. */
export function stackBroker(workspace: Workspace): StackBroker {
  const document = parseStackFile(workspace.stackFile);
  const archive = (key: string): string =>
    textAt(document, ["config", "mq:broker", "archive", key]);
  return {
    kind: chosenBroker(workspace) ?? textAt(document, brokerKind),
    archive: { version: archive("version"), file: archive("file") },
  };
}

/**
 * Has a stack use a broker of another kind than its file says, from now on and until another one is chosen: the copy of
 * the stack file says so, the file itself stays.
 */
export function chooseBroker(workspace: Workspace, kind: string): void {
  const file = choiceFile(workspace);
  if (textAt(parseStackFile(workspace.stackFile), brokerKind) === kind)
    rmSync(file, { force: true });
  else writeFileSync(file, kind, { mode: 0o600 });
}

const brokerKind = ["config", "mq:broker", "kind"] as const;

function choiceFile(workspace: Workspace): string {
  return join(stateFolder(workspace, "stacks"), `${workspace.stack}.broker`);
}

function chosenBroker(workspace: Workspace): string | undefined {
  const file = choiceFile(workspace);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function textAt(document: Document, path: readonly string[]): string {
  const value = document.getIn(path);
  return typeof value === "string" ? value : "";
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
