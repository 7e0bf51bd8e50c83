/** Ctrl-C, an order to stop, and a reader that has enough end a command cleanly: what it follows ends, and then it does. */

/** 128 + the number of the signal, as shells report it. A reader that has enough is no failure. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const ENOUGH = 0;

export class Interruption {
  readonly #ending = new AbortController();
  readonly #handlers: readonly (() => void)[];
  #exitCode: number | null = null;

  constructor() {
    const handlers = Object.entries(EXIT_CODES).map(([signal, exitCode]) => {
      const handler = (): void => this.#end(exitCode);
      // A second one has its usual effect.
      process.once(signal, handler);
      return () => void process.off(signal, handler);
    });
    const onError = (): void => this.#end(ENOUGH);
    process.stdout.once("error", onError);
    this.#handlers = [...handlers, () => void process.stdout.off("error", onError)];
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Null: it was not interrupted. */
  get exitCode(): number | null {
    return this.#exitCode;
  }

  /** Ends everything that uses the signal. */
  [Symbol.dispose](): void {
    for (const remove of this.#handlers) remove();
    this.#ending.abort();
  }

  #end(exitCode: number): void {
    this.#exitCode ??= exitCode;
    this.#ending.abort();
  }
}
