/** Validates values against a structural schema, with the causes and messages of the API server. */
import { isDeepStrictEqual } from "node:util";
import { isObject, listAt, numberAt, objectAt, textAt, textsAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import {
  duplicateValue,
  invalidValue,
  required,
  tooLong,
  tooMany,
  unsupportedValue,
} from "../object/status.ts";
import type { StatusCause } from "../object/status.ts";
import { hasFormat, matchesPattern } from "./formats.ts";
import { fieldPath, isIntOrString, schemaOfField, schemaOfItems, typeName } from "./schema.ts";
import type { Schema } from "./schema.ts";

/** The causes that make `object` invalid, depth first. CEL rules (`x-kubernetes-validations`) are not evaluated. */
export function schemaCauses(object: JsonObject, schema: Schema): readonly StatusCause[] {
  return causesAt(object, schema, "");
}

/** The same for one value at a field path. */
export function causesAt(value: Json, schema: Schema, path: string): readonly StatusCause[] {
  if (value === null && schema["nullable"] === true) return [];
  const type = typeCause(value, schema, path);
  if (type) return [type];
  const own = valueCauses(value, schema, path);
  if (isObject(value)) return [...own, ...fieldsCauses(value, schema, path)];
  return Array.isArray(value) ? [...own, ...itemsCauses(value, schema, path)] : own;
}

function typeCause(value: Json, schema: Schema, path: string): StatusCause | undefined {
  const found = typeName(value);
  if (isIntOrString(schema)) {
    if (found === "integer" || found === "string") return undefined;
    return typeInvalid(path, found, "integer,string");
  }
  const type = textAt(schema, "type");
  if (type === "" || type === found || (type === "number" && found === "integer")) return undefined;
  return typeInvalid(path, found, type);
}

function typeInvalid(path: string, found: string, wanted: string): StatusCause {
  const message = `${path} in body must be of type ${wanted}: ${JSON.stringify(found)}`;
  return { ...invalidValue(path, found, message), reason: "FieldValueTypeInvalid" };
}

/** Checks that do not depend on the type of a value, and combinations (`allOf` and others). */
function valueCauses(value: Json, schema: Schema, path: string): readonly StatusCause[] {
  const causes: StatusCause[] = [];
  const choices = listAt(schema, "enum");
  if (choices.length > 0 && !choices.some((choice) => isDeepStrictEqual(choice, value))) {
    const supported = choices.map((choice) => (typeof choice === "string" ? choice : JSON.stringify(choice)));
    causes.push(unsupportedValue(path, value, supported));
  }
  if (typeof value === "string") causes.push(...textCauses(value, schema, path));
  if (typeof value === "number") causes.push(...numberCauses(value, schema, path));
  return [...causes, ...combinedCauses(value, schema, path)];
}

function textCauses(value: string, schema: Schema, path: string): readonly StatusCause[] {
  const causes: StatusCause[] = [];
  const length = [...value].length;
  const longest = numberAt(schema, "maxLength");
  const shortest = numberAt(schema, "minLength");
  const pattern = textAt(schema, "pattern");
  const format = textAt(schema, "format");
  if (longest !== undefined && length > longest) causes.push(tooLong(path, longest));
  if (shortest !== undefined && length < shortest) {
    causes.push(invalidValue(path, value, `${path} in body should be at least ${shortest} chars long`));
  }
  if (pattern !== "" && !matchesPattern(value, pattern)) {
    causes.push(invalidValue(path, value, `${path} in body should match '${pattern}'`));
  }
  if (format !== "" && !hasFormat(value, format)) {
    causes.push(
      invalidValue(path, value, `${path} in body must be of type ${format}: ${JSON.stringify(value)}`),
    );
  }
  return causes;
}

function numberCauses(value: number, schema: Schema, path: string): readonly StatusCause[] {
  const { exclusiveMaximum, exclusiveMinimum } = schema;
  const maximum = numberAt(schema, "maximum");
  const minimum = numberAt(schema, "minimum");
  const step = numberAt(schema, "multipleOf");
  const refuse = (why: string): StatusCause => invalidValue(path, value, `${path} in body should be ${why}`);
  const causes: StatusCause[] = [];
  if (maximum !== undefined && (value > maximum || (value === maximum && exclusiveMaximum === true)))
    causes.push(refuse(`less than ${exclusiveMaximum === true ? "" : "or equal to "}${maximum}`));
  if (minimum !== undefined && (value < minimum || (value === minimum && exclusiveMinimum === true)))
    causes.push(refuse(`greater than ${exclusiveMinimum === true ? "" : "or equal to "}${minimum}`));
  if (step !== undefined && step > 0 && Math.abs(value / step - Math.round(value / step)) > 1e-9)
    causes.push(refuse(`a multiple of ${step}`));
  return causes;
}

function combinedCauses(value: Json, schema: Schema, path: string): readonly StatusCause[] {
  const causes = schemasAt(schema, "allOf").flatMap((one) => causesAt(value, one, path));
  const fits = (one: Schema): boolean => causesAt(value, one, path).length === 0;
  const refuse = (why: string): StatusCause => invalidValue(path, "", `${JSON.stringify(path)} ${why}`);
  const any = schemasAt(schema, "anyOf");
  const one = schemasAt(schema, "oneOf");
  const { not } = schema;
  if (any.length > 0 && !any.some(fits))
    causes.push(refuse("must validate at least one schema (anyOf)"), ...causesAt(value, any[0] ?? {}, path));
  const count = one.filter(fits).length;
  if (one.length > 0 && count !== 1) {
    const found = count === 0 ? "none valid" : `${count} valid alternatives`;
    causes.push(refuse(`must validate one and only one schema (oneOf). Found ${found}`));
  }
  if (isObject(not) && fits(not)) causes.push(refuse("must not validate the schema (not)"));
  return causes;
}

function schemasAt(schema: Schema, field: string): readonly Schema[] {
  return listAt(schema, field).filter(isObject);
}

function fieldsCauses(object: JsonObject, schema: Schema, path: string): readonly StatusCause[] {
  const count = Object.keys(object).length;
  const most = numberAt(schema, "maxProperties");
  const least = numberAt(schema, "minProperties");
  const causes: StatusCause[] = [];
  if (most !== undefined && count > most) causes.push(tooMany(path, count, most));
  if (least !== undefined && count < least)
    causes.push(invalidValue(path, count, `${path} in body should have at least ${least} properties`));
  for (const field of textsAt(schema, "required")) {
    if (object[field] === undefined) causes.push(required(fieldPath(path, field)));
  }
  for (const [field, value] of Object.entries(object)) {
    const own = schemaOfField(schema, field);
    // Metadata is validated the same way for all objects, before any schema.
    if (!own || value === undefined || (path === "" && field === "metadata")) continue;
    causes.push(...causesAt(value, own, fieldPath(path, field)));
  }
  return causes;
}

function itemsCauses(list: readonly Json[], schema: Schema, path: string): readonly StatusCause[] {
  const most = numberAt(schema, "maxItems");
  const least = numberAt(schema, "minItems");
  const causes: StatusCause[] = [];
  if (most !== undefined && list.length > most) causes.push(tooMany(path, list.length, most));
  if (least !== undefined && list.length < least)
    causes.push(invalidValue(path, list.length, `${path} in body should have at least ${least} items`));
  const items = schemaOfItems(schema);
  if (items) causes.push(...list.flatMap((item, index) => causesAt(item, items, `${path}[${index}]`)));
  return [...causes, ...repeatCauses(list, schema, path)];
}

/** A set contains each value once, a map each key once. */
function repeatCauses(list: readonly Json[], schema: Schema, path: string): readonly StatusCause[] {
  const type = textAt(schema, "x-kubernetes-list-type");
  if (type !== "set" && type !== "map") return [];
  const keys = textsAt(schema, "x-kubernetes-list-map-keys");
  const identity = (item: Json): Json =>
    type === "set" ? item : Object.fromEntries(keys.map((key) => [key, objectAt({ item }, "item")[key]]));
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    const key = JSON.stringify(identity(item));
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [duplicateValue(`${path}[${index}]`, identity(item))];
  });
}
