/** Scalars of a wrong type, as server-side apply reports them: it reads objects by their schema, not into Go structs. */
import { isObject } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { modelOf } from "./model.ts";
import type { FieldType } from "./model.ts";

/** The path has indexes: `spec.containers[0].image`. */
export type MistypedField = { readonly path: string; readonly why: string };

export function mistypedFields(
  object: JsonObject,
  model: string,
  path: string = "",
): readonly MistypedField[] {
  const known = modelOf(model);
  return Object.entries(object).flatMap(([field, value]) => {
    const type = known?.fields.get(field);
    if (!type || value === undefined) return [];
    return mistypedValues(value, type, path === "" ? field : `${path}.${field}`);
  });
}

function mistypedValues(value: Json, type: FieldType, path: string): readonly MistypedField[] {
  if (value === null) return [];
  if (type.kind === "struct") {
    if (isObject(value)) return mistypedFields(value, type.name, path);
    return modelOf(type.name) ? [{ path, why: `expected map, got ${goValue(value)}` }] : [];
  }
  if (type.kind === "list") {
    if (!Array.isArray(value)) return [{ path, why: `expected list, got ${goValue(value)}` }];
    return (value as readonly Json[]).flatMap((item, index) =>
      mistypedValues(item, type.of, `${path}[${index}]`),
    );
  }
  if (type.kind === "map") {
    if (!isObject(value)) return [{ path, why: `expected map, got ${goValue(value)}` }];
    return Object.entries(value).flatMap(([key, item]) =>
      mistypedValues(item ?? null, type.of, `${path}.${key}`),
    );
  }
  const why = scalarFault(value, SCALARS[type.kind] ?? "any");
  return why === undefined ? [] : [{ path, why }];
}

type Scalar = "string" | "numeric" | "boolean" | "any";

const SCALARS: Readonly<Record<string, Scalar>> = {
  string: "string",
  bytes: "string",
  time: "string",
  "micro-time": "string",
  number: "numeric",
  boolean: "boolean",
};

/** What is wrong with a scalar of this type, or undefined. */
export function scalarFault(value: Json, scalar: Scalar): string | undefined {
  if (scalar === "string" && typeof value !== "string") return `expected string, got ${goValue(value)}`;
  if (scalar === "numeric" && typeof value !== "number")
    return `expected numeric (int or float), got ${goTypeOf(value)}`;
  if (scalar === "boolean" && typeof value !== "boolean") return `expected boolean, got ${goTypeOf(value)}`;
  return undefined;
}

function goValue(value: Json): string {
  const text = isObject(value) || Array.isArray(value) ? goTypeOf(value) : JSON.stringify(value);
  return `&value.valueUnstructured{Value:${text}}`;
}

function goTypeOf(value: Json): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (isObject(value)) return "map[string]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : "string";
}
