import type { Spool } from "./protocol";

/** The body of a message while it comes: held as long as it is small enough, else in a spool. */
export class Body<S extends Spool> {
  private parts: Buffer[] = [];
  private bytes = 0;
  private part: { length: number; filled: number; whole?: Buffer } | undefined;
  private spool: S | undefined;

  /**
   * @param maxBytes bodies of more bytes go to the spool.
   * @param openSpool makes it; may throw where there must be none.
   */
  constructor(
    private readonly maxBytes: number,
    private readonly openSpool: () => S,
  ) {}

  /** The bytes, or the spool that took them; complete after {@link Body.end}. */
  get content(): Buffer | S {
    if (this.spool !== undefined) return this.spool;
    return this.parts.length === 1 && this.parts[0] !== undefined
      ? this.parts[0]
      : Buffer.concat(this.parts);
  }

  /** The next so many bytes belong together: they will be in one buffer, not in many. */
  expect(length: number): void {
    this.part = { length, filled: 0 };
  }

  /** Takes the next bytes. Returns a promise while the spool is busy: the next must wait for it. */
  take(piece: Buffer): Promise<void> | undefined {
    const { part } = this;
    this.bytes += piece.length;
    if (this.spool !== undefined) return this.spool.write(piece);
    const toCome = part === undefined ? 0 : part.length - part.filled - piece.length;
    if (this.bytes + toCome > this.maxBytes) {
      this.spool = this.openSpool();
      const first = Buffer.concat([...this.parts, piece]);
      this.parts = [];
      return this.spool.write(first);
    }
    if (part === undefined || part.length === piece.length) {
      this.parts.push(piece);
      this.part = undefined;
      return undefined;
    }
    part.whole ??= Buffer.allocUnsafeSlow(part.length);
    piece.copy(part.whole, part.filled);
    part.filled += piece.length;
    if (part.filled === part.length) {
      this.parts.push(part.whole);
      this.part = undefined;
    }
    return undefined;
  }

  /** The body is complete. */
  end(): Promise<void> | undefined {
    return this.spool?.end();
  }

  /** The body will not be completed. */
  discard(): void {
    this.spool?.discard();
  }
}
