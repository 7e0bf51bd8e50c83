/**
 * An object in a member with a key twice in a list: nothing can be applied to it, not even a label, and the server keeps no
 * managedFields of it. One merge patch makes its lists unique; the last item of a key stays, as it is the one that counted.
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { pathText, type Step, stepsTo, typedFaultsIn } from "./typed-path.ts";

type Repair = {
  /** A merge patch: lists are whole, fields beside them are left out. */
  readonly patch: JsonRecord;
  /** Lists that are made unique, as people name them. */
  readonly lists: readonly string[];
};

/** Null = the refusal names no list that is in the object. */
export function repairOf(live: ApiObject, sentence: string): Repair | null {
  const faults = typedFaultsIn(sentence).filter(({ kind }) => kind === "duplicates");
  const lists = faults.flatMap(({ path, keys }) => {
    const steps = stepsTo(live, path);
    return steps === null ? [] : [{ steps, keys }];
  });
  if (lists.length === 0) return null;
  // Inner lists first: then the indexes on the way to them are still right.
  const inwards = lists.toSorted((a, b) => b.steps.length - a.steps.length);
  const repaired = inwards.reduce<unknown>((whole, { steps, keys }) => uniqueAt(whole, steps, keys), live);
  const patch = lists.reduce<JsonRecord>(
    (all, { steps }) => withBranch(all, fieldsBefore(steps), repaired),
    {},
  );
  return { patch, lists: [...new Set(lists.map(({ steps }) => pathText(steps)))] };
}

/** The names down to the outermost list: a merge patch replaces it as a whole. */
function fieldsBefore(steps: readonly Step[]): readonly string[] {
  const end = steps.findIndex((step) => typeof step === "number");
  return (end < 0 ? steps : steps.slice(0, end)) as readonly string[];
}

function withBranch(patch: JsonRecord, [name, ...rest]: readonly string[], source: unknown): JsonRecord {
  if (name === undefined || !isJsonRecord(source)) return patch;
  const inner = source[name];
  const before = patch[name];
  const below = isJsonRecord(before) ? before : {};
  return { ...patch, [name]: rest.length === 0 ? inner : withBranch(below, rest, inner) };
}

function uniqueAt(value: unknown, [step, ...rest]: readonly Step[], keys: readonly string[]): unknown {
  if (step === undefined) return Array.isArray(value) ? uniqueBy(value as readonly unknown[], keys) : value;
  if (typeof step === "number") {
    const list = value as readonly unknown[];
    return list.with(step, uniqueAt(list[step], rest, keys));
  }
  const record = value as JsonRecord;
  return { ...record, [step]: uniqueAt(record[step], rest, keys) };
}

/** The last of each key. `keys` none: items are values. */
function uniqueBy(list: readonly unknown[], keys: readonly string[]): readonly unknown[] {
  const keyOf = (item: unknown): string =>
    JSON.stringify(keys.length === 0 || !isJsonRecord(item) ? item : keys.map((key) => item[key] ?? null));
  const last = new Map(list.map((item, i) => [keyOf(item), i]));
  return list.filter((item, i) => last.get(keyOf(item)) === i);
}
