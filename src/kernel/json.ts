/** Values as they come out of JSON: what kind they are, and one text for equal ones. */

export type JsonRecord = Readonly<Record<string, unknown>>;

/** An object with names, as opposed to a list or null. */
export function isJsonRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON with sorted names, so that equal values have one text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${(value as readonly unknown[]).map(canonicalJson).join(",")}]`;
  if (!isJsonRecord(value)) return JSON.stringify(value) ?? "null";
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`).join(",")}}`;
}
