/** Names and labels of what `fedns join` makes, the same from every machine. */
import { toDnsLabel } from "../../federation/members/label.ts";

const OBJECT_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** The cluster's name is the value of a label, too. */
const LABEL_VALUE_MAX = 63;
const UID_DIGITS = 8;

/** The label by which a host finds what it made in a member. Its value is the uid of the host's namespace kube-system. */
export const HOST_LABEL = "fedns.io/host";
/** The label with the name of the cluster that an object is for. */
export const CLUSTER_LABEL = "fedns.io/cluster";
export const MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";

/** Which host an object belongs to, and for which cluster it was made. */
export type MadeFor = { readonly hostUid: string; readonly cluster: string };

/**
 * The name of the KubeFedCluster: the given one, or else what can be made of it, as from `arn:aws:eks:eu-west-1:1:cluster/Prod`.
 * Null: nothing is left of it.
 */
export function clusterNameOf(text: string): string | null {
  return OBJECT_NAME.test(text) && text.length <= LABEL_VALUE_MAX ? text : toDnsLabel(text);
}

/** The service account and the roles in a member: each host has its own, whatever operators call its context. */
export function accountName(hostUid: string): string {
  return `fedns-${hostUid.slice(0, UID_DIGITS)}`;
}

export function membershipLabels({ hostUid, cluster }: MadeFor): Readonly<Record<string, string>> {
  return { [MANAGED_BY_LABEL]: "fedns", [HOST_LABEL]: hostUid, [CLUSTER_LABEL]: cluster };
}

export function membershipSelector(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(",");
}

/** True when the labels say that the object was made for this cluster by this host. */
export function isMadeFor(
  labels: Readonly<Record<string, string>> | undefined,
  { hostUid, cluster }: MadeFor,
): boolean {
  return labels?.[HOST_LABEL] === hostUid && labels[CLUSTER_LABEL] === cluster;
}
