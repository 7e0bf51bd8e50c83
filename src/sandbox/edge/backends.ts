/** Whether a route may use a backend: the Service must exist, and its namespace must grant access. */
import { gatewayGroup } from "../bundled/gateway.ts";
import { listAt, textAt } from "../object/json.ts";
import type { Json } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import type { ObjectClient } from "../store/objects.ts";
import { grantVersion, listKnown } from "./names.ts";

/** Reason and message of the ResolvedRefs condition. */
type UnresolvedRef = { readonly reason: string; readonly message: string };

export function unresolvedBackend(
  objects: ObjectClient,
  route: KubeObject,
  backend: Json,
): UnresolvedRef | undefined {
  const kind = textAt(backend, "kind") || "Service";
  const name = textAt(backend, "name");
  const own = route.metadata.namespace ?? "";
  const namespace = textAt(backend, "namespace") || own;
  if (kind !== "Service" || textAt(backend, "group") !== "")
    return { reason: "InvalidKind", message: `backends of kind ${kind} are not supported` };
  if (namespace !== own && !isGranted(objects, route, { namespace, name }))
    return { reason: "RefNotPermitted", message: `no ReferenceGrant in ${namespace} allows it` };
  if (objects.get({ apiVersion: "v1", kind: "Service", namespace, name })) return undefined;
  return { reason: "BackendNotFound", message: `Service ${namespace}/${name} not found` };
}

function isGranted(
  objects: ObjectClient,
  route: KubeObject,
  to: { readonly namespace: string; readonly name: string },
): boolean {
  const grants = listKnown(objects, grantVersion, "ReferenceGrant").filter(
    ({ metadata }) => metadata.namespace === to.namespace,
  );
  return grants.some((grant) => {
    const isFrom = listAt(grant, "spec.from").some(
      (one) =>
        textAt(one, "group") === gatewayGroup &&
        textAt(one, "kind") === route.kind &&
        textAt(one, "namespace") === route.metadata.namespace,
    );
    return (
      isFrom &&
      listAt(grant, "spec.to").some(
        (one) => textAt(one, "kind") === "Service" && ["", to.name].includes(textAt(one, "name")),
      )
    );
  });
}
