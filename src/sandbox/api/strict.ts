/**
 * Fields that no object has: a Strict write is refused, otherwise they are dropped (with a warning where asked for), as a
 * real server does. Custom resources are looked at whole; of built-in ones the sandbox has no schemas, so it looks at the
 * top level and at metadata, and keeps deeper ones.
 */
import { objectAt } from "../store/json.ts";
import type { JsonObject } from "../store/json.ts";
import type { Resource } from "../store/resource.ts";
import { badRequest, invalid, unsupportedValue } from "../store/status.ts";
import type { Exchange } from "./exchange.ts";
import { repeatedFields } from "./repeated.ts";

const modes = ["Ignore", "Warn", "Strict"];
const always = ["apiVersion", "kind", "metadata"];
const metadataFields = [
  "annotations",
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "finalizers",
  "generateName",
  "generation",
  "labels",
  "managedFields",
  "name",
  "namespace",
  "ownerReferences",
  "resourceVersion",
  "selfLink",
  "uid",
];

/** `body` without its unknown fields; throws 400 for them under `fieldValidation=Strict`, 422 for another mode. */
export function checkFields(body: JsonObject, resource: Resource, exchange: Exchange): JsonObject {
  const mode = exchange.query.get("fieldValidation") || "Warn";
  if (!modes.includes(mode)) {
    const cause = unsupportedValue("fieldValidation", mode, ["", ...modes]);
    throw invalid({ group: "meta.k8s.io", kind: "CreateOptions", name: "" }, [cause]);
  }
  exchange.warn([...(resource.warning ? [resource.warning] : []), ...(resource.warnings?.(body) ?? [])]);
  const unknown = unknownFields(body, resource);
  // Of a patch the body is no object whose fields could be named.
  const repeated = exchange.method === "PATCH" ? [] : repeatedFields(exchange.text);
  const sentences = [
    ...repeated.map((field) => `duplicate field ${JSON.stringify(field)}`),
    ...unknown.map((field) => `unknown field ${JSON.stringify(field)}`),
  ];
  if (sentences.length > 0 && mode === "Strict") {
    const head = `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}`;
    throw badRequest(`${head}: strict decoding error: ${sentences.join(", ")}`);
  }
  if (mode === "Warn") exchange.warn(sentences);
  if (unknown.length === 0) return body;
  const metadata = keep(objectAt(body, "metadata"), (field) => metadataFields.includes(field));
  return { ...(resource.prune?.(body).object ?? keep(body, (field) => isPart(field, resource))), metadata };
}

/** Paths of the fields that objects of this resource do not have. */
export function unknownFields(body: JsonObject, resource: Resource): readonly string[] {
  const strays =
    resource.prune?.(body).unknown ?? Object.keys(body).filter((field) => !isPart(field, resource));
  const inside = Object.keys(objectAt(body, "metadata")).filter((field) => !metadataFields.includes(field));
  return [...strays, ...inside.map((field) => `metadata.${field}`)];
}

function isPart(field: string, { parts }: Resource): boolean {
  return parts === undefined || always.includes(field) || parts.includes(field);
}

function keep(object: JsonObject, isKept: (field: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([field]) => isKept(field)));
}
