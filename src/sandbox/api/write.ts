/** POST, PUT, PATCH and DELETE: from the request to the writer, and from its result to the response. */
import { isObject, listAt, textAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { jsonPatch, mergePatch } from "../merge/patch.ts";
import { apiVersionOf } from "../store/resource.ts";
import type { ApiResource } from "../store/resource.ts";
import {
  badRequest,
  forbiddenField,
  invalid,
  methodNotAllowed,
  unsupportedMediaType,
} from "../object/status.ts";
import type { ApiError } from "../object/status.ts";
import type { UpdateManagedFields } from "../store/attribution.ts";
import type { DeleteOptions, ObjectWriteOptions } from "../store/writer.ts";
import { admitted, askBeforeDelete } from "./admission.ts";
import { apply, applyType } from "./apply.ts";
import type { HttpExchange } from "../http/exchange.ts";
import { list } from "./list.ts";
import { readScale, writeScale } from "../kinds/scale.ts";
import { managedFieldsOf, managedFieldsAfter } from "../merge/ownership.ts";
import { isTrackable } from "../merge/typed-check.ts";
import { strategicMerge } from "../merge/strategic.ts";
import { sendObject, readObject } from "./object.ts";
import type { WriteContext } from "./object.ts";
import { checkFields } from "./strict.ts";
import { viewList } from "../http/view.ts";

export async function create(writing: WriteContext, exchange: HttpExchange): Promise<void> {
  const { writer, target } = writing;
  if (target.name !== "") throw methodNotAllowed();
  const body = checkFields(await exchange.object(), target.resource, exchange);
  const sent = readObject(body, target);
  const updateManagedFields = managedFieldsUpdater(writing, sent, exchange);
  const made = await admitted(writing, exchange, (options) =>
    writer.create(target.resource, sent, { ...options, updateManagedFields }),
  );
  sendObject(exchange, 201, made, target.resource);
}

export async function replace(writing: WriteContext, exchange: HttpExchange): Promise<void> {
  if (writing.target.name === "") throw methodNotAllowed();
  const body = await exchange.object();
  await save(writing, exchange, () => body);
}

export async function patch(writing: WriteContext, exchange: HttpExchange): Promise<void> {
  const { writer, target } = writing;
  if (target.name === "") throw methodNotAllowed();
  if (exchange.contentType === applyType) {
    if (writing.hasApply === false)
      throw unknownFormat(acceptedBy(target.resource).filter((type) => type !== applyType));
    await apply(writing, exchange);
    return;
  }
  if (exchange.query.has("force")) {
    const cause = forbiddenField("force", "may not be specified for non-apply patch");
    throw invalid({ group: "meta.k8s.io", kind: "PatchOptions", name: "" }, [cause]);
  }
  const change = await exchange.body();
  // Applied to the object as it is when it is written, which may be later than now.
  await save(writing, exchange, () => {
    const previous = writer.read(target);
    const before = target.subresource === "scale" ? readScale(target.resource, previous) : previous;
    const after = applyPatch({ type: exchange.contentType, change, resource: target.resource }, before);
    if (!isObject(after)) throw badRequest("the patch does not leave an object");
    return after;
  });
}

/** Deletes one object, or every object of a collection that the selectors match. */
export async function remove(writing: WriteContext, exchange: HttpExchange): Promise<void> {
  const { store, writer, target } = writing;
  const body = await exchange.body();
  const options = readDeleteOptions(isObject(body) ? body : {}, exchange);
  const { resource } = target;
  if (target.name === "") {
    const found = list(store, target, exchange.query);
    await askBeforeDelete(writing, exchange, found.items);
    for (const { metadata } of found.items) {
      writer.delete({ resource, namespace: metadata.namespace ?? "", name: metadata.name }, options);
    }
    exchange.send(200, viewList(exchange.view, found, resource, exchange.clock.wallMs()));
    return;
  }
  await askBeforeDelete(writing, exchange, [writer.read(target)]);
  const { object, isGone } = writer.delete(target, options);
  if (!isGone) {
    sendObject(exchange, 200, object, resource);
    return;
  }
  const { name, uid } = object.metadata;
  const details = { name, ...(resource.group ? { group: resource.group } : {}), kind: resource.plural, uid };
  exchange.send(200, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details });
}

/** Writes a whole object: the object itself, its status or its scale. `read` gives the object at the time of the write. */
async function save(writing: WriteContext, exchange: HttpExchange, read: () => JsonObject): Promise<void> {
  const { target } = writing;
  const { resource } = target;
  const stored = await admitted(writing, exchange, (options) =>
    saveNow(writing, exchange, { read, options }),
  );
  if (target.subresource === "scale") exchange.send(200, readScale(resource, stored));
  else sendObject(exchange, 200, stored, resource);
}

type Save = { readonly read: () => JsonObject; readonly options: ObjectWriteOptions };

function saveNow(writing: WriteContext, exchange: HttpExchange, { read, options }: Save): KubeObject {
  const { writer, target } = writing;
  const { resource } = target;
  const isPatch = exchange.method === "PATCH";
  if (target.subresource === "scale") {
    const scaled = writeScale(resource, writer.read(target), read());
    const updateManagedFields = managedFieldsUpdater(writing, scaled, exchange);
    return writer.update(resource, scaled, { ...options, isPatch, updateManagedFields });
  }
  const sent = readObject(checkFields(read(), resource, exchange), target);
  const subresource = target.subresource === "status" ? "status" : "";
  const updateManagedFields = managedFieldsUpdater(writing, sent, exchange);
  return writer.update(resource, sent, { ...options, isPatch, subresource, updateManagedFields });
}

/** Updates `managedFields` of new objects and of those that have them. A client may rewrite them, or reset them with []. */
function managedFieldsUpdater(
  { target: { resource, subresource }, hasApply }: WriteContext,
  sent: KubeObject,
  exchange: HttpExchange,
): UpdateManagedFields {
  if (hasApply === false) return () => undefined;
  const apiVersion = apiVersionOf(resource);
  const author = { manager: exchange.fieldManager, operation: "Update", apiVersion, subresource } as const;
  return (after, before) => {
    // A write to a subresource cannot change the managed fields by hand.
    const isRewritten = subresource === "" && sent.metadata.managedFields !== undefined;
    const owners = before ? managedFieldsOf(isRewritten ? sent : before) : [];
    if (!owners || !isTrackable(after, resource)) return undefined;
    return managedFieldsAfter({ resource, author, before, after, owners, wallMs: exchange.clock.wallMs() });
  };
}

const patchTypes = ["application/json-patch+json", "application/merge-patch+json", applyType];
const strategicType = "application/strategic-merge-patch+json";

type Patch = { readonly type: string; readonly change: Json; readonly resource: ApiResource };

function applyPatch({ type, change, resource }: Patch, before: KubeObject): Json {
  const accepted = acceptedBy(resource);
  switch (accepted.includes(type) ? type : "") {
    case "application/json-patch+json":
      return jsonPatch(before, change);
    case "application/merge-patch+json":
      return mergePatch(before, change);
    case strategicType:
      if (!isObject(change)) throw badRequest("error decoding patch: it is not an object");
      return strategicMerge(before, change, resource.shape);
    default:
      throw unknownFormat(accepted);
  }
}

/** Custom resources have no strategic merge: their schemas declare no merge keys for it. */
function acceptedBy({ schema }: ApiResource): readonly string[] {
  return schema ? patchTypes : [...patchTypes, strategicType];
}

function unknownFormat(accepted: readonly string[]): ApiError {
  return unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );
}

function readDeleteOptions(body: JsonObject, { query, isDryRun }: HttpExchange): DeleteOptions {
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
