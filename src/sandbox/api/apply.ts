/** PATCH with an apply configuration (`kubectl apply --server-side`): creates the object, or merges and tracks the fields. */
import { applyConfig, typedObjectName } from "../merge/apply.ts";
import { writeManagedFields } from "../merge/ownership.ts";
import { isObject, objectAt, textAt } from "../object/json.ts";
import type { JsonObject } from "../object/json.ts";
import { keyOf } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import { apiVersionOf, inVersion, statusDetailsOf as resourceSubject } from "../store/resource.ts";
import type { ApiResource } from "../store/resource.ts";
import {
  ApiError,
  badRequest,
  invalid,
  noSuchPath,
  notFound,
  required,
  unsupportedMediaType,
} from "../object/status.ts";
import type { UpdateManagedFields } from "../store/writer.ts";
import type { HttpExchange } from "../http/exchange.ts";
import { unknownFields } from "./strict.ts";
import { sendObject, readObject } from "./object.ts";
import type { WriteContext } from "./object.ts";

export const applyType = "application/apply-patch+yaml";

export async function apply({ store, writer, target }: WriteContext, exchange: HttpExchange): Promise<void> {
  const { resource, namespace, name, subresource } = target;
  if (subresource === "scale")
    throw unsupportedMediaType("the sandbox applies to objects and their status, not to scale");
  if (resource.review) throw noSuchPath();
  if (!exchange.query.get("fieldManager")) {
    const cause = required("fieldManager", "is required for apply patch");
    throw invalid({ group: "meta.k8s.io", kind: "PatchOptions", name: "" }, [cause]);
  }
  const body = readConfig(await exchange.body(), resource);
  exchange.warn(resource.warnings?.(body) ?? []);
  const config = readObject(body, target);
  const found = store.get(resource, keyOf(namespace, name));
  if (!found && subresource !== "") throw notFound(resourceSubject(resource, name));
  const live = found && inVersion(found, resource);
  const author = {
    manager: exchange.fieldManager,
    operation: "Apply",
    apiVersion: apiVersionOf(resource),
    subresource,
  } as const;
  const isForced = exchange.query.get("force") === "true";
  const applied = applyConfig({ resource, author, config, live, isForced, wallMs: exchange.clock.wallMs() });
  const updateManagedFields: UpdateManagedFields = () => writeManagedFields(applied.owners);
  const object = applied.object as KubeObject;
  const options = { isDryRun: exchange.isDryRun, updateManagedFields };
  if (!live) {
    sendObject(exchange, 201, writer.create(resource, object, options), resource);
    return;
  }
  const kind = subresource === "status" ? "status" : "";
  sendObject(exchange, 200, writer.update(resource, object, { ...options, subresource: kind }), resource);
}

/** Throws the errors of a real server for a configuration that is not an object of this kind. */
function readConfig(body: unknown, resource: ApiResource): JsonObject {
  if (!isObject(body)) throw badRequest("error decoding YAML: the configuration is not an object");
  for (const field of ["apiVersion", "kind"]) {
    if (textAt(body, field) === "")
      throw badRequest(`Object '${field === "kind" ? "Kind" : "apiVersion"}' is missing`);
  }
  const managed = objectAt(body, "metadata")["managedFields"];
  if (managed !== undefined && managed !== null) throw badRequest("metadata.managedFields must be nil");
  const [unknown] = unknownFields(body, resource);
  if (unknown !== undefined) {
    const why = `.${unknown}: field not declared in schema`;
    throw new ApiError(
      500,
      "",
      `failed to create typed patch object (${typedObjectName(resource, body)}): ${why}`,
    );
  }
  return body;
}
