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

/** Functions that call themselves for what is inside come to the end of the stack at some thousand levels. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}
