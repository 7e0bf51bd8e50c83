/** kube-dns: the keys `federations` and `stubDomains` of its ConfigMap. */
import { addressText, comment, domainsOf, serverNotes, type StubPlan } from "./plan.ts";

/** The labels of nodes that kube-dns reads, and no others: it is older than those of topology.kubernetes.io. */
const [REGION_LABEL, ZONE_LABEL] = [
  "failure-domain.beta.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
] as const;

export function kubeDnsStub(plan: StubPlan): string {
  const data = kubeDnsData(plan);
  const federations = [...data.federations].map((pair) => pair.join("=")).join(",");
  return `${comment(notes(plan))}apiVersion: v1
kind: ConfigMap
metadata:
  name: kube-dns
  namespace: kube-system
data:
  federations: ${JSON.stringify(federations)}
  stubDomains: |
    ${JSON.stringify(data.stubDomains)}
`;
}

type KubeDnsData = {
  /** Domains by federation. */
  readonly federations: ReadonlyMap<string, string>;
  /** Addresses of servers by domain. */
  readonly stubDomains: Readonly<Record<string, readonly string[]>>;
};

export function kubeDnsData(plan: StubPlan): KubeDnsData {
  return {
    federations: new Map(plan.federations.map(({ name, domain }) => [name, domain])),
    stubDomains: Object.fromEntries(domainsOf(plan).map((domain) => [domain, serversOf(plan)])),
  };
}

/** Older versions garble IPv6 addresses on the way to dnsmasq, so these are used only when there is no IPv4 address. */
function serversOf({ servers }: StubPlan): readonly string[] {
  const ipv4 = servers.filter(({ address }) => !address.includes(":"));
  return (ipv4.length > 0 ? ipv4 : servers).map(addressText);
}

function notes(plan: StubPlan): readonly string[] {
  const { cluster, federations } = plan;
  const domains = domainsOf(plan).join(" and ");
  const short = `SERVICE.NAMESPACE.${federations[0]?.name ?? ""}`;
  return [
    `kube-dns of cluster ${cluster}: merge these two keys into ConfigMap kube-system/kube-dns.`,
    ...serverNotes(plan),
    "",
    `${short} is answered with an alias (CNAME): to the Service of this cluster if it has endpoints, otherwise to the federation name for the zone and region that kube-dns reads from the labels of a node. This does not work for labels that are not DNS labels, which fedns writes differently.`,
    "",
    `It reads the labels of failure-domain.beta.kubernetes.io alone. With those of topology.kubernetes.io only, ${short} is empty. For each node that lacks them, with the values of its topology labels:`,
    "  kubectl get nodes -L topology.kubernetes.io/region,topology.kubernetes.io/zone",
    "  kubectl label node NODE \\",
    `    ${REGION_LABEL}=REGION \\`,
    `    ${ZONE_LABEL}=ZONE`,
    "",
    `It follows the alias through upstreamNameservers, or the resolv.conf of its Pod, and never through stubDomains. Where these do not resolve ${domains}, ${short} is an alias without addresses. Then a third key names a resolver that does, for all names outside the cluster (not fedns, which refuses other names):`,
    "  upstreamNameservers: '[\"RESOLVER\"]'",
    "",
    `Answers for ${short} have TTL 0. Those for ${domains} are cached by its dnsmasq for their TTL. It sends no client subnet, so fedns sees an address of this cluster.`,
  ];
}
