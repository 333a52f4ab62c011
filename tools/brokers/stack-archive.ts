import { brokerArchives } from "../../components/config/broker-kinds";
import { stackBroker, stackPlatform } from "../lib/stack-config";
import type { Workspace } from "../lib/workspace";
import { ensureArchive } from "./archives";

/**
 * Makes sure that the archive is there that the broker of a stack is unpacked from. One that the stack file names by its
 * path is the user's to put there; what else is wrong in it, the program says.
 */
export async function ensureStackArchive(workspace: Workspace): Promise<void> {
  if (stackPlatform(workspace) !== "hosts") return;
  const { kind, archive } = stackBroker(workspace);
  const published = Object.entries(brokerArchives).find(([name]) => name === kind)?.[1];
  if (published === undefined || archive.file !== "") return;
  await ensureArchive(published.fileName(archive.version || published.version));
}
