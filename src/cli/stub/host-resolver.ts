/**
 * For dnsmasq and systemd-resolved, on machines or for pods: they forward and cannot rewrite. So a zone file for fedns maps
 * the cluster's names into the federation (DNAME, RFC 6672), and these send both domains to it.
 */
import { addressText, comment, domainsOf, localSuffix, type StubPlan } from "./plan.ts";

export function dnsmasqStub(plan: StubPlan): string {
  const lines = forwarded(plan).flatMap((domain) =>
    plan.servers.map(({ address, port }) => `server=/${domain}/${address}${port === 53 ? "" : `#${port}`}`),
  );
  // dnsmasq looks at the name that was asked, not at the one that has the addresses.
  const rebind = forwarded(plan).map((domain) => `rebind-domain-ok=/${domain}/`);
  const notes = [
    `dnsmasq on the machines of cluster ${plan.cluster}: /etc/dnsmasq.d/fedns.conf`,
    ...zoneNotes(plan),
    "Answers are kept for their TTL; add-subnet=24,56 would pass clients' networks on to all servers, not only to fedns.",
    "With stop-dns-rebind, private addresses of the federation need the lines at the end.",
  ];
  return `${comment(notes)}${[...lines, ...rebind].join("\n")}\n`;
}

export function resolvedStub(plan: StubPlan): string {
  const servers = plan.servers.map(addressText).join(" ");
  const domains = forwarded(plan)
    .map((domain) => `~${domain}`)
    .join(" ");
  const before = [
    "Before systemd 258 there are no delegates. /etc/systemd/resolved.conf.d/fedns.conf with",
    "  [Resolve]",
    `  DNS=${servers}`,
    `  Domains=${domains}`,
    "routes the same names, but may ask these servers other names too, and fedns refuses those.",
  ];
  const notes = [
    `systemd-resolved on the machines of cluster ${plan.cluster}: /etc/systemd/dns-delegate.d/fedns.dns-delegate`,
    ...zoneNotes(plan),
    "Answers are kept for their TTL; no client subnet is passed on.",
  ];
  return `${comment(notes)}[Delegate]\nDNS=${servers}\nDomains=${domains}\nDefaultRoute=no\n\n${comment(before)}`;
}

/** The zone that fedns must serve for them, one file for each federation, with its name in the first line. */
export function zoneStub(plan: StubPlan): string {
  return plan.federations
    .map((federation) => {
      const origin = localSuffix(plan, federation);
      const server = `ns1.${federation.domain}.`;
      const notes = [
        `${origin}.zone, for the folder that \`zones\` in the settings of fedns names.`,
        "One file for all clusters of this cluster domain: it leads to the global names.",
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
    `fedns must serve ${files} as well, which \`fedns stub --for zone-file\` prints: it leads to the global names. No Service of this cluster goes first: fedns alone decides.`,
  ];
}
