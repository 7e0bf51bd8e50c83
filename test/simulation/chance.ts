/** One seeded source of chance for a whole run: the same seed, the same run. */

export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ 0x85ebca6b) >>> 0;
    for (let i = 0; i < 4; i++) this.next();
  }

  /** 0 <= next() < 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** least..most, both inclusive. */
  int(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  is(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(all: readonly T[]): T {
    if (all.length === 0) throw new Error("nothing to pick from");
    return all[this.int(0, all.length - 1)] as T;
  }

  /** Each with this probability, in order. */
  some<T>(all: readonly T[], probability: number): T[] {
    return all.filter(() => this.is(probability));
  }

  shuffle<T>(all: readonly T[]): T[] {
    const list = [...all];
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [list[i], list[j]] = [list[j] as T, list[i] as T];
    }
    return list;
  }

  /** By weights. */
  weighed<T>(choices: readonly (readonly [T, number])[]): T {
    let point = this.next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [choice, weight] of choices) if ((point -= weight) < 0) return choice;
    return (choices.at(-1) as readonly [T, number])[0];
  }
}
