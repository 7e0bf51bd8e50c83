/** The fields of a value, and the fields that differ between two values, as sets. */
import { isDeepStrictEqual } from "node:util";
import { isObject } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { branch, isEmpty, leaf, emptySet, union } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { keyOfEntry, shapeOfField } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** Every field of an object: scalars, empty objects, and list entries. */
export function fieldsOf(object: JsonObject, shape: Shape): FieldSet {
  return branch(fieldsIn(object, shape).children);
}

function fieldsIn(value: Json | undefined, shape: Shape): FieldSet {
  if (value === undefined) return emptySet;
  const parts = partsOf(value, shape);
  if (!parts || (parts.length === 0 && isObject(value))) return leaf;
  return branch(
    parts.map(({ step, part, shape: own }) => {
      const set = fieldsIn(part, own);
      return [step, step.startsWith("f:") ? set : { ...set, isOwned: true }] as const;
    }),
  );
}

export type Comparison = {
  /** Added or modified. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
};

/** The fields that differ between two states of an object. */
export function compare(before: JsonObject, after: JsonObject, shape: Shape): Comparison {
  const { changed, removed } = compareParts(before, after, shape);
  return { changed: branch(changed.children), removed: branch(removed.children) };
}

function compareParts(before: Json | undefined, after: Json | undefined, shape: Shape): Comparison {
  if (isDeepStrictEqual(before, after)) return { changed: emptySet, removed: emptySet };
  const previous = before === undefined ? undefined : partsOf(before, shape);
  const next = after === undefined ? undefined : partsOf(after, shape);
  if (!previous || !next || Array.isArray(before) !== Array.isArray(after)) {
    const gone = previous ? fieldsIn(before, shape) : before === undefined ? emptySet : leaf;
    if (after === undefined) return { changed: emptySet, removed: gone };
    return { changed: fieldsIn(after, shape), removed: previous ? gone : emptySet };
  }
  const steps = new Map([...previous, ...next].map((part) => [part.step, part.shape]));
  const find = (parts: readonly Part[], step: string): Json | undefined =>
    parts.find((one) => one.step === step)?.part;
  let changed = next.length === 0 && isObject(after) ? leaf : emptySet;
  let removed = emptySet;
  for (const [step, own] of steps) {
    const [was, is] = [find(previous, step), find(next, step)];
    const inner = compareParts(was, is, own);
    const isEntry = !step.startsWith("f:");
    changed = union(
      changed,
      branch([
        [step, { ...inner.changed, isOwned: inner.changed.isOwned || (isEntry && was === undefined) }],
      ]),
    );
    removed = union(
      removed,
      branch([[step, { ...inner.removed, isOwned: inner.removed.isOwned || (isEntry && is === undefined) }]]),
    );
  }
  return { changed, removed };
}

type Part = { readonly step: string; readonly part: Json; readonly shape: Shape };

/** The parts that are owned separately, or undefined where the value is owned as a whole. */
function partsOf(value: Json, shape: Shape): readonly Part[] | undefined {
  if (shape.isAtomic) return undefined;
  if (isObject(value)) {
    const present = Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined);
    return present.map(([field, part]) => ({ step: `f:${field}`, part, shape: shapeOfField(shape, field) }));
  }
  const { list } = shape;
  if (!Array.isArray(value) || !list) return undefined;
  if (list.kind === "set")
    return value.map((part: Json) => ({ step: `v:${JSON.stringify(part)}`, part, shape: {} }));
  return value.flatMap((part: Json) => {
    const step = keyOfEntry(part, list);
    return step === undefined ? [] : [{ step, part, shape: list.item }];
  });
}

/** `value` without the fields in `gone`, except those in `kept`. A field goes with what is below it. */
export function removeFields(value: JsonObject, gone: FieldSet, kept: FieldSet, shape: Shape): JsonObject {
  const left = removePart(value, gone, kept, shape);
  return isObject(left) ? left : {};
}

/**
 * An entry of a list goes with everything inside, whoever owns that, unless someone owns the entry itself. A field stays
 * while someone owns it or a field below it.
 */
function isWithdrawn(step: string, gone: FieldSet, kept: FieldSet): boolean {
  return step.startsWith("f:") ? isEmpty(kept) : gone.isOwned && !kept.isOwned;
}

function removePart(value: Json, gone: FieldSet, kept: FieldSet, shape: Shape): Json | undefined {
  const parts = partsOf(value, shape);
  if (!parts || gone.children.size === 0) return value;
  const left = parts.flatMap(({ step, part, shape: own }) => {
    const child = gone.children.get(step);
    if (!child) return [{ step, part }];
    const rest = kept.children.get(step) ?? emptySet;
    if (isWithdrawn(step, child, rest)) return [];
    const after = removePart(part, child, rest, own);
    return after === undefined ? [] : [{ step, part: after }];
  });
  if (left.length === 0 && parts.length > 0) return undefined;
  if (Array.isArray(value)) return left.map(({ part }) => part);
  return Object.fromEntries(left.map(({ step, part }) => [step.slice(2), part]));
}
