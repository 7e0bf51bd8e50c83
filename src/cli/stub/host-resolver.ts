/**
 * dnsmasq and systemd-resolved: they forward queries but cannot rewrite names. A zone file for fedns maps the names of the
 * cluster into the federation (DNAME, RFC 6672), and both domains are forwarded to fedns.
 */
import { addressText, comment, domainsOf, localSuffix, type StubPlan } from "./plan.ts";

export function dnsmasqStub(plan: StubPlan): string {
  const lines = forwarded(plan).flatMap((domain) =>
    plan.servers.map(({ address, port }) => `server=/${domain}/${address}${port === 53 ? "" : `#${port}`}`),
  );
  // dnsmasq checks the name in the query, not the name that has the addresses.
  const rebind = forwarded(plan).map((domain) => `rebind-domain-ok=/${domain}/`);
  const notes = [
    `dnsmasq on the machines of cluster ${plan.cluster}: /etc/dnsmasq.d/fedns.conf`,
    ...zoneNotes(plan),
    "Answers are cached for their TTL. add-subnet=24,56 would send client networks to all servers, not only to fedns.",
    "With stop-dns-rebind, private addresses of the federation need the last lines.",
  ];
  return `${comment(notes)}${[...lines, ...rebind].join("\n")}\n`;
}

export function resolvedStub(plan: StubPlan): string {
  const servers = plan.servers.map(addressText).join(" ");
  const domains = forwarded(plan)
    .map((domain) => `~${domain}`)
    .join(" ");
  const before = [
    "systemd before 258 has no delegates. There, /etc/systemd/resolved.conf.d/fedns.conf with",
    "  [Resolve]",
    `  DNS=${servers}`,
    `  Domains=${domains}`,
    "routes the same names, but may also send other queries to these servers, which fedns refuses.",
  ];
  const notes = [
    `systemd-resolved on the machines of cluster ${plan.cluster}: /etc/systemd/dns-delegate.d/fedns.dns-delegate`,
    ...zoneNotes(plan),
    "Answers are cached for their TTL; no client subnet is sent.",
  ];
  return `${comment(notes)}[Delegate]\nDNS=${servers}\nDomains=${domains}\nDefaultRoute=no\n\n${comment(before)}`;
}

/** The zone that fedns must serve for them: one file per federation, with the file name in the first line. */
export function zoneStub(plan: StubPlan): string {
  return plan.federations
    .map((federation) => {
      const origin = localSuffix(plan, federation);
      const server = `ns1.${federation.domain}.`;
      const notes = [
        `${origin}.zone, for the folder in the setting \`zones\` of fedns.`,
        "One file for all clusters with this cluster domain. It leads to the global names.",
      ];
      return `${comment(notes, ";")}@ 3600 IN SOA ${server} hostmaster.${federation.domain}. 1 14400 3600 1209600 30
@ 3600 IN NS ${server}
@ 30 IN DNAME ${federation.name}.svc.${federation.domain}.
`;
    })
    .join("\n");
}

function forwarded(plan: StubPlan): readonly string[] {
  return [...domainsOf(plan), ...plan.federations.map((federation) => localSuffix(plan, federation))];
}

function zoneNotes(plan: StubPlan): readonly string[] {
  const files = plan.federations.map((federation) => `${localSuffix(plan, federation)}.zone`).join(", ");
  return [
    `fedns must also serve ${files}, which \`fedns stub --for zone-file\` prints. It leads to the global names: Services of this cluster are not preferred, fedns alone decides.`,
  ];
}
