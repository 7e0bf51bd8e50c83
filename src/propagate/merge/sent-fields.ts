/**
 * Which fields of a copy we have set, as a text in an annotation of the copy: our entry of managedFields, kept by ourselves where
 * the member keeps none. It has names and no values, so that nothing of a Secret is in it.
 *
 *     sent                                     fields
 *     spec: {replicas: 3,                      f:spec: {f:replicas: {},
 *       containers: [{name: a, image: b}]}       f:containers: {k:a: {f:name: {}, f:image: {}}}}
 *
 * Items of lists are named by their keys, as far as list-rules.ts knows these; any other list is one field. Fields that a member
 * may decide once a copy exists (retained.ts: replicas, addresses, node ports) are never among ours: they stay when they are not
 * sent any more.
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { isListRule, keyOf, type ListRule, type ListRules, listRulesOf } from "../render/list-rules.ts";
import { withoutRetained } from "../render/retained.ts";

/** Names with a prefix: "f:" of a field, "k:" of an item. Without entries: the whole value. */
export type SentFields = { readonly [name: string]: SentFields };

/** All annotations of an object have 256 KiB. What is longer is not kept: then no field is taken out of the copy later. */
const TEXT_MAX_CHARACTERS = 128 * 1024;
const IDENTITY: ReadonlySet<string> = new Set(["name", "namespace", "uid", "resourceVersion", "annotations"]);

/** Of a body as it is rendered. Identity belongs to nobody. */
export function sentFields(body: JsonRecord): SentFields {
  const retention = { retainReplicas: true, isOverridden: () => false };
  const { apiVersion, kind, metadata, ...content } = withoutRetained(body, retention).body;
  const own = Object.entries(isJsonRecord(metadata) ? metadata : {}).filter(([name]) => !IDENTITY.has(name));
  const rules = listRulesOf(String(apiVersion), String(kind));
  return fieldsOf({ ...content, metadata: Object.fromEntries(own) }, rules);
}

export function textOfFields(fields: SentFields): string {
  const text = JSON.stringify(fields);
  return text.length > TEXT_MAX_CHARACTERS ? "{}" : text;
}

/** `text`: the annotation, which anybody may have written. What is no such text has no fields. */
export function fieldsOfText(text: string | undefined): SentFields {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return isFields(value) ? value : {};
  } catch {
    return {};
  }
}

function isFields(value: unknown): value is SentFields {
  return isJsonRecord(value) && Object.values(value).every(isFields);
}

function fieldsOf(value: JsonRecord, rules: ListRules): SentFields {
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [`f:${name}`, fieldsIn(inner, rules[name] ?? {})]),
  );
}

function fieldsIn(value: unknown, rule: ListRule | ListRules): SentFields {
  if (isJsonRecord(value)) return fieldsOf(value, isListRule(rule) ? {} : rule);
  if (!Array.isArray(value) || !isListRule(rule)) return {};
  const items = value as readonly unknown[];
  return Object.fromEntries(
    items.map((item) => [
      `k:${keyOf(item, rule.keys)}`,
      isJsonRecord(item) ? fieldsOf(item, rule.items ?? {}) : {},
    ]),
  );
}
