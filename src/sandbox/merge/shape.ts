/**
 * How the parts of a kind's objects are merged: keyed lists, sets, and atomic values. Where a shape says nothing, objects
 * are merged field by field, and lists are replaced as a whole.
 */
import { isObject } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";

export type Shape = {
  /** Shapes of declared fields. */
  readonly fields?: Readonly<Record<string, Shape>>;
  /** The shape of all other fields. */
  readonly values?: Shape;
  /** Server-side apply treats the object as one field. A strategic merge still merges it. */
  readonly isAtomic?: boolean;
  readonly list?: SetShape | KeyedShape;
};

/** Scalars without duplicates. */
export type SetShape = { readonly kind: "set" };

/** Entries that are identified by some of their fields. */
export type KeyedShape = {
  readonly kind: "keyed";
  /** The field that identifies an entry in a strategic merge. */
  readonly mergeKey: string;
  /** The fields that identify an entry in server-side apply. */
  readonly keys: readonly string[];
  /** Defaults of keys that an entry may omit. */
  readonly defaults: JsonObject;
  readonly item: Shape;
};

export const plain: Shape = {};
export const atomic: Shape = { isAtomic: true };
export const set: Shape = { list: { kind: "set" } };

export function fields(declared: Readonly<Record<string, Shape>>): Shape {
  return { fields: declared };
}

export function keyed(
  keys: readonly [string, ...string[]],
  item: Shape = plain,
  defaults: JsonObject = {},
): Shape {
  return { list: { kind: "keyed", mergeKey: keys[0], keys, defaults, item } };
}

export function shapeOfField(shape: Shape, field: string): Shape {
  const declared = shape.fields;
  if (declared && Object.hasOwn(declared, field)) return declared[field] ?? plain;
  return shape.values ?? plain;
}

/** The key of an entry in a FieldsV1 path: `k:{"port":80,"protocol":"TCP"}`; undefined where a key field is missing. */
export function keyOfEntry(entry: Json, { keys, defaults }: KeyedShape): string | undefined {
  if (!isObject(entry)) return undefined;
  const pairs = keys.toSorted(byCode).map((key) => [key, entry[key] ?? defaults[key]] as const);
  if (pairs.some(([, value]) => value === undefined)) return undefined;
  return `k:${JSON.stringify(Object.fromEntries(pairs))}`;
}

export function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Merges two disjoint lists: `wanted` in its order, and each entry of `rest` at the position it had in `before`, relative
 * to the entries of `wanted` that were there too. Entries are compared by `identity`.
 */
export function interleave(
  wanted: readonly Json[],
  rest: readonly Json[],
  before: readonly Json[],
  identity: (entry: Json) => string | undefined,
): readonly Json[] {
  const places = new Map(before.map((entry, index) => [identity(entry), index]));
  const placeOf = (entry: Json | undefined): number | undefined =>
    entry === undefined ? undefined : places.get(identity(entry));
  const merged: Json[] = [];
  const left = [...rest];
  for (const entry of wanted) {
    const place = placeOf(entry) ?? -1;
    const count = left.findIndex((one) => (placeOf(one) ?? Number.POSITIVE_INFINITY) >= place);
    merged.push(...left.splice(0, count < 0 ? left.length : count), entry);
  }
  return [...merged, ...left];
}
