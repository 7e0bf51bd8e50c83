/** The bounded history of changes, from which watches are replayed and earlier list pages are rebuilt. */
import type { ApiResource } from "./resource.ts";
import type { KubeObject } from "../object/object.ts";

export type ChangeKind = "ADDED" | "MODIFIED" | "DELETED";

/** One write. `object` is the state after it (for DELETED the last state, with a new version), `previous` the one before. */
export type Change = {
  readonly version: number;
  readonly kind: ChangeKind;
  readonly resource: ApiResource;
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
};

/** Some minutes of a busy cluster. An entry has two references to objects; most of these are alive anyway. */
export const HISTORY_CHANGES = 20_000;

export class ChangeHistory {
  #changes: Change[] = [];
  #compacted: number;
  readonly #limit: number;

  /** `version` is where the history starts; earlier versions cannot be replayed. */
  constructor(version: number, limit: number) {
    this.#compacted = version;
    this.#limit = limit;
  }

  /** The version up to which changes are dropped: the oldest one a watch may start from. */
  get compacted(): number {
    return this.#compacted;
  }

  append(change: Change): void {
    this.#changes.push(change);
    // Drops half at a time, so that the copy is amortised over many changes.
    if (this.#changes.length > this.#limit) this.#forget(this.#changes.length >> 1);
  }

  compact(): void {
    this.#forget(this.#changes.length);
  }

  /** The changes after `version`, oldest first, or undefined where some of them are dropped. */
  since(version: number): readonly Change[] | undefined {
    if (version < this.#compacted) return undefined;
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#changes[middle]?.version ?? 0) <= version) low = middle + 1;
      else high = middle;
    }
    return this.#changes.slice(low);
  }

  #forget(count: number): void {
    this.#compacted = this.#changes[count - 1]?.version ?? this.#compacted;
    this.#changes = this.#changes.slice(count);
  }
}
