/** An error of a benchmark: a program that is missing or failed, a report that cannot be read. */
export class BenchError extends Error {
  readonly code: `BENCH_${Uppercase<string>}`;

  constructor(code: BenchError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BenchError";
    this.code = code;
  }
}
