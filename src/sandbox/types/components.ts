/** The types of built-in kinds as OpenAPI v3 components, one per type. `kubectl explain` reads them. */
import type { JsonObject } from "../object/json.ts";
import { modelOf, documentationOf } from "./model.ts";
import type { FieldType } from "./model.ts";
import { goName } from "./typed.ts";

const prefix = "#/components/schemas/";
/** Cached: types never change while the process runs. */
const schemas = new Map<string, JsonObject>();

/** The model that `metadata` refers to in the schemas of custom resources. */
export const metadataModel = "V1ObjectMeta";

/** The schemas of these types and of all types they refer to, by name. */
export function componentsOf(names: readonly string[]): Map<string, JsonObject> {
  const found = new Map<string, JsonObject>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(componentName(name))) continue;
    found.set(componentName(name), schemaOf(name));
    for (const type of modelOf(name)?.fields.values() ?? []) waiting.push(...structsIn(type));
  }
  return found;
}

/** Close to the name that a real server uses for `V1PodSpec`: a model does not tell the group of its type. */
export function componentName(model: string): string {
  const version = /V\d+((?:alpha|beta)\d+)?(?=[A-Z])/.exec(model)?.[0].toLowerCase() ?? "v1";
  const isMeta = metaTypes.has(goName(model));
  return `${isMeta ? "io.k8s.apimachinery.pkg.apis.meta" : "io.k8s.api.core"}.${version}.${goName(model)}`;
}

const metaTypes = new Set([
  "Condition",
  "LabelSelector",
  "LabelSelectorRequirement",
  "ManagedFieldsEntry",
  "ObjectMeta",
  "OwnerReference",
]);

export function referTo(model: string): JsonObject {
  return { $ref: `${prefix}${componentName(model)}` };
}

function structsIn(type: FieldType): readonly string[] {
  if (type.kind === "struct") return [type.name];
  return type.kind === "list" || type.kind === "map" ? structsIn(type.of) : [];
}

function schemaOf(name: string): JsonObject {
  const known = schemas.get(name);
  if (known) return known;
  const prose = documentationOf(name);
  const fields = [...(modelOf(name)?.fields ?? [])];
  const properties = fields.map(([field, type]) => {
    const description = prose.fields.get(field)?.description ?? "";
    const own = typeSchema(type);
    // OpenAPI allows no other field beside `$ref`.
    return [field, "$ref" in own ? { description, allOf: [own] } : { description, ...own }] as const;
  });
  const required = fields.map(([field]) => field).filter((field) => prose.fields.get(field)?.isRequired);
  const schema = {
    type: "object",
    description: prose.description,
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
  };
  schemas.set(name, schema);
  return schema;
}

function typeSchema(type: FieldType): JsonObject {
  switch (type.kind) {
    case "struct":
      return modelOf(type.name) ? referTo(type.name) : { type: "object" };
    case "list":
      return { type: "array", items: typeSchema(type.of) };
    case "map":
      return { type: "object", additionalProperties: typeSchema(type.of) };
    case "number":
      return { type: type.format === "double" ? "number" : "integer", format: type.format };
    case "boolean":
      return { type: "boolean" };
    case "bytes":
      return { type: "string", format: "byte" };
    case "time":
    case "micro-time":
      return { type: "string", format: "date-time" };
    case "int-or-string":
      return { oneOf: [{ type: "integer" }, { type: "string" }], format: "int-or-string" };
    default:
      return type.kind === "any" ? {} : { type: "string" };
  }
}
