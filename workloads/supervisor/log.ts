import * as fs from "node:fs";

/** Size at which the log is moved aside, in bytes. */
const maxBytes = 10 * 1024 * 1024;

const checkMs = 1000;

/**
 * A service's log. The service writes to the descriptor itself, so that it goes on when the supervisor is
 * killed; therefore a full log is copied and cut, not renamed. It holds about 10 MiB, and the copy as much.
 */
export class ServiceLog {
  readonly descriptor: number;

  /**
   * @param file Where the log is; made with mode 0600.
   * @param oldFile Where a full log is copied to.
   */
  constructor(
    private readonly file: string,
    private readonly oldFile: string,
  ) {
    this.descriptor = fs.openSync(file, "a", 0o600);
    setInterval(() => {
      this.rotate();
    }, checkMs).unref();
  }

  /** Adds a line of the supervisor's own. */
  write(line: string): void {
    try {
      fs.writeSync(this.descriptor, `${new Date().toISOString()} supervisor: ${line}\n`);
    } catch {
      // A full disk must not end the service.
    }
  }

  private rotate(): void {
    try {
      if (fs.fstatSync(this.descriptor).size > maxBytes) {
        fs.copyFileSync(this.file, this.oldFile);
        fs.ftruncateSync(this.descriptor, 0);
      }
    } catch {
      // Tried again the next time.
    }
  }
}
