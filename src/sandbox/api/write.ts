/** POST, PUT, PATCH and DELETE: from the request to the writer, and from the outcome to the answer. */
import { isObject, listAt, objectAt, textAt } from "../store/json.ts";
import type { Json, JsonObject } from "../store/json.ts";
import { withMetadata } from "../store/object.ts";
import type { KubeObject, Metadata } from "../store/object.ts";
import { jsonPatch, mergePatch } from "../store/patch.ts";
import { apiVersionOf } from "../store/resource.ts";
import type { Resource } from "../store/resource.ts";
import { badRequest, methodNotAllowed, unsupportedMediaType } from "../store/status.ts";
import type { Store } from "../store/store.ts";
import type { DeleteOptions, Writer } from "../store/writer.ts";
import type { Exchange } from "./exchange.ts";
import { list } from "./list.ts";
import { readScale, writeScale } from "../kinds/scale.ts";
import type { Target } from "./target.ts";
import { checkFields } from "./strict.ts";
import { viewList, viewObject } from "./view.ts";

export type Writing = { readonly store: Store; readonly writer: Writer; readonly target: Target };

export async function create({ writer, target }: Writing, exchange: Exchange): Promise<void> {
  if (target.name !== "") throw methodNotAllowed();
  const body = checkFields(await exchange.object(), target.resource, exchange);
  const sent = readObject(body, target);
  answer(
    exchange,
    201,
    writer.create(target.resource, sent, { isDryRun: exchange.isDryRun }),
    target.resource,
  );
}

export async function replace(writing: Writing, exchange: Exchange): Promise<void> {
  if (writing.target.name === "") throw methodNotAllowed();
  save(writing, exchange, await exchange.object());
}

export async function patch(writing: Writing, exchange: Exchange): Promise<void> {
  const { writer, target } = writing;
  if (target.name === "") throw methodNotAllowed();
  const change = await exchange.body();
  const previous = writer.read(target);
  const before = target.subresource === "scale" ? readScale(target.resource, previous) : previous;
  const after = applyPatch(exchange.contentType, before, change);
  if (!isObject(after)) throw badRequest("the patch does not leave an object");
  save(writing, exchange, after);
}

/** Deletes one object, or every object of a collection that the selectors match. */
export async function remove({ store, writer, target }: Writing, exchange: Exchange): Promise<void> {
  const body = await exchange.body();
  const options = readDeleteOptions(isObject(body) ? body : {}, exchange);
  const { resource } = target;
  if (target.name === "") {
    const found = list(store, target, exchange.query);
    for (const { metadata } of found.items) {
      writer.delete({ resource, namespace: metadata.namespace ?? "", name: metadata.name }, options);
    }
    exchange.send(200, viewList(exchange.view, found, resource, exchange.clock.wallMs()));
    return;
  }
  const { object, isGone } = writer.delete(target, options);
  if (!isGone) {
    answer(exchange, 200, object, resource);
    return;
  }
  const { name, uid } = object.metadata;
  const details = { name, ...(resource.group ? { group: resource.group } : {}), kind: resource.plural, uid };
  exchange.send(200, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details });
}

/** Writes a whole object to the target: itself, its status or its scale. */
function save({ writer, target }: Writing, exchange: Exchange, body: JsonObject): void {
  const isDryRun = exchange.isDryRun;
  if (target.subresource === "scale") {
    const scaled = writeScale(target.resource, writer.read(target), body);
    const stored = writer.update(target.resource, scaled, { isDryRun });
    exchange.send(200, readScale(target.resource, stored));
    return;
  }
  const sent = readObject(checkFields(body, target.resource, exchange), target);
  const subresource = target.subresource === "status" ? "status" : "";
  answer(exchange, 200, writer.update(target.resource, sent, { isDryRun, subresource }), target.resource);
}

function answer(exchange: Exchange, code: number, object: KubeObject, resource: Resource): void {
  exchange.send(code, viewObject(exchange.view, object, resource, exchange.clock.wallMs()));
}

/** The object of a body, with what the URL says filled in; throws the 400 where the two disagree. */
function readObject(body: JsonObject, { resource, namespace, name }: Target): KubeObject {
  const apiVersion = apiVersionOf(resource);
  const kind = textAt(body, "kind") || resource.kind;
  const version = textAt(body, "apiVersion") || apiVersion;
  if (kind !== resource.kind) {
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a ${resource.kind}: kind does not match`,
    );
  }
  if (version !== apiVersion) {
    const both = `(${version}) does not match the expected API version (${apiVersion})`;
    throw badRequest(`the API version in the data ${both}`);
  }
  const metadata = readMetadata(body);
  if (name !== "" && metadata.name && metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  const own = { name: name || metadata.name, namespace: resource.namespaced ? namespace : undefined };
  return withMetadata({ ...body, apiVersion, kind, metadata }, own);
}

/** Checks the shapes the store relies on; throws the 400 a decoder would. */
function readMetadata(body: JsonObject): Metadata {
  const metadata = objectAt(body, "metadata");
  const wrong = Object.entries(metadata).find(([field, value]) => !hasShape(field, value));
  if (wrong) throw badRequest(`error decoding the body: metadata.${wrong[0]} has the wrong type`);
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null)) as Metadata;
}

function hasShape(field: string, value: Json | undefined): boolean {
  if (value === null) return true;
  if (field === "finalizers")
    return Array.isArray(value) && value.every((entry) => typeof entry === "string");
  if (field === "ownerReferences") return Array.isArray(value) && value.every(isObject);
  if (field === "managedFields") return Array.isArray(value);
  if (field === "labels" || field === "annotations") {
    return isObject(value) && Object.values(value).every((entry) => typeof entry === "string");
  }
  if (field === "generation" || field === "deletionGracePeriodSeconds") return typeof value === "number";
  return typeof value === "string";
}

const patchTypes = "application/json-patch+json, application/merge-patch+json";

function applyPatch(contentType: string, before: KubeObject, change: Json): Json {
  switch (contentType) {
    case "application/json-patch+json":
      return jsonPatch(before, change);
    case "application/merge-patch+json":
      return mergePatch(before, change);
    case "application/strategic-merge-patch+json":
      if (!hasListOfObjects(change)) return mergePatch(before, change);
      throw unsupportedMediaType(
        `the sandbox does not merge lists of objects yet - use a merge patch or a JSON patch (${patchTypes})`,
      );
    default:
      throw unsupportedMediaType(
        `the body of the request was in an unknown format - accepted media types include: ${patchTypes}, application/strategic-merge-patch+json`,
      );
  }
}

/** Without lists of objects and without directives (`$patch`), a strategic merge is a plain merge. */
function hasListOfObjects(change: Json | undefined): boolean {
  if (Array.isArray(change)) return change.some(isObject);
  if (!isObject(change)) return false;
  return Object.entries(change).some(([key, value]) => key.startsWith("$") || hasListOfObjects(value));
}

function readDeleteOptions(body: JsonObject, { query, isDryRun }: Exchange): DeleteOptions {
  const policy = textAt(body, "propagationPolicy") || (query.get("propagationPolicy") ?? "");
  const named = policy || (body["orphanDependents"] === true ? "Orphan" : "");
  if (named !== "" && named !== "Background" && named !== "Foreground" && named !== "Orphan") {
    throw badRequest(`invalid propagationPolicy: ${named}`);
  }
  const uid = textAt(body, "preconditions.uid");
  const resourceVersion = textAt(body, "preconditions.resourceVersion");
  return {
    isDryRun: isDryRun || listAt(body, "dryRun").length > 0,
    ...(named && { propagation: named }),
    ...(uid && { uid }),
    ...(resourceVersion && { resourceVersion }),
  };
}
