/**
 * How the parts of a kind's objects are merged: which lists have entries with a key, which are sets, what is replaced whole.
 * Whatever a shape does not mention is the usual: objects merge field by field, lists are replaced whole.
 */
import { isObject } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";

export type Shape = {
  /** Shapes of declared fields. */
  readonly fields?: Readonly<Record<string, Shape>>;
  /** The shape of every other field. */
  readonly values?: Shape;
  /** Server-side apply takes the whole object as one field. A strategic merge still merges it. */
  readonly isAtomic?: boolean;
  readonly list?: SetShape | KeyedShape;
};

/** Words or numbers, each once. */
export type SetShape = { readonly kind: "set" };

/** Entries known by some of their fields. */
export type KeyedShape = {
  readonly kind: "keyed";
  /** The one field by which a strategic merge knows an entry. */
  readonly mergeKey: string;
  /** The fields by which server-side apply knows one. */
  readonly keys: readonly string[];
  /** Values of keys that an entry may leave out. */
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

/** The key of an entry as a FieldsV1 path names it: `k:{"port":80,"protocol":"TCP"}`; undefined where a key is missing. */
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
 * Two lists without common entries as one: `wanted` in its order, and each of `rest` where it stood in `before` beside
 * those of `wanted` that stood there too. Entries are compared by `identity`.
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
