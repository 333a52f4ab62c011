/** Says what took how long. */
export class Stopwatch {
  readonly #laps: { what: string; seconds: number }[] = [];

  /** Runs a function and remembers how long it took. */
  async time<T>(what: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.#laps.push({ what, seconds: (performance.now() - start) / 1000 });
    }
  }

  /** One line for each lap. */
  lines(): string[] {
    return this.#laps.map(({ what, seconds }) => `${what}: ${seconds.toFixed(1)} s`);
  }
}
