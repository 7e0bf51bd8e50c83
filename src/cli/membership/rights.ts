/**
 * What the account of fedns may do in a member.
 *
 * | for | where | verbs |
 * |---|---|---|
 * | DNS: the sources, and what is read whatever they are | everywhere | list, watch |
 * | Events about invalid annotations | everywhere | get Services and Namespaces, create Events |
 * | renewing its own token | its own service account | create |
 * | propagation of the given kinds | everywhere, or the given namespaces | get, list, watch, create, patch, update, delete |
 * | replicas, with kinds that may have them | the same | list, watch HorizontalPodAutoscalers, list Pods |
 * | where Services lead, with kinds that run pods for them | the same | list Services, EndpointSlices, Pods |
 */
import { mayHaveReplicas } from "../../fleet/host-objects/scaled-kinds.ts";
import type { WatchedResource } from "../../fleet/watch/watched-resource.ts";
import { ALWAYS_READ, SOURCES, type SourceName } from "../../fleet/sources/source-table.ts";

export type PolicyRule = {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
};

/** A kind that may be propagated. */
export type GrantedKind = {
  readonly group: string;
  readonly plural: string;
  readonly isNamespaced: boolean;
};

const READ = ["list", "watch"];
const WRITE = ["get", "list", "watch", "create", "patch", "update", "delete"];

/** The rules for DNS: one for each API group, in the order of the sources, and one for the health of the server. */
export function readRules(sources: readonly SourceName[]): readonly PolicyRule[] {
  const needs: readonly WatchedResource[] = [
    ...sources.flatMap((source) => Object.values(SOURCES[source].resources)),
    ...Object.values(ALWAYS_READ),
  ];
  return [...rulesFor(needs, READ), { nonResourceURLs: ["/readyz"], verbs: ["get"] }];
}

export const EVENT_RULES: readonly PolicyRule[] = [
  { apiGroups: [""], resources: ["events"], verbs: ["create"] },
  { apiGroups: [""], resources: ["services", "namespaces"], verbs: ["get"] },
];

export function renewalRules(account: string): readonly PolicyRule[] {
  return [
    { apiGroups: [""], resources: ["serviceaccounts/token"], resourceNames: [account], verbs: ["create"] },
  ];
}

export function propagationRules(kinds: readonly GrantedKind[]): readonly PolicyRule[] {
  const hasScale = kinds.some(mayHaveReplicas);
  const hasWorkloads = kinds.some(({ group, plural }) => group === "apps" && WORKLOADS.has(plural));
  return [
    ...rulesFor(kinds, WRITE),
    ...(hasScale ? rulesFor(AUTOSCALERS, READ) : []),
    ...(hasWorkloads ? rulesFor(LEADING, ["list"]) : []),
    ...(hasScale || hasWorkloads ? rulesFor(PODS, ["list"]) : []),
  ];
}

/** They count more than what the host says. */
const AUTOSCALERS = [{ group: "autoscaling", plural: "horizontalpodautoscalers" }] as const;
/** Some find no room; others are the last ones that a Service leads to. */
const PODS = [{ group: "", plural: "pods" }] as const;
/** What says where Services lead: a copy waits until no client is led to it any more, before it goes. */
const LEADING = [
  { group: "", plural: "services" },
  { group: "discovery.k8s.io", plural: "endpointslices" },
] as const;
const WORKLOADS: ReadonlySet<string> = new Set(["deployments", "replicasets", "statefulsets", "daemonsets"]);

function rulesFor(
  needs: readonly Pick<GrantedKind, "group" | "plural">[],
  verbs: readonly string[],
): readonly PolicyRule[] {
  const byGroup = Map.groupBy(needs, ({ group }) => group);
  return [...byGroup].map(([group, resources]) => ({
    apiGroups: [group],
    resources: [...new Set(resources.map(({ plural }) => plural))],
    verbs,
  }));
}
