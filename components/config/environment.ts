/** What a stack file does not say: where and as whom `up` runs. */
export interface Environment {
  readonly stack: string;
  /** Whether `up` runs as root. */
  readonly superuser: boolean;
  readonly home: string;
  /** Node.js that workloads on this machine run with. */
  readonly node: string;
  /** Keys (without `mq:`) whose values the stack file holds encrypted. */
  readonly secretKeys: ReadonlySet<string>;
}
