/**
 * Kinds that `fedns join --kinds` gives only with a word of their own. Whoever may make federated objects of a kind acts with the
 * rights of fedns in the members, in the namespace of the federated object. With these kinds that is more than the content of a
 * namespace:
 *
 * | kinds | what they give | word |
 * |---|---|---|
 * | roles and bindings | every right that fedns has in the member, for anybody | `--allow-rbac` |
 * | kinds in no namespace, but Namespace | the whole cluster: webhooks and API services see and change every object, definitions take objects with them, volumes reach the disks of Nodes | `--allow-cluster-kinds` |
 */
import { qualified } from "./kinds.ts";
import type { GrantedKind } from "./rights.ts";

/** Of Kubernetes, and OpenShift's copy of it. */
const RBAC_GROUPS: readonly string[] = ["rbac.authorization.k8s.io", "authorization.openshift.io"];
const RBAC_PLURALS: readonly string[] = ["roles", "rolebindings", "clusterroles", "clusterrolebindings"];

export type AllowedKinds = {
  /** Roles and bindings. */
  readonly areRolesAllowed: boolean;
  /** Kinds in no namespace. */
  readonly areClusterKindsAllowed: boolean;
};

/** One sentence with the cure for each word that is missing. */
export function powerProblems(
  kinds: readonly GrantedKind[],
  { areRolesAllowed, areClusterKindsAllowed }: AllowedKinds,
): readonly string[] {
  const roles = areRolesAllowed ? [] : kinds.filter(isRole);
  const clusterKinds = areClusterKindsAllowed
    ? []
    : kinds.filter((kind) => isOfCluster(kind) && !isRole(kind));
  return [
    ...(roles.length === 0
      ? []
      : [
          `${listed(roles)}: whoever may make federated objects of these gives out every right that fedns has in this cluster; add --allow-rbac if that is meant, or leave them out`,
        ]),
    ...(clusterKinds.length === 0
      ? []
      : [
          `${listed(clusterKinds)}: they belong to no namespace, and whoever may make federated objects of these changes the whole cluster; add --allow-cluster-kinds if that is meant, or leave them out`,
        ]),
  ];
}

/** What is allowed, and reaches farther than its name says. */
export function powerNotes(
  kinds: readonly GrantedKind[],
  namespaces: readonly string[] | null,
): readonly string[] {
  if (namespaces !== null) return [];
  const names = new Set(kinds.map(qualified));
  const runners = RUNNERS.filter((name) => names.has(name));
  return [
    ...(names.has("secrets")
      ? [
          "with secrets and without --namespaces, the account reads every Secret of the cluster: keep its token as one of an administrator",
        ]
      : []),
    ...(runners.length > 0
      ? [
          `with ${runners.join(", ")} and without --namespaces, the account runs pods in every namespace, with every service account: keep its token as one of an administrator`,
        ]
      : []),
  ];
}

/** Kinds whose objects run pods. */
const RUNNERS: readonly string[] = [
  "pods",
  "replicationcontrollers",
  "deployments.apps",
  "replicasets.apps",
  "statefulsets.apps",
  "daemonsets.apps",
  "jobs.batch",
  "cronjobs.batch",
];

function isRole({ group, plural }: GrantedKind): boolean {
  return RBAC_GROUPS.includes(group) && RBAC_PLURALS.includes(plural);
}

/** Namespaces are what is federated first, and who may place one may do so in its own namespace of the host only. */
function isOfCluster({ group, plural, isNamespaced }: GrantedKind): boolean {
  return !isNamespaced && !(group === "" && plural === "namespaces");
}

function listed(kinds: readonly GrantedKind[]): string {
  return kinds.map(qualified).join(", ");
}
