/**
 * The federated objects that the host has, each in a row that its copies share. Objects are kept as bytes: most are read once in a
 * while, and a parsed object is ten times as large.
 */
import type { JsonRecord } from "../../kernel/json.ts";
import { LRUCache } from "lru-cache";
import { type ParsedObject, parseFederatedObject } from "../federated/federated-object.ts";

/** How many parsed objects are kept: one change is worked on for all members at about the same time. */
const PARSED_MAX = 256;

type RowKey = {
  /** Name of the FederatedTypeConfig: "deployments.apps". */
  readonly type: string;
  /** "namespace/name" of the federated object. */
  readonly key: string;
};

export class HostObjects {
  readonly #rows = new Map<string, number>();
  readonly #keys: (RowKey | null)[] = [];
  readonly #bytes: (Buffer | null)[] = [];
  readonly #free: number[] = [];
  #parsedLast = 0;
  readonly #parsed = new LRUCache<
    number,
    { readonly bytes: Buffer; readonly whole: JsonRecord; readonly parsed: ParsedObject | null }
  >({
    max: PARSED_MAX,
  });

  /** Rows in use. */
  get size(): number {
    return this.#rows.size;
  }

  /** Undefined = neither the host nor a member has shown such an object. */
  rowOf({ type, key }: RowKey): number | undefined {
    return this.#rows.get(textOf(type, key));
  }

  /** Copies have a row although the host does not know the object: it may come later. */
  takeRow({ type, key }: RowKey): number {
    const text = textOf(type, key);
    const known = this.#rows.get(text);
    if (known !== undefined) return known;
    const row = this.#free.pop() ?? this.#keys.length;
    this.#rows.set(text, row);
    this.#keys[row] = { type, key };
    this.#bytes[row] = null;
    return row;
  }

  /** Neither the host nor a member has it any more. */
  freeRow(row: number): void {
    const key = this.#keys[row];
    if (key === null || key === undefined) return;
    this.#rows.delete(textOf(key.type, key.key));
    this.#keys[row] = null;
    this.#bytes[row] = null;
    this.#parsed.delete(row);
    this.#free.push(row);
  }

  keyOf(row: number): RowKey | null {
    return this.#keys[row] ?? null;
  }

  /**
   * Rows of one type that the host has, from the one that was parsed last. A member that begins later than others joins them where
   * they are, so that all of them read an object while it is parsed.
   */
  *rowsOf(type: string): Iterable<number> {
    const [count, first] = [this.#keys.length, this.#parsedLast];
    for (let n = 0; n < count; n++) {
      const row = (first + n) % count;
      if (this.#keys[row]?.type === type && this.has(row)) yield row;
    }
  }

  has(row: number): boolean {
    return (this.#bytes[row] ?? null) !== null;
  }

  /** `bytes` null: the host has it no more. */
  set(row: number, bytes: Buffer | null): void {
    this.#bytes[row] = bytes;
  }

  /** The whole object as the host sent it, and what could be read of it; null = the host does not have it. */
  read(row: number): { readonly whole: JsonRecord; readonly parsed: ParsedObject | null } | null {
    const bytes = this.#bytes[row] ?? null;
    if (bytes === null) return null;
    const known = this.#parsed.get(row);
    if (known?.bytes === bytes) return known;
    const whole = JSON.parse(bytes.toString("utf8")) as JsonRecord;
    const read = { bytes, whole, parsed: parseFederatedObject(whole) };
    this.#parsed.set(row, read);
    this.#parsedLast = row;
    return read;
  }
}

function textOf(type: string, key: string): string {
  return `${type}\0${key}`;
}
