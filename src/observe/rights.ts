/** The rights fedns needs in a member, from what each source says it reads: deploy/member.yaml holds exactly these. */
import { dnsEndpointNeeds } from "./source-dnsendpoint.ts";
import { gatewayNeeds } from "./source-gateway.ts";
import { ingressNeeds } from "./source-ingress.ts";
import { namespaceNeeds } from "./source-namespace.ts";
import { routeNeeds } from "./source-route.ts";
import { serviceNeeds } from "./source-service.ts";
import type { Need } from "./source.ts";

/** By the setting under `sources` that switches it on. The annotations of ExternalDNS are read from objects of the others. */
export const sourceNeeds: Readonly<Record<SourceName, readonly Need[]>> = {
  services: [...serviceNeeds, ...namespaceNeeds],
  ingresses: ingressNeeds,
  gateways: [...gatewayNeeds, ...Object.values(routeNeeds)],
  dnsEndpoints: dnsEndpointNeeds,
};

export type SourceName = "services" | "ingresses" | "gateways" | "dnsEndpoints";

export type PolicyRule = {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
};

const READ = ["get", "list", "watch"];

/** Of a ClusterRole: one rule for each group, in the order of the sources; then what tells whether the server is well. */
export function memberRules(sources: readonly SourceName[]): readonly PolicyRule[] {
  const byGroup = new Map<string, Set<string>>();
  for (const { group, plural } of sources.flatMap((source) => sourceNeeds[source]))
    byGroup.set(group, (byGroup.get(group) ?? new Set<string>()).add(plural));
  const rules = [...byGroup].map(([group, plurals]) => ({
    apiGroups: [group],
    resources: [...plurals],
    verbs: READ,
  }));
  return [...rules, { nonResourceURLs: ["/readyz", "/livez", "/version"], verbs: ["get"] }];
}

/** The rules as they stand in deploy/member.yaml. */
export function rulesText(rules: readonly PolicyRule[]): string {
  const inline = (items: readonly string[]): string =>
    `[${items.map((item) => (item === "" ? '""' : item)).join(", ")}]`;
  const lines = rules.flatMap((rule) => {
    const fields = Object.entries(rule).map(([key, items]) => `${key}: ${inline(items)}`);
    return fields.map((field, i) => `${i === 0 ? "  - " : "    "}${field}`);
  });
  return `rules:\n${lines.join("\n")}\n`;
}
