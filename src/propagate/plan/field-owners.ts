/** Who owns a field of a live object, by its managedFields: the managers whose entries have the path, or what contains it. */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { itemsByName, type PathStep } from "./changed-fields.ts";

/** The names of managers, each once, sorted. `object`: as the member sent it. */
export function fieldOwners(object: JsonRecord, path: readonly PathStep[]): readonly string[] {
  const metadata = isJsonRecord(object["metadata"]) ? object["metadata"] : {};
  const entries: unknown = metadata["managedFields"];
  if (!Array.isArray(entries)) return [];
  const owners = (entries as readonly unknown[]).flatMap((entry) => {
    if (!isJsonRecord(entry) || typeof entry["manager"] !== "string") return [];
    return hasPath(entry["fieldsV1"], path, object) ? [entry["manager"]] : [];
  });
  return [...new Set(owners)].sort();
}

/** `value`: what the path leads through, since items of lists are named by their keys. */
function hasPath(fields: unknown, [step, ...rest]: readonly PathStep[], value: unknown): boolean {
  if (!isJsonRecord(fields)) return false;
  // All of the value is one field, or the whole of it is asked for.
  if (step === undefined || Object.keys(fields).length === 0) return true;
  if ("field" in step) {
    const inner = isJsonRecord(value) ? value[step.field] : undefined;
    return hasPath(fields[`f:${step.field}`], rest, inner);
  }
  const item = itemsByName(value)?.get(step.item);
  return Object.entries(fields).some(([name, inner]) => {
    const keys = name.startsWith("k:") ? parseKeys(name.slice(2)) : null;
    const isItem = keys !== null && Object.entries(keys).every(([key, one]) => (item?.[key] ?? one) === one);
    return isItem && hasPath(inner, rest, item);
  });
}

function parseKeys(text: string): JsonRecord | null {
  try {
    const keys: unknown = JSON.parse(text);
    return isJsonRecord(keys) ? keys : null;
  } catch {
    return null;
  }
}
