/** The rights in deploy/member.yaml, from what the sources say they read: `node test/support/member-rights.ts` writes them there. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dnsEndpointNeeds } from "../../src/fleet/sources/dnsendpoint.ts";
import { endpointNeeds } from "../../src/fleet/sources/endpoints.ts";
import { gatewayNeeds } from "../../src/fleet/sources/gateway.ts";
import { ingressNeeds } from "../../src/fleet/sources/ingress.ts";
import { namespaceNeeds } from "../../src/fleet/sources/namespace.ts";
import { routeNeeds } from "../../src/fleet/sources/route.ts";
import { serviceNeeds } from "../../src/fleet/sources/service.ts";
import type { WatchedResource } from "../../src/fleet/watch/watched-resource.ts";

const file = join(import.meta.dirname, "..", "..", "deploy", "member.yaml");

/** Whatever is switched on. */
const ALWAYS: readonly WatchedResource[] = [...endpointNeeds, ...namespaceNeeds];

/** By the setting under `sources` that switches it on. The annotations of ExternalDNS are read from objects of the others. */
export const sourceNeeds: Readonly<Record<SourceName, readonly WatchedResource[]>> = {
  services: serviceNeeds,
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

const READ = ["list", "watch"];

/** Of a ClusterRole: one rule for each group, in the order of the sources; then what tells whether the server is well. */
export function memberRules(sources: readonly SourceName[]): readonly PolicyRule[] {
  const byGroup = new Map<string, Set<string>>();
  for (const { group, plural } of [...sources.flatMap((source) => sourceNeeds[source]), ...ALWAYS])
    byGroup.set(group, (byGroup.get(group) ?? new Set<string>()).add(plural));
  const rules = [...byGroup].map(([group, plurals]) => ({
    apiGroups: [group],
    resources: [...plurals],
    verbs: READ,
  }));
  return [...rules, { nonResourceURLs: ["/readyz"], verbs: ["get"] }];
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

/** The manifest with the rules of all sources in its ClusterRole. */
export function withRights(manifest: string): string {
  const rules = rulesText(memberRules(Object.keys(sourceNeeds) as SourceName[]));
  return manifest.replace(/^rules:\n(?:[ ].*\n)+/m, () => rules);
}

if (process.argv[1] === import.meta.filename) writeFileSync(file, withRights(readFileSync(file, "utf8")));
