/** What is known of one cluster for a comparison with others. Null stands for what could not be read. */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { ServedKind } from "../../fleet/objects/discovery-document.ts";
import { qualified } from "./kinds.ts";

type Part = "region" | "zone";

export type ComparedNode = {
  readonly name: string;
  readonly region: string | null;
  readonly zone: string | null;
  /** Labels that look like those of a region or zone, and are not. */
  readonly lookalikes: Readonly<Record<Part, readonly string[]>>;
};

export type ComparedCluster = {
  readonly name: string;
  /** Of the namespace kube-system. */
  readonly uid: string | null;
  readonly apiEndpoint: string;
  /** `v1.34.1` */
  readonly version: string | null;
  /** Of the API server's clock against ours; positive = ahead. */
  readonly clockSkewMs: number | null;
  /** Given by the operator, so that the labels of Nodes do not count. */
  readonly region: string | null;
  readonly nodes: readonly ComparedNode[] | null;
  readonly storageClasses: readonly { readonly name: string; readonly provisioner: string }[] | null;
  readonly kinds: readonly ServedKind[] | null;
  /** ClusterRoles that KubeFed made for itself. */
  readonly rolesOfKubeFed: readonly string[];
  /** The settings file has a cluster of this name. */
  readonly isInSettings: boolean;
};

/** What is known of a cluster that does not answer. */
export const NOTHING_READ: Omit<ComparedCluster, "name" | "apiEndpoint" | "region" | "isInSettings"> = {
  uid: null,
  version: null,
  clockSkewMs: null,
  nodes: null,
  storageClasses: null,
  kinds: null,
  rolesOfKubeFed: [],
};

/** kubefedctl and kubefed give themselves a role with all rights. */
export function isRoleOfKubeFed(name: string): boolean {
  return /^(kubefed|federation)-controller-manager:/.test(name);
}

const LABELS: Readonly<Record<Part, readonly string[]>> = {
  region: ["topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"],
  zone: ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"],
};

export function nodeFactsOf(node: unknown): ComparedNode {
  const metadata = isRecord(node) && isRecord(node["metadata"]) ? node["metadata"] : {};
  const labels = isRecord(metadata["labels"]) ? metadata["labels"] : {};
  const valueOf = (part: Part): string | null => {
    const value = LABELS[part]
      .map((label) => labels[label])
      .find((text) => text !== undefined && text !== "");
    return typeof value === "string" ? value : null;
  };
  const likeOf = (part: Part): readonly string[] =>
    Object.keys(labels).filter(
      (label) => new RegExp(`(^|[./_-])${part}$`, "i").test(label) && !LABELS[part].includes(label),
    );
  return {
    name: String(metadata["name"]),
    region: valueOf("region"),
    zone: valueOf("zone"),
    lookalikes: { region: likeOf("region"), zone: likeOf("zone") },
  };
}

export function storageClassOf(object: unknown): { readonly name: string; readonly provisioner: string } {
  const metadata = isRecord(object) && isRecord(object["metadata"]) ? object["metadata"] : {};
  return {
    name: String(metadata["name"]),
    provisioner: isRecord(object) ? String(object["provisioner"]) : "",
  };
}

/** The kinds that can be created, with their versions; null = not known. */
export function kindsOf({ kinds }: ComparedCluster): ReadonlyMap<string, readonly string[]> | null {
  if (kinds === null) return null;
  const creatable = kinds.filter(({ versions }) => versions.some(({ verbs }) => verbs.includes("create")));
  return new Map(creatable.map((kind) => [qualified(kind), kind.versions.map(({ version }) => version)]));
}

/** `v1.34.1-gke.7` is 34; null for anything else. */
export function minorOf(version: string | null): number | null {
  const minor = /^v?1\.(\d{1,3})\b/.exec(version ?? "")?.[1];
  return minor === undefined ? null : Number(minor);
}
