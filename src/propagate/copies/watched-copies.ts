/**
 * What a watch of copies keeps of them: their rows alone. All else is in the columns of the member, by which it is told as well
 * whether there is news: most events are the echo of our own writes, whose answers have been there before.
 *
 *   the watch shows    | seen before | the columns say the same | told
 *   an object          | any         | yes                      |
 *   an object          | any         | no                       | the object
 *   none, or a list without it | yes | any                      | that it is gone
 *   none, or a list without it | no  | any                      |
 *
 * What an answer has shown and no list has is no end that was seen: the columns are told what was listed, and it is read again. So
 * a copy is missed that was made before its member went back to a backup.
 */
import { errorFields } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import type { KeptObjects, Projection, Sink } from "../../fleet/watch/store.ts";
import { RowSet } from "./row-set.ts";

/** Rows of copies, by the key of their federated object. */
export type CopyRows<T> = {
  /** It is made if there is none. */
  readonly take: (key: string) => number;
  readonly find: (key: string) => number | undefined;
  readonly keyOf: (row: number) => string | null;
  /** What is known of the copy is what the object shows. */
  readonly isKnown: (row: number, object: T) => boolean;
  /** A whole list of the copies is here; `namespace` null = of all namespaces. */
  readonly onList: (listed: RowSet, namespace: string | null) => void;
};

type WatchedCopiesOptions<T> = {
  readonly rows: CopyRows<T>;
  /** The only one that is watched; null = all are. */
  readonly namespace: string | null;
  /** The key of the federated object, from the identity of a copy. */
  readonly keyOfIdentity: (identity: string) => string;
  readonly sink: Sink<T>;
  readonly log: Log;
};

export class WatchedCopies<T> implements KeptObjects<T> {
  readonly #options: WatchedCopiesOptions<T>;
  readonly #seen = new RowSet();
  #sinkErrors = 0;

  constructor(options: WatchedCopiesOptions<T>) {
    this.#options = options;
  }

  get size(): number {
    return this.#seen.size;
  }

  get sinkErrors(): number {
    return this.#sinkErrors;
  }

  /** The row is used for another object from now on. */
  forget(row: number): void {
    this.#seen.delete(row);
  }

  apply(identity: string, after: Projection<T> | null): void {
    const { rows, keyOfIdentity } = this.#options;
    if (after !== null) this.#show(after);
    else {
      const row = rows.find(keyOfIdentity(identity));
      if (row !== undefined) this.#end(row);
    }
  }

  replaceAll(after: Map<string, Projection<T>>): void {
    const { rows, namespace, sink } = this.#options;
    const listed = new RowSet();
    for (const { key } of after.values()) listed.add(rows.take(key));
    for (const row of this.#seen.rows()) if (!listed.has(row)) this.#end(row);
    for (const projection of after.values()) this.#show(projection);
    rows.onList(listed, namespace);
    this.#guard(() => sink.onSynced());
  }

  clear(): void {
    for (const row of this.#seen.rows()) this.#end(row);
  }

  #show({ key, value }: Projection<T>): void {
    const { rows, sink } = this.#options;
    const row = rows.take(key);
    this.#seen.add(row);
    if (!rows.isKnown(row, value)) this.#guard(() => sink.onChange(key, value));
  }

  #end(row: number): void {
    const { rows, sink } = this.#options;
    if (!this.#seen.delete(row)) return;
    const key = rows.keyOf(row);
    if (key !== null) this.#guard(() => sink.onChange(key, undefined));
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#sinkErrors += 1;
      this.#options.log.error(errorFields(error), "a change of a copy could not be processed");
    }
  }
}
