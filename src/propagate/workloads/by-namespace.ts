/**
 * Watches of one kind in one member: of the whole cluster, or, where the account may not read that, of each namespace that is asked
 * about: up to a bound, since a refused watch is tried again and again. Beyond it the refusal of the cluster counts.
 */
const NAMESPACES_MAX = 100;

type Refusable = {
  /** The member does not let us read it. */
  readonly isRefused: boolean;
  /** Runs until aborted; never rejects. */
  run(signal: AbortSignal): Promise<void>;
};

export class ByNamespace<W extends Refusable> {
  /** `namespace` null = of all. */
  readonly #open: (namespace: string | null) => W;
  readonly #signal: AbortSignal;
  readonly #whole: W;
  readonly #parts = new Map<string, W>();

  /** Watches until aborted. */
  constructor(open: (namespace: string | null) => W, signal: AbortSignal) {
    this.#open = open;
    this.#signal = signal;
    this.#whole = open(null);
    void this.#whole.run(signal);
  }

  /** `namespace` "": what is asked about is in none. */
  in(namespace: string): W {
    if (!this.#whole.isRefused || namespace === "" || this.#signal.aborted) return this.#whole;
    const known = this.#parts.get(namespace);
    if (known !== undefined) return known;
    if (this.#parts.size >= NAMESPACES_MAX) return this.#whole;
    const part = this.#open(namespace);
    this.#parts.set(namespace, part);
    void part.run(this.#signal);
    return part;
  }

  *all(): Iterable<W> {
    yield this.#whole;
    yield* this.#parts.values();
  }
}
