/** Paths of objects and collections in the Kubernetes API. Names are checked and escaped, because some come from other clusters. */
import { OperationalError } from "../../kernel/error.ts";
import type { Resource } from "../kube/resource.ts";

/** One object. `namespace` is "" for cluster-scoped objects. */
export type ObjectKey = { readonly resource: Resource; readonly namespace: string; readonly name: string };
/** The objects of a resource in one namespace; with namespace "" those of all namespaces, or cluster-scoped ones. */
export type CollectionKey = Omit<ObjectKey, "name">;
export type SubresourceName = "status" | "scale";

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_MAX_CHARACTERS = 253;

/** Throws OperationalError KUBE_BAD_NAME. */
export function objectPath(key: ObjectKey, subresource?: SubresourceName): string {
  const path = `${pathOfCollection(key)}/${nameSegment(key.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** Throws OperationalError KUBE_BAD_NAME. */
export function pathOfCollection({ resource, namespace }: CollectionKey): string {
  const { group, version, plural } = resource;
  if (group !== "") require("API group", group, isSubdomain(group));
  require("API version", version, LABEL.test(version));
  require("resource", plural, SUBDOMAIN.test(plural) && plural.length <= NAME_MAX_CHARACTERS);
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  if (namespace === "") return `${root}/${plural}`;
  require("namespace", namespace, LABEL.test(namespace));
  return `${root}/namespaces/${namespace}/${plural}`;
}

/**
 * Some kinds have names that are no DNS names: those of RBAC have colons and capitals. What no kind allows is checked here
 * (path segment names of the Kubernetes API); the API server checks the rest.
 */
function nameSegment(name: string): string {
  const isSegment = name !== "" && name !== "." && name !== ".." && !/[/%]/.test(name);
  require("name", name, isSegment && name.length <= NAME_MAX_CHARACTERS && /^[ -~]+$/.test(name));
  return encodeURIComponent(name);
}

function isSubdomain(text: string): boolean {
  return text.length <= NAME_MAX_CHARACTERS && SUBDOMAIN.test(text);
}

function require(what: string, text: string, isValid: boolean): void {
  if (isValid) return;
  const shown = JSON.stringify(text.slice(0, NAME_MAX_CHARACTERS));
  throw new OperationalError("KUBE_BAD_NAME", `${shown} is not a valid ${what} of a Kubernetes object`);
}
