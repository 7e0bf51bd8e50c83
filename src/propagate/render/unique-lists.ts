/** Makes lists unique where that keeps their meaning, and says so; where it does not, says what is wrong (list-rules.ts). */
import { canonicalJson, isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { isListRule, keyOf, type ListRule, type ListRules, listRulesOf } from "./list-rules.ts";

/** `notes`: what was left out, one clause each. */
type Unique = { readonly body: JsonRecord; readonly notes: readonly string[] } | { readonly problem: string };

class Meaning extends Error {}

type Item = JsonRecord | string;

/** The body is not changed. */
export function withUniqueLists(body: JsonRecord): Unique {
  const notes: string[] = [];
  try {
    const rules = listRulesOf(String(body["apiVersion"]), String(body["kind"]));
    return { body: inObject(body, rules, "", notes) as JsonRecord, notes };
  } catch (error) {
    if (error instanceof Meaning) return { problem: error.message };
    throw error;
  }
}

function inObject(value: unknown, rules: ListRules, path: string, notes: string[]): unknown {
  if (!isJsonRecord(value)) return value;
  const changed = Object.entries(rules)
    .filter(([field]) => value[field] !== undefined)
    .map(([field, rule]) => {
      const at = path === "" ? field : `${path}.${field}`;
      const inner = value[field];
      return [field, isListRule(rule) ? inList(inner, rule, at, notes) : inObject(inner, rule, at, notes)];
    });
  return { ...value, ...Object.fromEntries(changed) };
}

function inList(value: unknown, rule: ListRule, path: string, notes: string[]): unknown {
  if (!Array.isArray(value)) return value;
  const isItem = (item: unknown): item is Item =>
    rule.keys.length === 0 ? typeof item === "string" : isJsonRecord(item);
  // What is no list of such items is for the API server to refuse.
  if (!value.every(isItem)) return value;
  const items = value as readonly Item[];
  const places = Map.groupBy(items.keys(), (index) => keyOf(items[index], rule.keys));
  const kept = [...places].map(([key, same]) => {
    if (same.length === 1) return { index: same[0] as number, item: items[same[0] as number] as Item };
    const one = oneOf(items, same, { rule, path, key });
    notes.push(`${path} has ${key} ${one.note}`);
    return one;
  });
  const list = kept.toSorted((a, b) => a.index - b.index).map(({ item }) => item);
  const { items: inner } = rule;
  if (inner === undefined) return list;
  return list.map((item) => inObject(item, inner, `${path}[${keyOf(item, rule.keys)}]`, notes));
}

type Place = { readonly rule: ListRule; readonly path: string; readonly key: string };
type Kept = { readonly item: Item; readonly index: number; readonly note: string };

/** `same`: the places of items with one key, in order. Throws where no single item means the same as all. */
function oneOf(items: readonly Item[], same: readonly number[], { rule, path, key }: Place): Kept {
  const all = same.map((index) => items[index] as Item);
  const [first, last] = [all[0] as Item, all.at(-1) as Item];
  const index = same[0] as number;
  const once = { item: first, index, note: "twice, which is the same as once" };
  switch (rule.twice) {
    case "refused":
      throw new Meaning(`${path} has ${key} twice, which API servers refuse: take one out of the template`);
    case "all-count":
      if (all.every((item) => canonicalJson(item) === canonicalJson(first))) return once;
      throw new Meaning(
        `${path} has ${key} twice with different contents, which cannot be applied: take one out of the template`,
      );
    case "same-as-once":
      return once;
    case "host-names-are-joined":
      return {
        item: joined(all as readonly JsonRecord[]),
        index,
        note: "twice: their host names are joined",
      };
    case "last-counts":
      refuseExpansion(items.slice(index + 1, (same.at(-1) as number) + 1), path, key);
      return { item: last, index: same.at(-1) as number, note: "twice: the last one counts" };
  }
}

/** $(NAME) means the value so far: that of an earlier item, which would be gone. */
function refuseExpansion(after: readonly Item[], path: string, key: string): void {
  const user = after.find((item) => isExpanding(item, key));
  if (user === undefined) return;
  const name = String((user as JsonRecord)["name"]);
  throw new Meaning(
    `${path} has ${key} twice, and ${name} uses the value of the first: give one of the two another name`,
  );
}

function isExpanding(item: Item, name: string): boolean {
  const value = isJsonRecord(item) ? item["value"] : undefined;
  return typeof value === "string" && value.includes(`$(${name})`);
}

function joined(same: readonly JsonRecord[]): JsonRecord {
  const names = same.flatMap(({ hostnames }) => (Array.isArray(hostnames) ? (hostnames as unknown[]) : []));
  return { ...(same[0] as JsonRecord), hostnames: [...new Set(names)] };
}
