/** The types of built-in kinds, field by field, read from the models that the Kubernetes client library generates from OpenAPI. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** The type of a field. A struct is named by its model: `V1PodSpec`. */
export type FieldType =
  | {
      readonly kind:
        | "string"
        | "bytes"
        | "time"
        | "micro-time"
        | "boolean"
        | "int-or-string"
        | "quantity"
        | "any";
    }
  | { readonly kind: "number"; readonly format: string }
  | { readonly kind: "struct"; readonly name: string }
  | { readonly kind: "list" | "map"; readonly of: FieldType };

type Model = {
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldType>;
};

/** Documentation of a type, which validation does not need. */
type TypeDocumentation = {
  readonly description: string;
  readonly fields: ReadonlyMap<string, { readonly description: string; readonly isRequired: boolean }>;
};

type Attribute = { readonly baseName: string; readonly type: string; readonly format: string };

const library = createRequire(import.meta.url);
const folder = "@kubernetes/client-node/dist/gen/models";
const models = new Map<string, Model>();

/** Loads a model on first use: a server needs a fraction of them. Returns undefined for an unknown name. */
export function modelOf(name: string): Model | undefined {
  const known = models.get(name);
  if (known || !/^[A-Za-z0-9]+$/.test(name)) return known;
  const attributes = attributesOf(name);
  if (!attributes) return undefined;
  const fields = attributes.map(({ baseName, type, format }) => {
    const field = readType(type, format);
    return [baseName, isQuantity(name, baseName) ? asQuantity(field) : field] as const;
  });
  const model = { name, fields: new Map(fields) };
  models.set(name, model);
  return model;
}

function attributesOf(name: string): readonly Attribute[] | undefined {
  try {
    const module = library(`${folder}/${name}.js`) as Readonly<
      Record<string, { readonly attributeTypeMap?: readonly Attribute[] } | undefined>
    >;
    return module[name]?.attributeTypeMap;
  } catch {
    return undefined;
  }
}

/** The model of a kind. Where two groups have a kind of the same name, the model's name starts with the group. */
export function modelOfKind(group: string, version: string, kind: string): string | undefined {
  const first = group === "" ? "core" : (group.split(".")[0] ?? "");
  const upper = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  const names = [`${upper(version)}${kind}`, `${upper(first)}${upper(version)}${kind}`];
  return names.find((name) => modelOf(name) !== undefined);
}

function readType(type: string, format: string): FieldType {
  const list = /^Array<(.*)>$/.exec(type);
  if (list) return { kind: "list", of: readType(list[1] ?? "", format) };
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type);
  if (map) return { kind: "map", of: readType(map[1] ?? "", format) };
  if (type === "string") return { kind: format === "byte" ? "bytes" : "string" };
  if (type === "number") return { kind: "number", format };
  if (type === "boolean") return { kind: "boolean" };
  if (type === "Date") return { kind: "time" };
  if (type === "V1MicroTime") return { kind: "micro-time" };
  if (type === "IntOrString") return { kind: "int-or-string" };
  return type === "any" || type === "object" ? { kind: "any" } : { kind: "struct", name: type };
}

/** The library reads quantities as strings, but JSON may hold them as numbers: `cpu: 2`. */
const quantityFields = new Set([
  "allocatable",
  "allocatedResources",
  "averageValue",
  "capacity",
  "default",
  "defaultRequest",
  "divisor",
  "hard",
  "limits",
  "max",
  "maxLimitRequestRatio",
  "maximumVolumeSize",
  "min",
  "overhead",
  "requests",
  "sizeLimit",
  "used",
]);

function isQuantity(model: string, field: string): boolean {
  return quantityFields.has(field) || (field === "value" && /^V\dMetric(Target|ValueStatus)$/.test(model));
}

function asQuantity(type: FieldType): FieldType {
  if (type.kind === "string") return { kind: "quantity" };
  return type.kind === "map" ? { kind: "map", of: asQuantity(type.of) } : type;
}

/** Read from the library's type declarations; empty where they are not installed. */
export function documentationOf(name: string): TypeDocumentation {
  const text = declarationOf(name);
  const comment = String.raw`(?:/\*\*\s*\*((?:(?!\*/)[^])*)\*/\s*)?`;
  const [, whole = ""] =
    new RegExp(`${comment}export declare class`).exec(text.slice(text.indexOf("*/") + 2)) ?? [];
  const members = text.matchAll(new RegExp(`${comment}'([^']+)'(\\??): `, "g"));
  const fields = [...members].map(
    ([, description = "", field = "", mark]) =>
      [field, { description: plain(description), isRequired: mark === "" }] as const,
  );
  return { description: plain(whole), fields: new Map(fields) };
}

function declarationOf(name: string): string {
  try {
    return readFileSync(library.resolve(`${folder}/${name}.d.ts`), "utf8");
  } catch {
    return "";
  }
}

function plain(text: string): string {
  return text
    .replaceAll(/\s*\n\s*\*?\s*/g, " ")
    .replaceAll(/\\(['"])/g, "$1")
    .trim();
}
