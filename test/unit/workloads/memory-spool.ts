import { expect } from "vitest";
import type { Spool } from "../../../workloads/shared/protocol";

/** A spool that keeps what it is given, and takes its time. */
export class MemorySpool implements Spool {
  parts: Buffer[] = [];
  ended = false;
  discarded = false;
  busy = false;
  async write(chunk: Buffer): Promise<void> {
    expect(this.busy).toBe(false);
    this.busy = true;
    await Promise.resolve();
    this.parts.push(Buffer.from(chunk));
    this.busy = false;
  }
  end(): Promise<void> {
    this.ended = true;
    return Promise.resolve();
  }
  discard(): void {
    this.discarded = true;
  }
}
