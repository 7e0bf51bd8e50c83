/**
 * How many different questions one address is asked for one cluster: so many that each has its turn in the standard interval
 * of ten seconds (address-turns.ts). A cluster that names another's address takes no question from it.
 */

const QUESTIONS_PER_TURN = 10;

export type AskedAt = { readonly address: string; readonly cluster: string };

export class AddressQuestions {
  readonly #counts: Map<string, number> = new Map();
  #max: number;

  /** `probesPerAddress`: a second. */
  constructor(probesPerAddress: number) {
    this.#max = probesPerAddress * QUESTIONS_PER_TURN;
  }

  configure(probesPerAddress: number): void {
    this.#max = probesPerAddress * QUESTIONS_PER_TURN;
  }

  mayHaveMore(at: AskedAt): boolean {
    return (this.#counts.get(keyOf(at)) ?? 0) < this.#max;
  }

  /** There is one more, or one less. */
  count(at: AskedAt, change: 1 | -1): void {
    const count = (this.#counts.get(keyOf(at)) ?? 0) + change;
    if (count === 0) this.#counts.delete(keyOf(at));
    else this.#counts.set(keyOf(at), count);
  }
}

function keyOf({ address, cluster }: AskedAt): string {
  return `${cluster} ${address}`;
}
