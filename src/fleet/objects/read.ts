/** Reads one object, or all objects of a collection. */
import { listAll } from "../list/list.ts";
import type { Transport } from "../kube/transport.ts";
import type { QueryParameters } from "../kube/request-message.ts";
import type { RequestPurpose } from "../kube/request-slots.ts";
import { type ApiObject, apiObject } from "./api-object.ts";
import { type CollectionKey, type ObjectKey, objectPath, pathOfCollection } from "./object-path.ts";
import { refusalOf } from "./refusal.ts";

type ReadOptions = {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  readonly purpose?: RequestPurpose;
};

/**
 * Null only when the API server knows the kind and says that there is no such object or namespace. Throws as
 * `Transport.request` does, also when the kind is not served: then nothing is known about the object.
 */
export async function read(
  transport: Transport,
  key: ObjectKey,
  options: ReadOptions,
): Promise<ApiObject | null> {
  try {
    const { json } = await transport.request({ ...options, path: objectPath(key) });
    return apiObject(json);
  } catch (error) {
    const { kind } = refusalOf(error, { plural: key.resource.plural });
    if (kind === "object-missing" || kind === "namespace-missing") return null;
    throw error;
  }
}

type ListObjectsOptions = {
  readonly signal: AbortSignal;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
};

/** All objects, in pages. Throws as `listAll` does, and KUBE_BAD_OBJECT. */
export async function readAll(
  transport: Transport,
  key: CollectionKey,
  { signal, ...selectors }: ListObjectsOptions,
): Promise<readonly ApiObject[]> {
  const query: QueryParameters = selectors;
  let objects: ApiObject[] = [];
  await listAll({
    transport,
    path: pathOfCollection(key),
    query,
    signal,
    onStart: () => (objects = []),
    onPage: ({ items }) => objects.push(...items.map(apiObject)),
  });
  return objects;
}
