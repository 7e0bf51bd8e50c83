/**
 * What becomes of a copy when its member leaves and workloads are to be deleted. The first row that fits decides:
 *
 * | copy | fate |
 * |---|---|
 * | in `kube-*` or `default`, or one of these namespaces | released |
 * | a Namespace, and the member is the host itself | released |
 * | its federated object has the orphan annotation `true` | released |
 * | it was there before and was adopted, and the annotation is not `false` | released |
 * | any other | deleted: those that workloads name after the workloads, then definitions, Namespaces last |
 *
 * A Namespace that has anything else in it stays, and so does a definition that has objects.
 */
import type { FederatedObject } from "../../propagate/federated/federated-object.ts";
import { ADOPTED } from "../../propagate/federated/labels.ts";
import { CLUSTER_NAMESPACES } from "../../propagate/objects/namespace-bound.ts";
import { NAMESPACE_TYPE } from "../../fleet/host-objects/type-config.ts";
import type { MemberCopy } from "./copies.ts";

export type Fate = "release" | "delete";

type FateContext = {
  /** The member is the host itself. */
  readonly isHost: boolean;
  /** Null: the host does not have it any more. */
  readonly federated: Pick<FederatedObject, "orphan"> | null;
};

export const DEFINITIONS_TYPE = "customresourcedefinitions.apiextensions.k8s.io";

export function fateOf({ type, key, object }: MemberCopy, { isHost, federated }: FateContext): Fate {
  const isNamespace = type.name === NAMESPACE_TYPE;
  if (CLUSTER_NAMESPACES.test(isNamespace ? key.name : key.namespace)) return "release";
  if (isNamespace && isHost) return "release";
  const isAdopted = object.metadata.labels?.[ADOPTED] === "true";
  return (federated?.orphan ?? isAdopted) ? "release" : "delete";
}

/** What workloads name: they run on until they are gone. */
const NAMED_BY_WORKLOADS =
  /^(configmaps|secrets|serviceaccounts|persistentvolumeclaims)$|\.rbac\.authorization\.k8s\.io$/;

/** 0 is deleted first. */
export function waveOf({ type: { name } }: MemberCopy): 0 | 1 | 2 | 3 {
  if (name === NAMESPACE_TYPE) return 3;
  if (name === DEFINITIONS_TYPE) return 2;
  return NAMED_BY_WORKLOADS.test(name) ? 1 : 0;
}
