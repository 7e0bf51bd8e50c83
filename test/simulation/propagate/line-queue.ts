/** The lines of a watch on their way from a server to a reader. */

export class LineQueue {
  readonly #lines: string[] = [];
  #end: { readonly error: Error | null } | null = null;
  #wake: () => void = () => undefined;

  push(line: string): void {
    this.#lines.push(line);
    this.#wake();
  }

  end(): void {
    this.#end ??= { error: null };
    this.#wake();
  }

  fail(error: Error): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** Null at the end. Throws what the stream failed with, after all that came before. */
  async next(): Promise<string | null> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      if (this.#end?.error !== undefined && this.#end.error !== null) throw this.#end.error;
      if (this.#end !== null) return null;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
