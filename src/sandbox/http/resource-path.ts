/** URL paths of resources: `/apis/apps/v1/namespaces/demo/deployments/web/scale` to resource, namespace, name, subresource. */
import type { ApiResource, ResourceTable } from "../store/resource.ts";

export type ResourcePath = {
  readonly resource: ApiResource;
  /** "" for cluster-wide resources and for lists across all namespaces. */
  readonly namespace: string;
  /** "" for a collection. */
  readonly name: string;
  readonly subresource: string;
};

/** Undefined where no resource is registered at this path. The segments of `path` are percent-encoded. */
export function parseResourcePath(path: string, table: ResourceTable): ResourcePath | undefined {
  const segments = path.split("/").slice(1).map(decodeSegment);
  if (segments.includes(undefined)) return undefined;
  const [root, ...rest] = segments as readonly string[];
  if (root === "api" && rest[0]) return readPath(rest[0], rest.slice(1), table);
  if (root === "apis" && rest[0] && rest[1]) return readPath(`${rest[0]}/${rest[1]}`, rest.slice(2), table);
  return undefined;
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function readPath(
  apiVersion: string,
  segments: readonly string[],
  table: ResourceTable,
): ResourcePath | undefined {
  const [head, namespace = "", plural] = segments;
  const isInNamespace = head === "namespaces" && plural !== undefined;
  const within = isInNamespace ? table.find(apiVersion, plural) : undefined;
  if (within?.namespaced) {
    const [, , , name = "", ...rest] = segments;
    return { resource: within, namespace, name, subresource: rest.join("/") };
  }
  const [top = "", name = "", ...rest] = segments;
  const resource = table.find(apiVersion, top);
  // An object of a namespaced resource cannot be addressed without its namespace.
  if (!resource || (resource.namespaced && name !== "")) return undefined;
  return { resource, namespace: "", name, subresource: rest.join("/") };
}
