/** For kube-dns: the keys `federations` and `stubDomains` of its ConfigMap. */
import { addressText, comment, domainsOf, type StubPlan } from "./plan.ts";

/** kube-dns finds zone and region itself, on any node that has the labels. */
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

/** It hands these to dnsmasq, and older ones replace every colon on the way: IPv6 only where there is nothing else. */
function serversOf({ servers }: StubPlan): readonly string[] {
  const ipv4 = servers.filter(({ address }) => !address.includes(":"));
  return (ipv4.length > 0 ? ipv4 : servers).map(addressText);
}

function notes({ cluster, federations }: StubPlan): readonly string[] {
  const short = `SERVICE.NAMESPACE.${federations[0]?.name ?? ""}`;
  return [
    `kube-dns of cluster ${cluster}: merge these two keys into ConfigMap kube-system/kube-dns.`,
    "",
    `A pod's ${short} is answered with an alias (CNAME): to the Service of this cluster when it has endpoints, else to the cluster's own name in the federation, whose zone and region kube-dns reads from the labels of a node. Labels that are no DNS labels do not lead there: fedns spells them otherwise.`,
    "Its dnsmasq keeps answers for their TTL, and passes no client subnet on: fedns sees an address of this cluster.",
  ];
}
