/**
 * The federated objects that the host has, each in a row that its copies share. Objects are kept as bytes: most are read once in a
 * while, and a parsed object is ten times as large.
 */
import type { JsonRecord } from "../../kernel/json.ts";
import { LRUCache } from "lru-cache";
import type { Allotment } from "../federated/allotment.ts";
import { allotted } from "../federated/allotted.ts";
import { type ParsedObject, parseFederatedObject } from "../federated/federated-object.ts";
import { isPlain, parsePlainObject } from "../plain/plain-object.ts";

/**
 * Octets of JSON whose parsed objects are kept, which are ten times as many in memory: an object is worked on for all members at about
 * the same time, but some are slower. A number of objects would be too few of small ones, or too much of large ones.
 */
const PARSED_OCTETS_MAX = 4 << 20;

export type RowKey = {
  /** Name of the FederatedTypeConfig: "deployments.apps". */
  readonly type: string;
  /** "namespace/name" of the federated object. */
  readonly key: string;
};

/** What is decided beside an object; null = nothing is. */
type AllotmentOf = (type: string, key: string) => Allotment | null;

type ReadObject = {
  readonly bytes: Buffer;
  /** As the host sent it. */
  readonly whole: JsonRecord;
  /** What could be read of it; null = it is no object. */
  readonly declared: ParsedObject | null;
  readonly allotment: Allotment | null;
  /** With what is decided beside it. */
  readonly parsed: ParsedObject | null;
};

export class HostObjects {
  readonly #rows = new Map<string, number>();
  readonly #keys: (RowKey | null)[] = [];
  readonly #bytes: (Buffer | null)[] = [];
  readonly #free: number[] = [];
  /** Rows in use, by type, in no order that means anything; and the place of each row there. */
  readonly #ofType = new Map<string, number[]>();
  readonly #places: number[] = [];
  /** By type: the row that was parsed last. */
  readonly #parsedLast = new Map<string, number>();
  /** Rows of objects with our finalizer that are not being deleted. */
  readonly #held = new Set<number>();
  /** Types whose objects count as being deleted, and since when, in wall ms. */
  readonly #ended = new Map<string, number>();
  readonly #parsed = new LRUCache<number, ReadObject>({
    maxSize: PARSED_OCTETS_MAX,
    sizeCalculation: ({ bytes }) => bytes.length,
  });
  readonly #allotmentOf: AllotmentOf;

  constructor(allotmentOf: AllotmentOf = () => null) {
    this.#allotmentOf = allotmentOf;
  }

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
    const rows = this.#ofType.get(type) ?? [];
    this.#places[row] = rows.push(row) - 1;
    this.#ofType.set(type, rows);
    return row;
  }

  /** Neither the host nor a member has it any more. */
  freeRow(row: number): void {
    const key = this.#keys[row];
    if (key === null || key === undefined) return;
    this.#rows.delete(textOf(key.type, key.key));
    this.#keys[row] = null;
    this.set(row, null);
    this.#leave(key.type, row);
    this.#parsed.delete(row);
    this.#free.push(row);
  }

  /** The last row of the type takes its place. */
  #leave(type: string, row: number): void {
    const rows = this.#ofType.get(type) ?? [];
    const [place, last] = [this.#places[row] ?? 0, rows.pop()];
    if (last === undefined || last === row) return;
    rows[place] = last;
    this.#places[last] = place;
  }

  keyOf(row: number): RowKey | null {
    return this.#keys[row] ?? null;
  }

  /**
   * Rows of one type that the host has, from the one that was parsed last. A member that begins later than others joins them where
   * they are, so that all of them read an object while it is parsed.
   */
  *rowsOf(type: string): Iterable<number> {
    const rows = [...(this.#ofType.get(type) ?? [])];
    const last = this.#parsedLast.get(type) ?? -1;
    const first = this.#keys[last]?.type === type ? (this.#places[last] ?? 0) : 0;
    for (let n = 0; n < rows.length; n++) {
      const row = rows[(first + n) % rows.length] as number;
      if (this.has(row)) yield row;
    }
  }

  /** Rows of one type in a namespace, also those that only members have. */
  *rowsIn(type: string, namespace: string): Iterable<number> {
    // A copy: rows may be freed on the way.
    for (const row of this.#ofType.get(type)?.slice() ?? [])
      if (this.#keys[row]?.key.startsWith(`${namespace}/`) === true) yield row;
  }

  has(row: number): boolean {
    return (this.#bytes[row] ?? null) !== null;
  }

  /** Since when the objects of the type count as being deleted; undefined = they do not. */
  setEnded(type: string, endedMs: number | undefined): void {
    if (this.#ended.get(type) === endedMs) return;
    for (const row of this.rowsOf(type)) this.#parsed.delete(row);
    if (endedMs === undefined) this.#ended.delete(type);
    else this.#ended.set(type, endedMs);
  }

  /** Null = the host does not have it. */
  bytesOf(row: number): Buffer | null {
    return this.#bytes[row] ?? null;
  }

  /** `bytes` null: the host has it no more. `isHeld`: it has our finalizer, and is not being deleted; false = or it is not known. */
  set(row: number, bytes: Buffer | null, isHeld = false): void {
    this.#bytes[row] = bytes;
    if (isHeld) this.#held.add(row);
    else this.#held.delete(row);
  }

  /** It has our finalizer and is to stay, for sure: nothing but its status can be due. Known without reading it. */
  isHeld(row: number): boolean {
    return this.#held.has(row) && !this.#ended.has(this.#keys[row]?.type ?? "");
  }

  /** Null = the host does not have it. */
  read(row: number): ReadObject | null {
    const before = this.#declared(row);
    if (before === null) return null;
    const { type, key } = this.#keys[row] as RowKey;
    const allotment = this.#allotmentOf(type, key);
    if (before.allotment === allotment) return before;
    const after = { ...before, allotment, parsed: withAllotment(before.declared, allotment) };
    this.#parsed.set(row, after);
    return after;
  }

  /** As the host has it, without what is decided beside it; null = it does not have it, or it is no object. */
  declared(key: RowKey): ParsedObject | null {
    const row = this.rowOf(key);
    return row === undefined ? null : (this.#declared(row)?.declared ?? null);
  }

  /** As the host sent it; {} = it does not have the object. */
  metadataOf(key: RowKey): JsonRecord {
    const row = this.rowOf(key);
    return row === undefined ? {} : ((this.#declared(row)?.whole["metadata"] ?? {}) as JsonRecord);
  }

  #declared(row: number): ReadObject | null {
    const bytes = this.#bytes[row] ?? null;
    if (bytes === null) return null;
    const known = this.#parsed.get(row);
    if (known?.bytes === bytes) return known;
    const whole = JSON.parse(bytes.toString("utf8")) as JsonRecord;
    const type = this.#keys[row]?.type ?? "";
    const endedMs = this.#ended.get(type);
    // Plain objects are no objects of the type that ends.
    const declared = isPlain(whole)
      ? parsePlainObject(whole)
      : parseFederatedObject(endedMs === undefined ? whole : asDeleted(whole, endedMs));
    const read = { bytes, whole, declared, allotment: null, parsed: declared };
    this.#parsed.set(row, read);
    this.#parsedLast.set(type, row);
    return read;
  }
}

function withAllotment(declared: ParsedObject | null, allotment: Allotment | null): ParsedObject | null {
  if (declared === null || "problem" in declared) return declared;
  return { object: allotted(declared.object, allotment) };
}

function asDeleted(whole: JsonRecord, endedMs: number): JsonRecord {
  const deletionTimestamp = new Date(endedMs).toISOString();
  return { ...whole, metadata: { deletionTimestamp, ...(whole["metadata"] as JsonRecord) } };
}

function textOf(type: string, key: string): string {
  return `${type}\0${key}`;
}
