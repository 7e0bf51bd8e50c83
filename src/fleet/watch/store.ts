/** The projected objects of one resource of one cluster. A sink hears of every real difference. */
import { errorFields } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";

/** `key` is unique within the resource; it need not be the object's namespace and name. */
export type Projection<T> = { readonly key: string; readonly value: T };

/** Called for differences, in order and synchronously. Errors of a sink are logged and counted, and do not propagate. */
export type Sink<T> = {
  onChange(key: string, value: T | undefined): void;
  /** After each complete list, after `onChange` for all its differences. */
  onSynced(): void;
};

/** What a reflector keeps its objects in. Objects are named by their identity, "namespace/name". */
export type KeptObjects<T> = {
  readonly size: number;
  readonly sinkErrors: number;
  /** Null: the object is gone, or is not worth keeping any more. */
  apply(identity: string, after: Projection<T> | null): void;
  /** After a complete list. */
  replaceAll(after: Map<string, Projection<T>>): void;
  /** All objects are gone, without a list that says so. */
  clear(): void;
};

type StoreOptions<T> = {
  readonly sink: Sink<T>;
  readonly equal: (before: T, after: T) => boolean;
  readonly log: Log;
};

/** Indexed by the object's identity "namespace/name", so that an object whose projection becomes null is removed. */
export class Store<T> implements KeptObjects<T> {
  readonly #sink: Sink<T>;
  readonly #equal: (before: T, after: T) => boolean;
  readonly #log: Log;
  #entries = new Map<string, Projection<T>>();
  #sinkErrors = 0;

  constructor(options: StoreOptions<T>) {
    this.#sink = options.sink;
    this.#equal = options.equal;
    this.#log = options.log;
  }

  get size(): number {
    return this.#entries.size;
  }

  get sinkErrors(): number {
    return this.#sinkErrors;
  }

  values(): Iterable<Projection<T>> {
    return this.#entries.values();
  }

  apply(identity: string, after: Projection<T> | null): void {
    const before = this.#entries.get(identity);
    if (after === null) this.#entries.delete(identity);
    else this.#entries.set(identity, after);
    this.#notify(before, after ?? undefined);
  }

  /** Replaces the state in one step: within `onChange` the store has the new state already. */
  replaceAll(after: Map<string, Projection<T>>): void {
    const before = this.#entries;
    this.#entries = after;
    for (const [identity, old] of before) if (!after.has(identity)) this.#notify(old, undefined);
    for (const [identity, entry] of after) this.#notify(before.get(identity), entry);
    try {
      this.#sink.onSynced();
    } catch (error) {
      this.#logSinkError(error);
    }
  }

  clear(): void {
    const before = this.#entries;
    this.#entries = new Map();
    for (const old of before.values()) this.#notify(old, undefined);
  }

  #notify(before: Projection<T> | undefined, after: Projection<T> | undefined): void {
    if (before !== undefined && before.key !== after?.key) this.#change(before.key, undefined);
    if (after === undefined) return;
    if (before?.key === after.key && this.#equal(before.value, after.value)) return;
    this.#change(after.key, after.value);
  }

  #change(key: string, value: T | undefined): void {
    try {
      this.#sink.onChange(key, value);
    } catch (error) {
      this.#logSinkError(error);
    }
  }

  #logSinkError(error: unknown): void {
    this.#sinkErrors += 1;
    this.#log.error(errorFields(error), "a change could not be processed");
  }
}
