/** What could be known of each copy a moment ago: how many of its pods were ready, and how many had room, at any time since then. */
import { since } from "./wishes.ts";

type Sight = { readonly ready: number; readonly room: number | null };

export class Sights {
  readonly #seen = new Map<string, { fromMs: number; value: Sight }[]>();

  note(member: string, key: string, value: Sight, nowMs: number): void {
    const id = `${member} ${key}`;
    const seen = this.#seen.get(id) ?? [{ fromMs: -Infinity, value: { ready: 0, room: null } }];
    seen.push({ fromMs: nowMs, value });
    this.#seen.set(id, seen);
  }

  mostReady(member: string, key: string, sinceMs: number): number {
    return Math.max(0, ...this.#since(member, key, sinceMs).map(({ ready }) => ready));
  }

  leastReady(member: string, key: string, sinceMs: number): number {
    const all = this.#since(member, key, sinceMs).map(({ ready }) => ready);
    return all.length === 0 ? 0 : Math.min(...all);
  }

  leastRoom(member: string, key: string, sinceMs: number): number {
    return Math.min(Infinity, ...this.#since(member, key, sinceMs).map(({ room }) => room ?? Infinity));
  }

  /** So many are wanted there from now on: who says so knows that no more stay. */
  limit(member: string, key: string, most: number): void {
    for (const one of this.#seen.get(`${member} ${key}`) ?? [])
      one.value = { ...one.value, ready: Math.min(one.value.ready, most) };
  }

  #since(member: string, key: string, sinceMs: number): readonly Sight[] {
    return since(this.#seen.get(`${member} ${key}`) ?? [], sinceMs);
  }
}
