/** What a stack file does not say: where and as whom `up` runs. */
export interface Environment {
  readonly stack: string;
  /** Whether `up` runs as root. */
  readonly superuser: boolean;
  readonly home: string;
  /** Folder of what the npm commands fetch once and keep. */
  readonly cache: string;
  /** Java that brokers on this machine run with; undefined where there is none. */
  readonly java?: string;
  /** Node.js that workloads on this machine run with. */
  readonly node: string;
  /** Keys (without `mq:`) whose values the stack file holds encrypted. */
  readonly secretKeys: ReadonlySet<string>;
}
