/**
 * Fields that no object has: a Strict write is refused, otherwise they are dropped (with a warning where asked for), as a
 * real server does. Custom resources are held against their schema, built-in ones against their types.
 */
import { isObject, objectAt } from "../object/json.ts";
import type { JsonObject } from "../object/json.ts";
import type { ApiResource } from "../store/resource.ts";
import { badRequest, invalid, invalidValue, unsupportedValue } from "../object/status.ts";
import { pruneTyped } from "../types/typed.ts";
import type { HttpExchange } from "../http/exchange.ts";
import { repeatedFields } from "./repeated.ts";

const modes = ["Ignore", "Warn", "Strict"];
const verbs: Readonly<Record<string, string>> = { POST: "Create", PUT: "Update", PATCH: "Patch" };

/** `body` without its unknown fields; throws 400 (422 for a patch) for them under `fieldValidation=Strict`, 422 for another mode. */
export function checkFields(body: JsonObject, resource: ApiResource, exchange: HttpExchange): JsonObject {
  const mode = exchange.query.get("fieldValidation") || "Warn";
  if (!modes.includes(mode)) {
    const cause = unsupportedValue("fieldValidation", mode, ["", ...modes]);
    const kind = `${verbs[exchange.method] ?? "Create"}Options`;
    throw invalid({ group: "meta.k8s.io", kind, name: "" }, [cause]);
  }
  exchange.warn(resource.warnings?.(body) ?? []);
  const { object, unknown } = known(body, resource);
  // Of a patch the body is no object whose fields could be named.
  const repeated = exchange.method === "PATCH" ? [] : repeatedFields(exchange.text);
  const sentences = [
    ...repeated.map((field) => `duplicate field ${JSON.stringify(field)}`),
    ...unknown.map((field) => `unknown field ${JSON.stringify(field)}`),
  ];
  if (sentences.length > 0 && mode === "Strict") throw strictError(resource, exchange, sentences.join(", "));
  if (mode === "Warn") exchange.warn(sentences);
  return unknown.length === 0 ? body : object;
}

/** Paths of the fields that objects of this resource do not have. */
export function unknownFields(body: JsonObject, resource: ApiResource): readonly string[] {
  return known(body, resource).unknown;
}

function known(body: JsonObject, resource: ApiResource): ReturnType<ApiResource["prune"]> {
  const pruned = resource.prune(body);
  if (resource.model !== undefined || !isObject(body["metadata"])) return pruned;
  const { object: metadata, unknown } = pruneTyped(objectAt(body, "metadata"), "V1ObjectMeta");
  const inside = unknown.map((field) => `metadata.${field}`);
  return { object: { ...pruned.object, metadata }, unknown: [...pruned.unknown, ...inside] };
}

function strictError({ kind, version }: ApiResource, exchange: HttpExchange, sentences: string): Error {
  const why = `strict decoding error: ${sentences}`;
  if (exchange.method === "PATCH")
    return invalid({ group: "", kind: "", name: "" }, [invalidValue("patch", exchange.text, why)]);
  return badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`);
}
