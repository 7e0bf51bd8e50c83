/**
 * A copy as it is to be, where the member cannot apply: from the copy as it is, what is wanted, and which fields we set last.
 *
 *   in what is wanted  | set by us last | in the copy      | afterwards
 *   a value            | any            | any              | the value
 *   a map              | any            | a map            | merged, field by field
 *   a list with keys   | any            | a list           | merged, item by item
 *   any other list     | any            | any              | the list
 *   nothing            | yes            | a value          | nothing: the template has given it up
 *   nothing            | no             | any              | as it is: it is the member's
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { isListRule, keyOf, type ListRule, type ListRules, listRulesOf } from "../render/list-rules.ts";
import type { SentFields } from "./sent-fields.ts";

/** `sent` as it is rendered; `before`: the fields that were sent last. Nothing is changed in place. */
export function mergedCopy(live: JsonRecord, sent: JsonRecord, before: SentFields): JsonRecord {
  const rules = listRulesOf(String(sent["apiVersion"]), String(sent["kind"]));
  return inMap(live, sent, before, rules);
}

function inMap(live: JsonRecord, sent: JsonRecord, before: SentFields, rules: ListRules): JsonRecord {
  const merged: Record<string, unknown> = { ...live };
  for (const [name, inner] of Object.entries(before)) {
    const field = name.slice(2);
    if (field in sent || !(field in live)) continue;
    const left = withoutFields(live[field], inner, rules[field] ?? {});
    if (left === undefined) delete merged[field];
    else merged[field] = left;
  }
  for (const [field, value] of Object.entries(sent))
    merged[field] = inValue(live[field], value, before[`f:${field}`] ?? {}, rules[field] ?? {});
  return merged;
}

function inValue(live: unknown, sent: unknown, before: SentFields, rule: ListRule | ListRules): unknown {
  if (isJsonRecord(live) && isJsonRecord(sent))
    return inMap(live, sent, before, isListRule(rule) ? {} : rule);
  if (!isListRule(rule) || !hasItems(live, rule) || !hasItems(sent, rule)) return sent;
  return inList(live, sent, before, rule);
}

/** What is no list of such items is for the API server to refuse. */
function hasItems(value: unknown, { keys }: ListRule): value is readonly unknown[] {
  return Array.isArray(value) && value.every((item) => keys.length === 0 || isJsonRecord(item));
}

/** Items are in the order in which they were sent; an item of another writer comes after the one that it came after. */
function inList(
  live: readonly unknown[],
  sent: readonly unknown[],
  before: SentFields,
  { keys, items = {} }: ListRule,
): readonly unknown[] {
  const wanted = new Set(sent.map((item) => keyOf(item, keys)));
  const found = new Map(live.map((item) => [keyOf(item, keys), item]));
  const after = new Map<string | null, unknown[]>();
  let last: string | null = null;
  for (const [key, item] of found) {
    if (wanted.has(key)) last = key;
    else if (!(`k:${key}` in before)) after.set(last, [...(after.get(last) ?? []), item]);
  }
  const all = sent.flatMap((item) => {
    const key = keyOf(item, keys);
    const own = found.get(key);
    const isMap = isJsonRecord(item) && isJsonRecord(own);
    return [isMap ? inMap(own, item, before[`k:${key}`] ?? {}, items) : item, ...(after.get(key) ?? [])];
  });
  return [...(after.get(null) ?? []), ...all];
}

/** What is left of a value of which we had set these fields, and set none now; undefined = nothing. */
function withoutFields(live: unknown, fields: SentFields, rule: ListRule | ListRules): unknown {
  if (Object.keys(fields).length === 0) return undefined;
  if (isJsonRecord(live)) {
    const left = inMap(live, {}, fields, isListRule(rule) ? {} : rule);
    return Object.keys(left).length === 0 ? undefined : left;
  }
  if (!isListRule(rule) || !hasItems(live, rule)) return undefined;
  const left = inList(live, [], fields, rule);
  return left.length === 0 ? undefined : left;
}
