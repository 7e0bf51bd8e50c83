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
  const { parts, prune } = resource;
  const isPart = (field: string): boolean =>
    parts === undefined || always.includes(field) || parts.includes(field);
  const metadata = objectAt(body, "metadata");
  const pruned = prune?.(body);
  const strays = pruned?.unknown ?? Object.keys(body).filter((field) => !isPart(field));
  const inside = Object.keys(metadata).filter((field) => !metadataFields.includes(field));
  const unknown = [...strays, ...inside.map((field) => `metadata.${field}`)];
  exchange.warn([...(resource.warning ? [resource.warning] : []), ...(resource.warnings?.(body) ?? [])]);
  if (unknown.length === 0) return body;
  const sentences = unknown.map((field) => `unknown field ${JSON.stringify(field)}`);
  if (mode === "Strict") {
    const head = `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}`;
    throw badRequest(`${head}: strict decoding error: ${sentences.join(", ")}`);
  }
  if (mode === "Warn") exchange.warn(sentences);
  return {
    ...(pruned?.object ?? keep(body, isPart)),
    metadata: keep(metadata, (field) => metadataFields.includes(field)),
  };
}

function keep(object: JsonObject, isKept: (field: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([field]) => isKept(field)));
}
