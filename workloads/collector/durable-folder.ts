import * as fs from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** A file to put into a folder: its bytes, or a temporary file of this folder's that holds them. */
export interface NewFile {
  name: string;
  content: Buffer | { temporary: string };
}

const TEMPORARY = /^\.mq-[0-9]+-[0-9]+\.tmp$/;
/** New files only, and never through a link that somebody planted. */
const NEW_FILE =
  fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_NOFOLLOW;
/** Readable for the group, as the folder allows. */
const FILE_MODE = 0o640;
/** Files that are open at a time; systems allow a process 1024 and more. */
const OPEN_FILES = 500;

const syncFile = promisify(fs.fdatasync);
const syncAll = promisify(fs.fsync);

let counter = 0;

/**
 * A folder into which batches of files are put so that they stay: written under temporary names,
 * synced beside one another, renamed, then the folder itself is synced.
 *
 * Only the syncs leave the main thread. A folder's entries change one after the other in any case:
 * threads that create files in it wait for each other, at twice the processor time.
 */
export class DurableFolder {
  /**
   * @param path its parent is created as well, and must not be in the hands of strangers.
   * @param sync false gives up durability, to measure what it costs.
   */
  constructor(
    readonly path: string,
    private readonly sync = true,
  ) {}

  /**
   * Makes the folder and removes what an earlier process left unfinished in it.
   *
   * @throws Error when the path is something else, a link to a folder for instance.
   */
  async open(): Promise<void> {
    await this.make();
    this.removeWhere((name) => TEMPORARY.test(name));
  }

  /** Puts all files into the folder, or throws; what is there already under a name is replaced. */
  async put(files: readonly NewFile[]): Promise<void> {
    if (files.length === 0) return;
    const temporaries: string[] = [];
    try {
      for (let from = 0; from < files.length; from += OPEN_FILES) {
        await this.write(files.slice(from, from + OPEN_FILES), temporaries);
      }
      files.forEach((file, index) => {
        this.move(temporaries[index] ?? "", file);
      });
      await this.syncFolder(this.path);
    } catch (error) {
      files.forEach(({ content }, index) => {
        if (Buffer.isBuffer(content)) this.remove(temporaries[index] ?? "");
      });
      // Should somebody have removed the folder, the next attempt finds it again.
      await this.make().catch(() => undefined);
      throw error;
    }
  }

  /** Removes the files that a test on their names picks. */
  removeWhere(picks: (name: string) => boolean): void {
    for (const name of fs.readdirSync(this.path)) if (picks(name)) this.remove(name);
  }

  /** Opens a temporary file, for a body that comes in pieces. */
  async openTemporary(): Promise<{ name: string; handle: FileHandle }> {
    await this.make();
    const name = temporaryName();
    return { name, handle: await open(join(this.path, name), NEW_FILE, FILE_MODE) };
  }

  /** Finds out whether the folder takes writes now. */
  async probe(): Promise<void> {
    const { name, handle } = await this.openTemporary();
    try {
      await handle.write(" ");
    } finally {
      await handle.close();
      this.remove(name);
    }
  }

  /** Removes a file; that it is not there, or cannot be removed now, is no error. */
  remove(name: string): void {
    try {
      fs.unlinkSync(join(this.path, name));
    } catch {
      // A temporary file that stays is removed at the next start, an old file at the next new one.
    }
  }

  private async make(): Promise<void> {
    const parent = dirname(this.path);
    fs.mkdirSync(parent, { recursive: true });
    try {
      fs.mkdirSync(this.path);
      await this.syncFolder(parent);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (!fs.lstatSync(this.path).isDirectory()) {
      throw new Error(`${this.path}: is not a folder; links are not followed here`);
    }
  }

  /** Writes and syncs files under temporary names, which it adds to the list. */
  private async write(files: readonly NewFile[], temporaries: string[]): Promise<void> {
    const opened: number[] = [];
    try {
      for (const { content } of files) {
        if (!Buffer.isBuffer(content)) {
          temporaries.push(content.temporary);
          continue;
        }
        const name = temporaryName();
        temporaries.push(name);
        const fd = fs.openSync(join(this.path, name), NEW_FILE, FILE_MODE);
        opened.push(fd);
        let done = 0;
        while (done < content.length) done += fs.writeSync(fd, content, done);
      }
      if (!this.sync) return;
      // All of them, before one that failed has the files closed.
      const results = await Promise.allSettled(opened.map((fd) => syncFile(fd)));
      for (const result of results) if (result.status === "rejected") throw result.reason;
    } finally {
      for (const fd of opened) fs.closeSync(fd);
    }
  }

  private move(temporary: string, { name, content }: NewFile): void {
    try {
      fs.renameSync(join(this.path, temporary), join(this.path, name));
    } catch (error) {
      // An attempt that failed later on has renamed it: only its bytes are gone for a second one.
      const moved = !Buffer.isBuffer(content) && (error as NodeJS.ErrnoException).code === "ENOENT";
      if (!moved || !fs.lstatSync(join(this.path, name)).isFile()) throw error;
    }
  }

  private async syncFolder(path: string): Promise<void> {
    if (!this.sync) return;
    const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    try {
      await syncAll(fd);
    } finally {
      fs.closeSync(fd);
    }
  }
}

function temporaryName(): string {
  return `.mq-${String(process.pid)}-${String((counter += 1))}.tmp`;
}
