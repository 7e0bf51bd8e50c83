/** Whether the schema of a definition is structural, as `apiextensions.k8s.io/v1` requires: every field typed, no references. */
import { isObject, listAt, objectAt, textAt, textsAt } from "../object/json.ts";
import type { Json } from "../object/json.ts";
import { forbiddenField, invalidValue, required, unsupportedValue } from "../object/status.ts";
import type { StatusCause } from "../object/status.ts";
import { isEmbedded, isIntOrString, preservesUnknown } from "./schema.ts";
import type { Schema } from "./schema.ts";
import { causesAt } from "./validate.ts";

const types = ["array", "boolean", "integer", "number", "object", "string"];
const forbidden = [
  "$ref",
  "$schema",
  "additionalItems",
  "definitions",
  "dependencies",
  "id",
  "patternProperties",
];

/** The position of a node, for the message that its type is missing. */
type Kind = "at the root" | "for specified object fields" | "for specified array items";

/** Schemas without faults. A definition is validated again with every write of its status, and JSON is never modified. */
const sound = new WeakSet<Schema>();

/** `path` is the field path of the schema within the definition. */
export function structuralCauses(schema: Schema, path: string): readonly StatusCause[] {
  if (sound.has(schema)) return [];
  const causes = nodeCauses(schema, path, "at the root");
  const type = textAt(schema, "type");
  if (type !== "" && type !== "object")
    causes.push(invalidValue(`${path}.type`, type, "must be object at the root"));
  if (causes.length === 0) sound.add(schema);
  return causes;
}

function nodeCauses(schema: Schema, path: string, kind: Kind): StatusCause[] {
  const causes: StatusCause[] = [];
  const type = textAt(schema, "type");
  const isFree = isIntOrString(schema) || preservesUnknown(schema);
  if (type === "" && !isFree) causes.push(required(`${path}.type`, `must not be empty ${kind}`));
  if (type !== "" && !types.includes(type)) causes.push(unsupportedValue(`${path}.type`, type, types));
  for (const field of forbidden) {
    if (field in schema) causes.push(forbiddenField(`${path}.${field}`, `${field} is not supported`));
  }
  if (schema["uniqueItems"] === true) {
    const why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    causes.push(forbiddenField(`${path}.uniqueItems`, why));
  }
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    causes.push(
      invalidValue(`${path}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined"),
    );
  }
  if (isEmbedded(schema) && type !== "object") {
    causes.push(
      invalidValue(`${path}.type`, type, "must be object if x-kubernetes-embedded-resource is true"),
    );
  }
  causes.push(
    ...listCauses(schema, path, isFree),
    ...childCauses(schema, path),
    ...defaultCauses(schema, path),
  );
  return causes;
}

function childCauses(schema: Schema, path: string): readonly StatusCause[] {
  const { properties, additionalProperties: more, items } = schema;
  const causes: StatusCause[] = [];
  if (isObject(properties) && Object.keys(properties).length > 0 && more !== undefined) {
    causes.push(forbiddenField(path, "additionalProperties and properties are mutual exclusive"));
  }
  for (const [field, own] of Object.entries(objectAt(schema, "properties"))) {
    const at = `${path}.properties[${field}]`;
    if (isObject(own)) causes.push(...nodeCauses(own, at, "for specified object fields"));
    else causes.push(invalidValue(at, own, "must be a schema"));
  }
  if (isObject(more))
    causes.push(...nodeCauses(more, `${path}.additionalProperties`, "for specified object fields"));
  if (isObject(items)) causes.push(...nodeCauses(items, `${path}.items`, "for specified array items"));
  return causes;
}

function listCauses(schema: Schema, path: string, isFree: boolean): readonly StatusCause[] {
  const causes: StatusCause[] = [];
  const kind = textAt(schema, "x-kubernetes-list-type");
  const keys = textsAt(schema, "x-kubernetes-list-map-keys");
  const { items } = schema;
  if (textAt(schema, "type") === "array" && !isObject(items) && !isFree)
    causes.push(required(`${path}.items`, "must be specified"));
  const kinds = ["atomic", "map", "set"];
  if (kind !== "" && !kinds.includes(kind))
    causes.push(unsupportedValue(`${path}.x-kubernetes-list-type`, kind, kinds));
  if (kind !== "map") return causes;
  if (keys.length === 0) {
    const why = "must not be empty if x-kubernetes-list-type is map";
    causes.push(required(`${path}.x-kubernetes-list-map-keys`, why));
  }
  for (const [index, key] of keys.entries()) {
    const own = objectAt(objectAt(items, "properties"), key);
    if (Object.keys(own).length === 0) {
      const why = "entries must all be names of item properties";
      causes.push(invalidValue(`${path}.x-kubernetes-list-map-keys[${index}]`, key, why));
    } else if (!textsAt(items, "required").includes(key) && own["default"] === undefined) {
      const why =
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
      causes.push(required(`${path}.items.properties[${key}].default`, why));
    }
  }
  return causes;
}

function defaultCauses(schema: Schema, path: string): readonly StatusCause[] {
  const value: Json | undefined = schema["default"];
  return value === undefined ? [] : causesAt(value, schema, `${path}.default`);
}

/** CEL rules are evaluated by a real server but not by the sandbox, which warns about them. */
export function hasRules(schema: Json | undefined): boolean {
  if (Array.isArray(schema)) return schema.some(hasRules);
  if (!isObject(schema)) return false;
  if (listAt(schema, "x-kubernetes-validations").length > 0) return true;
  return Object.values(schema).some(hasRules);
}
