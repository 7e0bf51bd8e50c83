/** A type that is propagated: what federated objects are, and what their copies are. From a FederatedTypeConfig. */
import type { Resource } from "../../fleet/kube/resource.ts";
import type { TargetType } from "../render/render.ts";

export type PropagatedType = {
  /** Name of the FederatedTypeConfig: "deployments.apps". */
  readonly name: string;
  /** `kind` absent: Federated and the kind of the copies, as KubeFed names it. */
  readonly federated: Resource & { readonly kind?: string };
  readonly target: Resource & { readonly kind: string; readonly isNamespaced: boolean };
  /** The status of each copy is shown in the federated object. */
  readonly collectsStatus: boolean;
  /** Wall ms when the type was given up together with its copies: since then its objects count as being deleted. Absent = it was not. */
  readonly endedMs?: number;
  /** Objects of its copies' kind in the host are federated as well, by annotations of Federation v1. Absent = they are not. */
  readonly isPlainToo?: boolean;
};

/** The federated objects of a type that the host has none of. */
export const NO_FEDERATED: PropagatedType["federated"] = { group: "", version: "", plural: "" };

/** Its federated objects are about the namespace that they are in. */
export const NAMESPACES = "namespaces";

/** `version`: one that a member serves. */
export function targetTypeOf({ target }: PropagatedType, version: string = target.version): TargetType {
  const { group, kind, isNamespaced } = target;
  return { apiVersion: group === "" ? version : `${group}/${version}`, kind, isNamespaced };
}

/** Where the copies of a federated object are: "namespace/name" of it in, namespace and name of copies out. */
export function copyNameOf(
  type: PropagatedType,
  key: string,
): { readonly namespace: string; readonly name: string } {
  const [namespace = "", name = ""] = key.split("/");
  return { namespace: type.target.isNamespaced ? namespace : "", name };
}

/** The key of the federated object that a copy belongs to. A FederatedNamespace is in the namespace of its own name. */
export function keyOfCopy(
  type: PropagatedType,
  copy: { readonly namespace: string; readonly name: string },
): string {
  if (type.target.isNamespaced) return `${copy.namespace}/${copy.name}`;
  return type.name === NAMESPACES ? `${copy.name}/${copy.name}` : `/${copy.name}`;
}
