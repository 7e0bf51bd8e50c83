/** JSON against the same tables: a value that Go could not read into a field's type is refused, as a real server refuses it. */
import { isObject } from "../store/json.ts";
import type { Json, JsonObject } from "../store/json.ts";
import type { JsonType, Message } from "./decode.ts";

/**
 * The sentence about the first value of the wrong type, or undefined. Fields the tables do not have are taken as they come.
 * `path` is the kind and the fields so far, without indexes, as Go writes it.
 */
export function typeFault(object: JsonObject, message: Message, path: string): string | undefined {
  for (const { name, json, joins } of Object.values(message)) {
    // A field without a name stands in its parent (Go's inline).
    const isInline = name === "" && joins === "merges" && typeof json === "object" && "fields" in json;
    const value = object[name];
    const fault = isInline
      ? typeFault(object, json.fields, path)
      : value !== undefined && name !== ""
        ? valueFault(value, json, `${path}.${name}`)
        : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function valueFault(value: Json, type: JsonType, path: string): string | undefined {
  if (value === null) return undefined;
  const refuse = (wanted: string): string =>
    `json: cannot unmarshal ${goName(value)} into Go struct field ${path} of type ${wanted}`;
  if (typeof type !== "object") return isOfType(value, type) ? undefined : refuse(goTypes[type]);
  if ("list" in type) {
    if (!Array.isArray(value)) return refuse("[]interface {}");
    return first(value as readonly Json[], (item) => valueFault(item, type.list, path));
  }
  if (!isObject(value)) return refuse("map[string]interface {}");
  if ("fields" in type) return typeFault(value, type.fields, path);
  return first(Object.values(value), (item) => valueFault(item ?? null, type.map, path));
}

const goTypes = {
  string: "string",
  integer: "int32",
  boolean: "bool",
  quantity: "resource.Quantity",
  "integer or string": "intstr.IntOrString",
} as const;

function isOfType(value: Json, type: keyof typeof goTypes): boolean {
  const isWhole = Number.isInteger(value);
  if (type === "quantity") return typeof value === "number" || typeof value === "string";
  if (type === "integer or string") return isWhole || typeof value === "string";
  return type === "integer" ? isWhole : typeof value === type;
}

function goName(value: Json): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function first<T>(items: readonly T[], look: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
