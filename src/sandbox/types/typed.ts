/** Checks objects against the types of their kind: unknown fields, and values that Go could not decode into a field. */
import { isObject } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { modelOf } from "./model.ts";
import type { FieldType } from "./model.ts";

export type Pruned = {
  readonly object: JsonObject;
  /** Paths of the dropped fields: `spec.template.spec.containers[0].imag`. */
  readonly unknown: readonly string[];
};

/** `object` without the fields that its type does not have. */
export function pruneTyped(object: JsonObject, model: string): Pruned {
  const unknown: string[] = [];
  return { object: pruneStruct(object, model, "", unknown), unknown };
}

function pruneStruct(object: JsonObject, name: string, path: string, unknown: string[]): JsonObject {
  const model = modelOf(name);
  if (!model) return object;
  const kept: [string, Json | undefined][] = [];
  for (const [field, value] of Object.entries(object)) {
    const type = model.fields.get(field);
    const at = path === "" ? field : `${path}.${field}`;
    if (type) kept.push([field, value === undefined ? value : pruneValue(value, type, at, unknown)]);
    else unknown.push(at);
  }
  return Object.fromEntries(kept);
}

function pruneValue(value: Json, type: FieldType, path: string, unknown: string[]): Json {
  if (type.kind === "struct" && isObject(value)) return pruneStruct(value, type.name, path, unknown);
  if (type.kind === "list" && Array.isArray(value)) {
    return (value as readonly Json[]).map((item, index) =>
      pruneValue(item, type.of, `${path}[${index}]`, unknown),
    );
  }
  if (type.kind !== "map" || !isObject(value) || isLeaf(type.of)) return value;
  const entries = Object.entries(value).map(([key, one]) => [
    key,
    one === undefined ? one : pruneValue(one, type.of, `${path}[${key}]`, unknown),
  ]);
  return Object.fromEntries(entries) as JsonObject;
}

/** As in Go, null means that a field is absent. In a field of any type, null may have a meaning and is kept. */
export function withoutNulls(object: JsonObject, name: string): JsonObject {
  const model = modelOf(name);
  const kept: [string, Json | undefined][] = [];
  for (const [field, value] of Object.entries(object)) {
    const type = model?.fields.get(field);
    if (value === null && type && type.kind !== "any" && field !== "creationTimestamp") continue;
    kept.push([field, type && value !== undefined ? nullFree(value, type) : value]);
  }
  return Object.fromEntries(kept);
}

function nullFree(value: Json, type: FieldType): Json {
  if (type.kind === "struct" && isObject(value)) return withoutNulls(value, type.name);
  if (type.kind === "list" && Array.isArray(value))
    return (value as readonly Json[]).map((item) => nullFree(item, type.of));
  if (type.kind !== "map" || !isObject(value)) return value;
  const empty = type.of.kind === "string" ? "" : null;
  const entries = Object.entries(value).map(([key, one]) => [key, nullFree(one ?? empty, type.of)]);
  return Object.fromEntries(entries) as JsonObject;
}

function isLeaf({ kind }: FieldType): boolean {
  return kind !== "struct" && kind !== "list" && kind !== "map";
}

/** The location of a value: the Go struct that has its field, and the path of fields to it, without indexes. */
type FieldLocation = { readonly struct: string; readonly path: string };

/** The message of Go's JSON decoder about the first value of a wrong type, or undefined. */
export function typeFault(object: JsonObject, model: string): string | undefined {
  return structFault(object, model, "");
}

function structFault(object: JsonObject, name: string, path: string): string | undefined {
  const model = modelOf(name);
  for (const [field, value] of Object.entries(object)) {
    const type = model?.fields.get(field);
    if (!type || value === undefined) continue;
    const at = path === "" ? field : `${path}.${field}`;
    const fault = valueFault(value, type, { struct: goName(name), path: at });
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function valueFault(value: Json, type: FieldType, place: FieldLocation): string | undefined {
  if (value === null) return undefined;
  const refuse = (): string =>
    `json: cannot unmarshal ${jsonName(value)} into Go struct field ${place.struct}.${place.path} of type ${goType(type)}`;
  if (type.kind === "list") {
    if (!Array.isArray(value)) return refuse();
    return first(value as readonly Json[], (item) => valueFault(item, type.of, place));
  }
  if (type.kind === "map") {
    if (!isObject(value)) return refuse();
    return first(Object.values(value), (item) => valueFault(item ?? null, type.of, place));
  }
  if (type.kind === "struct") {
    if (!isObject(value)) return modelOf(type.name) ? refuse() : undefined;
    return structFault(value, type.name, place.path);
  }
  if (!scalarFault(value, type)) return undefined;
  // Types with a decoder of their own do not name the field.
  if (type.kind === "quantity") return quantityMessage;
  if (type.kind === "micro-time" && typeof value === "string") return microTimeFault(value);
  return type.kind === "bytes" && typeof value === "string" ? base64Fault(value) : refuse();
}

const quantity = /^[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

function scalarFault(value: Json, type: FieldType): boolean {
  const isWhole = Number.isInteger(value);
  switch (type.kind) {
    case "number":
      return type.format === "double" ? typeof value !== "number" : !isWhole;
    case "boolean":
      return typeof value !== "boolean";
    case "int-or-string":
      return !isWhole && typeof value !== "string";
    case "quantity":
      return typeof value !== "number" && !(typeof value === "string" && quantity.test(value));
    case "bytes":
      return typeof value !== "string" || !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value);
    case "time":
      return typeof value !== "string" || Number.isNaN(Date.parse(value));
    case "micro-time":
      return typeof value !== "string" || !microTime.test(value) || Number.isNaN(Date.parse(value));
    case "string":
      return typeof value !== "string";
    default:
      return false;
  }
}

/** Times of Leases have six digits after the seconds, no more and no less. */
const microTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/;

function microTimeFault(text: string): string {
  const rest = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(.*)$/.exec(text)?.[1] ?? text;
  const layout = "2006-01-02T15:04:05.000000Z07:00";
  return `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ".000000"`;
}

const quantityMessage =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

function base64Fault(text: string): string {
  const place = text.search(/[^A-Za-z0-9+/]/);
  return `illegal base64 data at input byte ${place < 0 ? text.length : place}`;
}

function jsonName(value: Json): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** `V1PodSpec` is `PodSpec` in Go; `CoreV1Event` is `Event`. */
export function goName(model: string): string {
  return model.replace(/^([A-Z][a-z]+)?V\d+((alpha|beta)\d+)?(?=[A-Z])/, "");
}

function goType(type: FieldType): string {
  switch (type.kind) {
    case "list":
      return `[]${goType(type.of)}`;
    case "map":
      return `map[string]${goType(type.of)}`;
    case "struct":
      return `v1.${goName(type.name)}`;
    case "number":
      return type.format === "double" ? "float64" : type.format;
    case "boolean":
      return "bool";
    case "int-or-string":
      return "intstr.IntOrString";
    case "time":
      return "v1.Time";
    case "micro-time":
      return "v1.MicroTime";
    default:
      return type.kind === "bytes" ? "[]uint8" : "string";
  }
}

function first<T>(items: readonly T[], look: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
