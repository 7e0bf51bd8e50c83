/** kube-dns: the keys `federations` and `stubDomains` of its ConfigMap. */
import { addressText, comment, domainsOf, type StubPlan } from "./plan.ts";

/** kube-dns reads zone and region from the labels of a node. */
export function kubeDnsStub(plan: StubPlan): string {
  const federations = plan.federations.map(({ name, domain }) => `${name}=${domain}`).join(",");
  const stubDomains = Object.fromEntries(domainsOf(plan).map((domain) => [domain, serversOf(plan)]));
  return `${comment(notes(plan))}apiVersion: v1
kind: ConfigMap
metadata:
  name: kube-dns
  namespace: kube-system
data:
  federations: ${JSON.stringify(federations)}
  stubDomains: |
    ${JSON.stringify(stubDomains)}
`;
}

/** Older versions garble IPv6 addresses on the way to dnsmasq, so these are used only when there is no IPv4 address. */
function serversOf({ servers }: StubPlan): readonly string[] {
  const ipv4 = servers.filter(({ address }) => !address.includes(":"));
  return (ipv4.length > 0 ? ipv4 : servers).map(addressText);
}

function notes({ cluster, federations }: StubPlan): readonly string[] {
  const short = `SERVICE.NAMESPACE.${federations[0]?.name ?? ""}`;
  return [
    `kube-dns of cluster ${cluster}: merge these two keys into ConfigMap kube-system/kube-dns.`,
    "",
    `${short} is answered with an alias (CNAME): to the Service of this cluster if it has endpoints, otherwise to the federation name for the zone and region that kube-dns reads from the labels of a node. This does not work for labels that are not DNS labels, which fedns writes differently.`,
    "Its dnsmasq caches answers for their TTL and sends no client subnet, so fedns sees an address of this cluster.",
  ];
}
