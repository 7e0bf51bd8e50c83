/** Objects in requests and responses: read from a body and checked against the URL, and sent as the client asks for them. */
import type { AccessControl } from "../access/access.ts";
import type { WebhookTable } from "../admission/webhooks.ts";
import { isObject, objectAt, textAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { withMetadata } from "../object/object.ts";
import type { KubeObject, Metadata } from "../object/object.ts";
import { apiVersionOf } from "../store/resource.ts";
import type { ApiResource, ResourceTable } from "../store/resource.ts";
import { badRequest } from "../object/status.ts";
import type { ObjectStore } from "../store/store.ts";
import type { ObjectWriter, ObjectWriteOptions } from "../store/writer.ts";
import { typeFault, withoutNulls } from "../types/typed.ts";
import type { HttpExchange } from "../http/exchange.ts";
import type { ResourcePath } from "../http/resource-path.ts";
import { viewObject } from "../http/view.ts";

export type WriteContext = {
  readonly store: ObjectStore;
  readonly table: ResourceTable;
  readonly writer: ObjectWriter;
  readonly access: AccessControl;
  readonly webhooks: WebhookTable;
  readonly target: ResourcePath;
  /** False: there is no server-side apply, and no managedFields are kept. */
  readonly hasApply?: boolean | undefined;
};

/** The options that all writes of a client have in common. */
export function clientOptions({ access, target }: WriteContext, exchange: HttpExchange): ObjectWriteOptions {
  const { user, isDryRun } = exchange;
  return {
    user,
    isDryRun,
    check: (after, before) => access.checkWrite(user, target.resource, after, before),
  };
}

export function sendObject(
  exchange: HttpExchange,
  code: number,
  object: KubeObject,
  resource: ApiResource,
): void {
  exchange.send(code, viewObject(exchange.view, object, resource, exchange.clock.wallMs()));
}

/** The object in a body, completed from the URL; throws 400 where the two disagree, and for values of wrong types. */
export function readObject(body: JsonObject, target: ResourcePath): KubeObject {
  const object = completeFromPath(body, target);
  const { resource } = target;
  checkTypes(object, resource);
  return resource.model === undefined ? object : (withoutNulls(object, resource.model) as KubeObject);
}

/** The same without the check of types. */
export function completeFromPath(body: JsonObject, { resource, namespace, name }: ResourcePath): KubeObject {
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

/** Throws 400 where a field of a built-in kind has a value that Go cannot decode into its type. */
function checkTypes(object: JsonObject, { kind, version, model }: ApiResource): void {
  const fault = model === undefined ? undefined : typeFault(object, model);
  if (fault === undefined) return;
  throw badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${fault}`);
}

/** Checks the types that the store relies on; throws the 400 of a decoder. */
function readMetadata(body: JsonObject): Metadata {
  const metadata = objectAt(body, "metadata");
  const wrong = Object.entries(metadata).find(([field, value]) => !hasShape(field, value));
  if (wrong) throw badRequest(`error decoding the body: metadata.${wrong[0]} has the wrong type`);
  const kept = Object.entries(metadata).filter(
    ([field, value]) => value !== null && !isEmptied(field, value),
  );
  return Object.fromEntries(kept) as Metadata;
}

/** Empty maps and lists are not stored, except an empty `managedFields`, which asks to reset it. */
function isEmptied(field: string, value: Json | undefined): boolean {
  if (field === "managedFields") return false;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
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
