/**
 * Unknown fields: a Strict write with one is refused; otherwise they are dropped, with a warning under Warn, as real
 * servers do. Custom resources are checked against their schema, built-in ones against their types.
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

/** `body` without unknown fields; under `fieldValidation=Strict` throws 400 for them (422 for a patch). 422 for another mode. */
export function checkFields(body: JsonObject, resource: ApiResource, exchange: HttpExchange): JsonObject {
  const mode = checkMode(exchange);
  exchange.warn(resource.warnings?.(body) ?? []);
  const { object, unknown } = known(body, resource);
  // The body of a patch is not an object of the kind, so its fields are not named.
  const repeated = exchange.method === "PATCH" ? [] : repeatedFields(exchange.text);
  const messages = [
    ...repeated.map((field) => `duplicate field ${JSON.stringify(field)}`),
    ...unknown.map((field) => `unknown field ${JSON.stringify(field)}`),
  ];
  if (messages.length > 0 && mode === "Strict") throw strictError(resource, exchange, messages.join(", "));
  if (mode === "Warn") exchange.warn(messages);
  return unknown.length === 0 ? body : object;
}

/** The value of `fieldValidation`; throws 422 for one that does not exist. */
export function checkMode(exchange: HttpExchange): string {
  const mode = exchange.query.get("fieldValidation") || "Warn";
  if (modes.includes(mode)) return mode;
  const cause = unsupportedValue("fieldValidation", mode, ["", ...modes]);
  const kind = `${verbs[exchange.method] ?? "Create"}Options`;
  throw invalid({ group: "meta.k8s.io", kind, name: "" }, [cause]);
}

/** For an apply configuration: a field that appears twice is refused under Strict, and otherwise a warning. */
export function warnOfRepeated(exchange: HttpExchange, mode: string): void {
  const keys = repeatedFields(exchange.text).map((path) => path.split(/[.\]]/).at(-1) ?? path);
  if (keys.length === 0 || mode === "Ignore") return;
  const lines = keys.map((key) => `  line 1: key ${JSON.stringify(key)} already set in map`);
  const message = ["error converting YAML to JSON: yaml: unmarshal errors:", ...lines].join("\n");
  if (mode === "Strict") throw badRequest(`error strict decoding YAML: ${message}`);
  exchange.warn([message.replaceAll("\n", " ")]);
}

/** Paths of the fields that are unknown to this resource. */
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

function strictError({ kind, version }: ApiResource, exchange: HttpExchange, messages: string): Error {
  const why = `strict decoding error: ${messages}`;
  if (exchange.method === "PATCH")
    return invalid({ group: "", kind: "", name: "" }, [invalidValue("patch", exchange.text, why)]);
  return badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`);
}
