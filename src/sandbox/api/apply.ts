/** PATCH with an apply configuration (`kubectl apply --server-side`): creates the object, or merges and tracks the fields. */
import { applyConfig } from "../merge/apply.ts";
import type { OtherVersion } from "../merge/apply.ts";
import { managedFieldsOf, writeManagedFields } from "../merge/ownership.ts";
import { checkConfig, checkLive, keyedPath } from "../merge/typed-check.ts";
import { isObject, objectAt, textAt } from "../object/json.ts";
import type { JsonObject } from "../object/json.ts";
import { keyOf, withMetadata } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import {
  badRequest,
  conflict,
  forbidden,
  invalid,
  noSuchPath,
  notFound,
  required,
} from "../object/status.ts";
import type { User } from "../object/user.ts";
import { apiVersionOf, inVersion, statusDetailsOf as resourceSubject } from "../store/resource.ts";
import type { ApiResource, ResourceTable } from "../store/resource.ts";
import type { UpdateManagedFields } from "../store/attribution.ts";
import type { ObjectWriteOptions } from "../store/writer.ts";
import { withoutNulls } from "../types/typed.ts";
import { readScale, scaleConfig } from "../kinds/scale.ts";
import type { HttpExchange } from "../http/exchange.ts";
import { checkMode, unknownFields, warnOfRepeated } from "./strict.ts";
import { admitted } from "./admission.ts";
import { completeFromPath, sendObject } from "./object.ts";
import type { WriteContext } from "./object.ts";

export const applyType = "application/apply-patch+yaml";

export async function apply(writing: WriteContext, exchange: HttpExchange): Promise<void> {
  const { target } = writing;
  const { resource, subresource } = target;
  if (resource.review) throw noSuchPath();
  if (!exchange.query.get("fieldManager")) {
    const cause = required("fieldManager", "is required for apply patch");
    throw invalid({ group: "meta.k8s.io", kind: "PatchOptions", name: "" }, [cause]);
  }
  const mode = checkMode(exchange);
  const sent = readConfig(await exchange.body());
  // A Scale owns the replicas of the object that it scales.
  const body = subresource === "scale" ? scaleConfig(resource, sent) : sent;
  warnOfRepeated(exchange, mode);
  exchange.warn(resource.warnings?.(body) ?? []);
  const config = completeFromPath(body, target);
  checkTypes(body, resource);
  const { object, isNew } = await admitted(writing, exchange, (options) =>
    applyNow(writing, exchange, { config, options }),
  );
  if (subresource === "scale") exchange.send(200, readScale(resource, object));
  else sendObject(exchange, isNew ? 201 : 200, object, resource);
}

type Apply = { readonly config: KubeObject; readonly options: ObjectWriteOptions };
type Applied = { readonly object: KubeObject; readonly isNew: boolean };

/** Merges into the object as it is now. */
function applyNow(
  writing: WriteContext,
  exchange: HttpExchange,
  { config, options: common }: Apply,
): Applied {
  const { store, table, writer, target } = writing;
  const { resource, namespace, name, subresource } = target;
  const found = store.get(resource, keyOf(namespace, name));
  if (!found && subresource !== "") throw notFound(resourceSubject(resource, name));
  const live = found && inVersion(found, resource);
  checkExistence(config, live, resource);
  if (live) checkLive(live, resource, managedFieldsOf(live) !== undefined);
  const author = {
    manager: exchange.fieldManager,
    operation: "Apply",
    apiVersion: apiVersionOf(resource),
    subresource,
  } as const;
  const isForced = exchange.query.get("force") === "true";
  const versionOf = (apiVersion: string): OtherVersion | undefined =>
    otherVersion(table, resource, apiVersion);
  const wallMs = exchange.clock.wallMs();
  const applied = applyConfig({ resource, author, config, live, isForced, wallMs, versionOf });
  const updateManagedFields: UpdateManagedFields = () => writeManagedFields(applied.owners);
  const object = withoutOwnNulls(applied.object, resource);
  const options = { ...common, updateManagedFields };
  if (!live) {
    requireCreate(writing, exchange.user);
    const made = withMetadata(object, { resourceVersion: undefined });
    return { object: writer.create(resource, made, options), isNew: true };
  }
  const kind = subresource === "status" ? "status" : "";
  const written = writer.update(resource, object, { ...options, subresource: kind, isPatch: true });
  return { object: written, isNew: false };
}

/** Throws 400 for a body that is no configuration at all. */
function readConfig(body: unknown): JsonObject {
  if (!isObject(body)) throw badRequest("error decoding YAML: the configuration is not an object");
  for (const field of ["apiVersion", "kind"]) {
    if (textAt(body, field) === "")
      throw badRequest(`Object '${field === "kind" ? "Kind" : "apiVersion"}' is missing`);
  }
  const managed = objectAt(body, "metadata")["managedFields"];
  if (managed !== undefined && managed !== null) throw badRequest("metadata.managedFields must be nil");
  return body;
}

/** Throws 500, whatever `fieldValidation` asks for, for fields and values that the type of the kind does not have. */
function checkTypes(body: JsonObject, resource: ApiResource): void {
  const at = (path: string): string => keyedPath(path, body, resource.shape);
  checkConfig(body, resource, [
    ...unknownFields(body, resource).map((path) => ({ path: at(path), why: "field not declared in schema" })),
    ...resource.mistyped(body).map(({ path, why }) => ({ path: at(path), why })),
  ]);
}

/** A configuration with a uid is for an object that exists. */
function checkExistence(config: KubeObject, live: KubeObject | undefined, resource: ApiResource): void {
  const { uid, name } = config.metadata;
  if (live || !uid) return;
  const why = `the provided object specified uid ${uid}, and no existing object was found`;
  throw conflict(resourceSubject(resource, name), `uid mismatch: ${why}`);
}

/** Creation by apply needs the rights to patch and to create. Real servers do not say what is missing. */
function requireCreate({ access, target }: WriteContext, user: User): void {
  const { resource, namespace, name } = target;
  const { group, plural } = resource;
  const request = { verb: "create", group, resource: plural, subresource: "", namespace, name };
  const { isAllowed, reason } = access.answer(user, request);
  if (!isAllowed) throw forbidden(resourceSubject(resource, name), reason);
}

function otherVersion(
  table: ResourceTable,
  resource: ApiResource,
  apiVersion: string,
): OtherVersion | undefined {
  const other = table.find(apiVersion, resource.plural);
  if (!other) return undefined;
  return {
    resource: other,
    convert(object) {
      const stored = resource.toStorage?.(object as KubeObject) ?? (object as KubeObject);
      return inVersion(stored, other);
    },
  };
}

/** In a built-in kind, a null leaves a field to its default. In a custom one it is a value like any other. */
function withoutOwnNulls(object: JsonObject, { model }: ApiResource): KubeObject {
  return (model === undefined ? object : withoutNulls(object, model)) as KubeObject;
}
