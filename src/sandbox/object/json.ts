/** JSON values, and access to them by dotted path, with `undefined` for a value that does not exist. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json | undefined };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a dotted path (`spec.template.metadata`). Keys that contain dots (labels) must be read from their parent. */
export function valueAt(from: Json | undefined, path: string): Json | undefined {
  let value = from;
  for (const key of path.split(".")) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

export function textAt(from: Json | undefined, path: string): string {
  const value = valueAt(from, path);
  return typeof value === "string" ? value : "";
}

export function numberAt(from: Json | undefined, path: string): number | undefined {
  const value = valueAt(from, path);
  return typeof value === "number" ? value : undefined;
}

export function listAt(from: Json | undefined, path: string): readonly Json[] {
  const value = valueAt(from, path);
  return Array.isArray(value) ? value : [];
}

export function objectAt(from: Json | undefined, path: string): JsonObject {
  const value = valueAt(from, path);
  return isObject(value) ? value : {};
}

/** The strings of a list, without its other entries. */
export function textsAt(from: Json | undefined, path: string): readonly string[] {
  return listAt(from, path).filter((entry) => typeof entry === "string");
}

/** A number, string or boolean as text; "" for anything else. */
export function scalarText(value: Json | undefined): string {
  return typeof value === "object" || value === undefined ? "" : String(value);
}

/** A copy of `object` without `key`. */
export function without<T extends JsonObject>(object: T, key: string): T {
  const { [key]: _, ...rest } = object;
  return rest as T;
}
