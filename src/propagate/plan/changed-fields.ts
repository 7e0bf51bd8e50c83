/**
 * How two states of an object differ, field by field.
 *
 *   before and after                                     | change
 *   objects                                              | those of their fields
 *   lists of objects that all have names, each once      | those of the items of one name; items that came or went as a whole
 *   other lists that differ, the order of items included | the list as a whole
 *   other values that differ                             | the value
 */
import { canonicalJson, isJsonRecord, type JsonRecord } from "../../kernel/json.ts";

/** One step of a path: a field, or the item of a list with this name. */
export type PathStep = { readonly field: string } | { readonly item: string };

export type FieldChange = {
  readonly path: readonly PathStep[];
  /** Undefined: the field is not there. */
  readonly before: unknown;
  readonly after: unknown;
};

export function changedFields(before: unknown, after: unknown): readonly FieldChange[] {
  const changes: FieldChange[] = [];
  compare(before, after, [], changes);
  return changes;
}

/** "spec.template.spec.containers[web].image" */
export function pathText(path: readonly PathStep[]): string {
  const steps = path.map((step) => {
    if ("item" in step) return `[${step.item}]`;
    return /^[\w-]+$/.test(step.field) ? `.${step.field}` : `[${JSON.stringify(step.field)}]`;
  });
  return steps.join("").replace(/^\./, "");
}

function compare(before: unknown, after: unknown, path: readonly PathStep[], changes: FieldChange[]): void {
  if (canonicalJson(before) === canonicalJson(after) && (before === undefined) === (after === undefined))
    return;
  const pairs = pairsOf(before, after);
  if (pairs === null) changes.push({ path, before, after });
  else for (const [step, one, other] of pairs) compare(one, other, [...path, step], changes);
}

type Pair = readonly [PathStep, unknown, unknown];

/** The parts to be compared one by one; null = the values have to be compared as a whole. */
function pairsOf(before: unknown, after: unknown): readonly Pair[] | null {
  if (isJsonRecord(before) && isJsonRecord(after)) {
    const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...fields].map((field): Pair => [{ field }, before[field], after[field]]);
  }
  const [items, others] = [itemsByName(before), itemsByName(after)];
  if (items === null || others === null) return null;
  const pairs = [...new Set([...items.keys(), ...others.keys()])].map((item): Pair => [
    { item },
    items.get(item),
    others.get(item),
  ]);
  const isSame = pairs.every(([, one, other]) => canonicalJson(one) === canonicalJson(other));
  return isSame ? null : pairs;
}

/** Null: it is no list, or its items have no names of their own. */
export function itemsByName(value: unknown): ReadonlyMap<string, JsonRecord> | null {
  if (!Array.isArray(value)) return null;
  const items = new Map<string, JsonRecord>();
  for (const item of value as readonly unknown[]) {
    const name = isJsonRecord(item) ? item["name"] : undefined;
    if (!isJsonRecord(item) || typeof name !== "string" || items.has(name)) return null;
    items.set(name, item);
  }
  return items;
}
