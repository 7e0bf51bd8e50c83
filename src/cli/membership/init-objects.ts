/**
 * The objects that `fedns init` makes in the host: the namespace of the federation, and what the service account of fedns may
 * do there.
 *
 * | objects in that namespace | verbs |
 * |---|---|
 * | KubeFedClusters, KubeFedConfigs, FederatedTypeConfigs | get, list, watch |
 * | KubeFedClusters and FederatedTypeConfigs, for their finalizers, and their status | patch |
 * | Secrets, and the namespace itself | get |
 * | Events | create |
 * | ConfigMaps, for the journal of deletions | list, create, patch |
 * | its own Leases, the order to pause, and the lock of KubeFed | as `fleet/lease` needs |
 * | Domains | get, list, watch |
 *
 * In the namespaces that are federated, which is all of them or this one:
 *
 * | objects | verbs |
 * |---|---|
 * | ServiceDNSRecords, IngressDNSRecords | get, list, watch |
 * | their status | patch |
 * | Events | create |
 * | federated objects of types.kubefed.io | get, list, watch, patch |
 * | ReplicaSchedulingPreferences | get, list, watch |
 * | their status | patch |
 * | DNSEndpoints, if fedns is to write them | create, patch |
 * | plain objects of Federation v1, if they are to be federated | as in plain-rights.ts |
 */
import { CLUSTERS, CONFIG_NAME, CONFIGS, TYPE_CONFIGS } from "../../fleet/host-objects/host-types.ts";
import { LEASE_RIGHTS } from "../../fleet/lease/lease-rights.ts";
import { preferredResource } from "../../fleet/watch/watched-resource.ts";
import { HOST_LABEL, MANAGED_BY_LABEL } from "./names.ts";
import { plainRules } from "./plain-rights.ts";
import { granted, planned, type PlannedObject, type Subject } from "./planned-object.ts";
import type { PolicyRule } from "./rights.ts";

export type HostRights = {
  readonly hostUid: string;
  /** Of the federation. */
  readonly namespace: string;
  /** The service account of fedns. */
  readonly account: Subject;
  /** Namespaced: only the namespace of the federation is federated. */
  readonly scope: "Cluster" | "Namespaced";
  /** The API group of the DNSEndpoints that fedns writes; null = it writes none. */
  readonly endpointGroup: string | null;
  /** Plain objects are federated by annotations of Federation v1. */
  readonly hasPlain: boolean;
};

const NAME = "fedns";
/** KubeFed's default group. Another one, which a FederatedTypeConfig may name, needs a role of its own. */
const FEDERATED_GROUP = "types.kubefed.io";
const DNS_GROUP = "multiclusterdns.kubefed.io";
const SCHEDULING_GROUP = "scheduling.kubefed.io";
const PREFERENCES = "replicaschedulingpreferences";
const READ = ["get", "list", "watch"];

/** The namespace comes first. */
export function hostObjects({
  hostUid,
  namespace,
  account,
  scope,
  endpointGroup,
  hasPlain,
}: HostRights): readonly PlannedObject[] {
  const labels = hostLabels(hostUid);
  const grant = { name: NAME, labels, subject: account };
  const records = [...recordRules(endpointGroup), ...(hasPlain ? plainRules() : [])];
  const isNamespaced = scope === "Namespaced";
  const rules = isNamespaced ? [...NAMESPACE_RULES, ...records] : NAMESPACE_RULES;
  return [
    planned("Namespace", { name: namespace, labels, ifForeign: "keep" }),
    ...granted({ ...grant, namespace, rules }),
    ...(isNamespaced ? [] : granted({ ...grant, rules: records })),
  ];
}

/** Without a cluster: what `fedns uninstall` removes. */
export function hostLabels(hostUid: string): Readonly<Record<string, string>> {
  return { [MANAGED_BY_LABEL]: "fedns", [HOST_LABEL]: hostUid };
}

const NAMESPACE_RULES: readonly PolicyRule[] = [
  {
    apiGroups: [CLUSTERS.group],
    resources: [CLUSTERS.plural, CONFIGS.plural, TYPE_CONFIGS.plural],
    verbs: READ,
  },
  {
    apiGroups: [CLUSTERS.group],
    resources: [CLUSTERS, TYPE_CONFIGS].flatMap(({ plural }) => [plural, `${plural}/status`]),
    verbs: ["patch"],
  },
  { apiGroups: [""], resources: ["secrets", "namespaces"], verbs: ["get"] },
  { apiGroups: [""], resources: ["configmaps"], verbs: ["list", "create", "patch"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create"] },
  ...LEASE_RIGHTS,
  { apiGroups: [DNS_GROUP], resources: ["domains"], verbs: READ },
];

function recordRules(endpointGroup: string | null): readonly PolicyRule[] {
  const records = ["servicednsrecords", "ingressdnsrecords"];
  const endpoints = { resources: ["dnsendpoints"], verbs: ["create", "patch"] };
  return [
    { apiGroups: [DNS_GROUP], resources: records, verbs: READ },
    { apiGroups: [DNS_GROUP], resources: records.map((record) => `${record}/status`), verbs: ["patch"] },
    { apiGroups: [""], resources: ["events"], verbs: ["create"] },
    { apiGroups: [FEDERATED_GROUP], resources: ["*"], verbs: [...READ, "patch"] },
    { apiGroups: [SCHEDULING_GROUP], resources: [PREFERENCES], verbs: READ },
    { apiGroups: [SCHEDULING_GROUP], resources: [`${PREFERENCES}/status`], verbs: ["patch"] },
    ...(endpointGroup === null ? [] : [{ apiGroups: [endpointGroup], ...endpoints }]),
  ];
}

type ConfigPlan = {
  readonly namespace: string;
  readonly hostUid: string;
  readonly scope: "Cluster" | "Namespaced";
};

/** The settings of the federation, with KubeFed's defaults for all else. */
export function configObject({ namespace, hostUid, scope }: ConfigPlan): PlannedObject {
  return {
    key: { resource: preferredResource(CONFIGS), namespace, name: CONFIG_NAME },
    manifest: { kind: "KubeFedConfig", metadata: { labels: hostLabels(hostUid) }, spec: { scope } },
    ifForeign: "keep",
  };
}
