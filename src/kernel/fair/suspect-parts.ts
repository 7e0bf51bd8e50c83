/**
 * Parts of batches that failed, until the services at fault are found: those of each member by itself, and members in turn, so
 * that the services of one are not searched for those of another.
 */
import type { Taken } from "./fair-queue.ts";

type Part = readonly Taken<string>[];

const NONE: Part = [];

export class SuspectParts {
  /** By member, the one whose turn it is first; of each, the part that comes next is last. */
  readonly #parts: Map<string, Part[]> = new Map();
  readonly #keys: Set<string> = new Set();

  /** Services and hosts in all parts. */
  get size(): number {
    return this.#keys.size;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  hasOf(member: string): boolean {
    return this.#parts.has(member);
  }

  /** A batch that failed, of more than one: by member if it is of several, else in halves. */
  split(batch: Part): void {
    for (const { item } of batch) this.#keys.add(item);
    const byMember = Map.groupBy(batch, ({ owner }) => owner);
    if (byMember.size > 1) {
      for (const [member, part] of byMember) this.#push(member, [part]);
      return;
    }
    const half = batch.length >> 1;
    for (const [member] of byMember) this.#push(member, [batch.slice(half), batch.slice(0, half)]);
  }

  /** The part to try next; empty = there is none. */
  take(): Part {
    for (const [member, parts] of this.#parts) {
      const part = parts.pop() ?? NONE;
      this.#parts.delete(member);
      // Behind the other members.
      if (parts.length > 0) this.#parts.set(member, parts);
      for (const { item } of part) this.#keys.delete(item);
      return part;
    }
    return NONE;
  }

  #push(member: string, more: readonly Part[]): void {
    const parts = this.#parts.get(member) ?? [];
    parts.push(...more);
    this.#parts.set(member, parts);
  }
}
