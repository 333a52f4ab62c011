/** Says of each step how long it took. */
export class Steps {
  readonly say: (line: string) => void;
  readonly #start = performance.now();

  constructor(say: (line: string) => void) {
    this.say = say;
  }

  async time<T>(what: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.say(`${what}: ${seconds(start)}`);
    return result;
  }

  /** Since the first step. */
  total(): string {
    return seconds(this.#start);
  }
}

function seconds(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}
