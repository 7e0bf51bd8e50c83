/** Rows that the host or a member has lost. They are free for other objects when nobody has them any more. */
import type { Journal } from "../journal/journal.ts";
import type { HostObjects } from "../objects/host-objects.ts";
import type { MemberEngine } from "./member-engine.ts";

/** A thousand deletions at once are no long pause. */
const FREED_AT_ONCE_MAX = 64;

export class LeavingRows {
  readonly #rows = new Set<number>();
  readonly #objects: HostObjects;
  readonly #members: ReadonlyMap<string, MemberEngine>;
  readonly #journal: Journal;

  constructor(objects: HostObjects, members: ReadonlyMap<string, MemberEngine>, journal: Journal) {
    this.#objects = objects;
    this.#members = members;
    this.#journal = journal;
  }

  add(row: number): void {
    this.#rows.add(row);
  }

  /** Call it now and then; rows that are in use still are looked at again later. */
  freeSome(): void {
    for (const row of [...this.#rows].slice(0, FREED_AT_ONCE_MAX)) {
      this.#rows.delete(row);
      if (this.#isUsed(row)) this.#rows.add(row);
      else this.#free(row);
    }
  }

  #isUsed(row: number): boolean {
    const key = this.#objects.keyOf(row);
    if (key === null) return false;
    return (
      this.#objects.has(row) ||
      [...this.#members].some(
        ([name, member]) =>
          member.copies.isPresent(row) ||
          member.isBusyWith(row) ||
          this.#journal.find(name, key.type, key.key) !== null,
      )
    );
  }

  #free(row: number): void {
    for (const member of this.#members.values()) member.forget(row);
    this.#objects.freeRow(row);
  }
}
