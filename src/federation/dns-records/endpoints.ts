/**
 * From a record object to endpoints for ExternalDNS (`externaldns.k8s.io/v1alpha1`), as KubeFed made them:
 *
 *   hello.demo.galactic.svc.us1.us.example.com    zone     the addresses of its clusters, or CNAME to the region
 *   hello.demo.galactic.svc.us.example.com        region   the addresses of its clusters, or CNAME to the name for all
 *   hello.demo.galactic.svc.example.com           all      the addresses of all clusters, or nothing
 *   DNSPREFIX.example.com                         CNAME to the name for all, whether or not there is one
 *
 * KubeFed put IPv6 addresses into A records. Here they are AAAA records.
 */
import type { DnsDomain, IngressDnsRecord, RecordEntry, ServiceDnsRecord } from "./dns-record.ts";

export type DnsEndpoint = {
  readonly dnsName: string;
  readonly recordType: "A" | "AAAA" | "CNAME";
  readonly recordTTL: number;
  readonly targets: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
};

/** What a name has: addresses, or the name that it is an alias of. */
type NameContent = { readonly ipv4: Set<string>; readonly ipv6: Set<string>; alias: string | null };

/** Sorted by name. */
export function endpointsOfService(
  record: ServiceDnsRecord,
  domain: DnsDomain,
  entries: readonly RecordEntry[],
): DnsEndpoint[] {
  const { name, namespace, externalName, dnsPrefix, ttlSeconds } = record;
  const prefix = `${externalName ?? name}.${namespace}.${domain.name}.svc`;
  const all = `${prefix}.${domain.suffix}`;
  const names = new Map<string, NameContent>();
  for (const entry of entries) {
    add(names, all, entry, null);
    if (entry.region === null) continue;
    const region = `${prefix}.${entry.region}.${domain.suffix}`;
    add(names, region, entry, all);
    for (const zone of entry.zones)
      add(names, `${prefix}.${zone}.${entry.region}.${domain.suffix}`, entry, region);
  }
  if (dnsPrefix !== null && entries.length > 0)
    names.set(`${dnsPrefix}.${domain.suffix}`, { ipv4: new Set(), ipv6: new Set(), alias: all });
  const labels = externalName === null ? {} : { labels: { serviceName: name } };
  return endpointsOf(names, ttlSeconds).map((endpoint) => ({ ...endpoint, ...labels }));
}

/** Each host has the addresses of all clusters; without any it has no records. Sorted by name. */
export function endpointsOfIngress(
  { hosts, ttlSeconds }: IngressDnsRecord,
  entries: readonly RecordEntry[],
): DnsEndpoint[] {
  const names = new Map<string, NameContent>();
  for (const host of hosts) for (const entry of entries) add(names, host, entry, null);
  return endpointsOf(names, ttlSeconds);
}

function add(names: Map<string, NameContent>, name: string, entry: RecordEntry, alias: string | null): void {
  const content = names.get(name) ?? { ipv4: new Set(), ipv6: new Set(), alias };
  for (const address of entry.ipv4) content.ipv4.add(address);
  for (const address of entry.ipv6) content.ipv6.add(address);
  names.set(name, content);
}

function endpointsOf(names: ReadonlyMap<string, NameContent>, recordTTL: number): DnsEndpoint[] {
  const sorted = [...names].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.flatMap(([dnsName, { ipv4, ipv6, alias }]): DnsEndpoint[] => {
    if (ipv4.size + ipv6.size === 0)
      return alias === null ? [] : [{ dnsName, recordType: "CNAME", recordTTL, targets: [alias] }];
    const addresses = [
      { recordType: "A", targets: [...ipv4].sort() },
      { recordType: "AAAA", targets: [...ipv6].sort() },
    ] as const;
    return addresses.flatMap(({ recordType, targets }) =>
      targets.length === 0 ? [] : [{ dnsName, recordType, recordTTL, targets }],
    );
  });
}
