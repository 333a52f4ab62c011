import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { Spool } from "../shared/protocol";
import type { DurableFolder } from "./durable-folder";

/** Repeats an operation on the disk until it succeeds; rejects once it is not wanted any more. */
export type UntilItWorks = <T>(work: () => Promise<T>, wanted: () => boolean) => Promise<T>;

/** A body that is too large to be collected, on its way into the folder of rejected messages. */
export class RejectedSpool implements Spool {
  /** Bytes so far. */
  bytes = 0;
  private readonly hash = createHash("md5");
  private file: { name: string; handle: FileHandle } | undefined;
  private discarded = false;
  private digest = "";

  /**
   * @param retry what a full disk means: the write waits, and with it the broker.
   */
  constructor(
    private readonly folder: DurableFolder,
    private readonly retry: UntilItWorks,
  ) {}

  /** Of the whole body, once it has ended. */
  get md5(): string {
    return this.digest;
  }

  /** The temporary file that holds the body, once it has ended. */
  get temporary(): string {
    return this.file?.name ?? "";
  }

  async write(chunk: Buffer): Promise<void> {
    let done = 0;
    while (done < chunk.length) {
      done += await this.retry(
        async () => {
          const { handle } = await this.opened();
          const position = this.bytes + done;
          return (await handle.write(chunk, done, chunk.length - done, position)).bytesWritten;
        },
        () => !this.discarded,
      );
    }
    this.hash.update(chunk);
    this.bytes += chunk.length;
  }

  /** A failed sync is not repeated, since a second one would not tell: the message comes again. */
  async end(): Promise<void> {
    const { handle } = await this.opened();
    await handle.datasync();
    await handle.close();
    this.digest = this.hash.digest("hex");
  }

  discard(): void {
    this.discarded = true;
    const { file } = this;
    if (file === undefined) return;
    void file.handle.close().catch(() => undefined);
    this.folder.remove(file.name);
  }

  private async opened(): Promise<{ name: string; handle: FileHandle }> {
    this.file ??= await this.folder.openTemporary();
    if (this.discarded) {
      this.discard();
      throw new Error("the message is not wanted any more");
    }
    return this.file;
  }
}
