/** Federated objects that our finalizer is on: found by lists of metadata, and released. Releasing deletes nothing. */
import { listAll } from "../../fleet/list/list.ts";
import type { Resource } from "../../fleet/kube/resource.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { WritePermit } from "../../fleet/kube/write-permit.ts";
import { apiObject } from "../../fleet/objects/api-object.ts";
import { type ObjectKey, pathOfCollection } from "../../fleet/objects/object-path.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { refusalOf, type RequestRefusal } from "../../fleet/objects/refusal.ts";
import { FINALIZER, type FederatedObject, parseFederatedObject } from "../federated/federated-object.ts";

const AT_ONCE = 4;
const METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
/** There is nothing of the kind. */
const NONE: ReadonlySet<RequestRefusal["kind"]> = new Set([
  "kind-not-served",
  "object-missing",
  "namespace-missing",
]);
/** It is not there any more, or another one of its name is. */
const GONE: ReadonlySet<RequestRefusal["kind"]> = new Set(["object-missing", "uid-mismatch"]);

export type HeldObject = {
  readonly key: ObjectKey;
  readonly resourceVersion: string;
  readonly finalizers: readonly string[];
  /** Without its spec. */
  readonly object: FederatedObject;
};

export type HostAccess = {
  /** Of the host. */
  readonly transport: Transport;
  readonly permit: WritePermit;
  readonly signal: AbortSignal;
};

/** `namespace` "": of all. None where the kind is not served. Throws as `listAll` does. */
export async function heldObjects(
  { transport, signal }: Pick<HostAccess, "transport" | "signal">,
  resource: Resource,
  namespace: string,
): Promise<readonly HeldObject[]> {
  let held: HeldObject[] = [];
  try {
    await listAll({
      transport,
      path: pathOfCollection({ resource, namespace }),
      query: {},
      accept: METADATA_LIST,
      signal,
      onStart: () => (held = []),
      onPage: ({ items }) => held.push(...items.flatMap((item) => heldObject(item, resource))),
    });
  } catch (error) {
    if (NONE.has(refusalOf(error, { plural: resource.plural }).kind)) return [];
    throw error;
  }
  return held;
}

function heldObject(item: unknown, resource: Resource): readonly HeldObject[] {
  const { metadata } = apiObject(item);
  const { name, namespace = "", resourceVersion, finalizers = [] } = metadata;
  // What is wrong with the spec, and with annotations that an object being deleted need not have, is of no interest here.
  const parsed = parseFederatedObject({ metadata: { generation: 0, ...metadata } });
  if (parsed === null || !finalizers.includes(FINALIZER)) return [];
  const key = { resource, namespace, name };
  return "object" in parsed ? [{ key, resourceVersion, finalizers, object: parsed.object }] : [];
}

/** Resolves with how many could not be released for a reason that passes. Throws, after all were tried, when one is refused otherwise. */
export async function release(held: readonly HeldObject[], access: HostAccess): Promise<number> {
  const waiting = [...held];
  let left = 0;
  let refused: unknown = null;
  const work = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      try {
        await releaseOne(one, access);
      } catch (error) {
        const { kind } = refusalOf(error, one.key.resource);
        if (GONE.has(kind)) continue;
        left += 1;
        if (kind !== "stale") refused ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (refused !== null) throw refused;
  return left;
}

async function releaseOne(
  { key, resourceVersion, finalizers: all, object: { uid } }: HeldObject,
  { transport, permit, signal }: HostAccess,
): Promise<void> {
  const finalizers = all.filter((one) => one !== FINALIZER);
  const metadata = { uid, resourceVersion, finalizers };
  await mergePatch(transport, key, { metadata }, { permit, signal, purpose: "status" });
}
