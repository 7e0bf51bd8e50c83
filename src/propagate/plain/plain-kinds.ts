/**
 * The kinds whose plain objects Federation v1 federates, and which of them a host may have:
 *
 *   setting           | the host                        | kinds that controllers run | other kinds
 *   disabled          | any                             | no                         | no
 *   enabled, forced   | is not known, or is a member    | no                         | no
 *   enabled           | has nodes, or may have some     | no                         | yes
 *   enabled           | has no nodes                    | yes                        | yes
 *   forced            | any that is no member           | yes                        | yes
 *
 * A host with nodes would run a Deployment itself beside its copies, and its controllers would write the status that fedns writes. In
 * a host that is a member an object would be its own copy: that cannot be forced.
 */
import type { Resource } from "../../fleet/kube/resource.ts";

export type PlainKind = {
  /** Plural with group, as the name of a FederatedTypeConfig: "deployments.apps". */
  readonly name: string;
  readonly target: Resource & { readonly kind: string; readonly isNamespaced: boolean };
  /** Controllers of a cluster act on such objects. */
  readonly isRun: boolean;
};

export type PlainMode = "disabled" | "enabled" | "forced";

export type HostFacts = {
  /** Null = it is not known. */
  readonly isMember: boolean | null;
  /** Null = it is not known: the nodes may not be read, say. */
  readonly hasNodes: boolean | null;
};

type PlainChoice = {
  readonly kinds: readonly PlainKind[];
  /** Why others are not federated, with the cure; null = all are, or none is to be. */
  readonly refusal: string | null;
};

const RIGHTS = "fedns init --federation-v1 gives fedns the rights, or deploy/federation-v1.yaml";
const NOT_KNOWN = `it is not known yet whether the host is a member of the federation; if that stays, ${RIGHTS}`;

const RUN: readonly PlainKind[] = [
  kindOf("Deployment", "deployments", { group: "apps", isRun: true }),
  kindOf("ReplicaSet", "replicasets", { group: "apps", isRun: true }),
  kindOf("DaemonSet", "daemonsets", { group: "apps", isRun: true }),
  kindOf("Job", "jobs", { group: "batch", isRun: true }),
  kindOf("HorizontalPodAutoscaler", "horizontalpodautoscalers", {
    group: "autoscaling",
    version: "v2",
    isRun: true,
  }),
];
const OTHERS: readonly PlainKind[] = [
  kindOf("Namespace", "namespaces", { isNamespaced: false }),
  kindOf("ConfigMap", "configmaps", {}),
  kindOf("Secret", "secrets", {}),
  kindOf("Service", "services", {}),
  kindOf("Ingress", "ingresses", { group: "networking.k8s.io" }),
];

export const PLAIN_KINDS: readonly PlainKind[] = [...OTHERS, ...RUN];

export function plainKinds(mode: PlainMode, { isMember, hasNodes }: HostFacts): PlainChoice {
  if (mode === "disabled") return { kinds: [], refusal: null };
  if (isMember === null) return { kinds: [], refusal: NOT_KNOWN };
  if (isMember) {
    const refusal =
      "the host is a member of the federation, where an object would be its own copy: use federated objects (fedns federate), " +
      "or a host that is no member";
    return { kinds: [], refusal };
  }
  if (hasNodes === false || mode === "forced") return { kinds: PLAIN_KINDS, refusal: null };
  const why =
    hasNodes === true
      ? "the host has nodes, and would run them itself as well"
      : `it is not known whether the host has nodes: ${RIGHTS}`;
  const names = RUN.map(({ target }) => `${target.kind}s`).join(", ");
  const cure =
    "use a host without nodes and without controllers of workloads, or set propagation.federationV1: forced";
  return { kinds: OTHERS, refusal: `plain ${names} are not federated, since ${why}; ${cure}` };
}

function kindOf(
  kind: string,
  plural: string,
  parts: {
    readonly group?: string;
    readonly version?: string;
    readonly isRun?: boolean;
    readonly isNamespaced?: boolean;
  },
): PlainKind {
  const { group = "", version = "v1", isRun = false, isNamespaced = true } = parts;
  const name = group === "" ? plural : `${plural}.${group}`;
  return { name, isRun, target: { group, version, plural, kind, isNamespaced } };
}
