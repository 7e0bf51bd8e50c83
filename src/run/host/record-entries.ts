/** What the members have of a Service or an Ingress, as entries of KubeFed's DNS records and of their statuses. Nothing is written here. */
import type { DnsDomain, RecordEntry } from "../../federation/dns-records/dns-record.ts";
import type { HostTarget } from "../../federation/hosts/declaration.ts";
import { addressText, parseAddress } from "../../federation/members/address.ts";
import type { Backend } from "../../federation/members/backend.ts";
import type { Federation, Member } from "../../federation/members/federation.ts";

/**
 * One entry for each cluster and region that it is in; a cluster without a load balancer has one without addresses, so that its
 * zones and regions lead to the others. `isReadyAnyway`: addresses count without ready endpoints.
 */
export function entriesOfService(
  federation: Federation,
  key: string,
  isReadyAnyway: boolean,
): readonly RecordEntry[] {
  return federation.members.flatMap((member) => {
    const backend = member.backends.get(key);
    const isBacked = backend !== undefined && (isReadyAnyway || backend.readyEndpoints > 0);
    return entriesIn(member, isBacked ? addressesOf(backend) : NOTHING);
  });
}

/**
 * `targetIn`: where the clients of the Ingress go in a cluster; null = there is none. `host`: one of its hosts, whose addresses
 * are used where the load balancer has a name, which was looked up for the host.
 */
export function entriesOfIngress(
  federation: Federation,
  targetIn: (cluster: string) => HostTarget | null,
  host: string,
): readonly RecordEntry[] {
  return federation.members.flatMap((member) => {
    const target = targetIn(member.name);
    const backend = member.backends.get(host);
    const hasNames = target?.kind === "addresses" && target.hostnames.length > 0;
    if (hasNames && backend !== undefined) return entriesIn(member, addressesOf(backend));
    const texts = target?.kind === "addresses" ? target.addresses : [];
    const addresses = texts.flatMap((text) => parseAddress(text) ?? []);
    return entriesIn(member, {
      ipv4: addresses.flatMap((address) => (address.family === 4 ? addressText(address.value) : [])),
      ipv6: addresses.flatMap((address) => (address.family === 6 ? addressText(address.value) : [])),
    });
  });
}

type Addresses = Pick<RecordEntry, "ipv4" | "ipv6">;
const NOTHING: Addresses = { ipv4: [], ipv6: [] };

function addressesOf({ ipv4, ipv6 }: Backend): Addresses {
  return { ipv4: ipv4.map(addressText), ipv6: ipv6.map(addressText) };
}

function entriesIn({ name: cluster, locality }: Member, addresses: Addresses): RecordEntry[] {
  const zones = new Map<string, string[]>();
  for (const { region, zone } of locality.places) {
    const known = zones.get(region) ?? [];
    zones.set(region, zone === null ? known : [...known, zone]);
  }
  if (zones.size === 0) return [{ cluster, region: null, zones: [], ...addresses }];
  return [...zones].map(([region, ofRegion]) => ({ cluster, region, zones: ofRegion, ...addresses }));
}

/** `status.dns` as KubeFed wrote it: one item for each cluster, with the first of its regions. */
export function statusOfRecord(entries: readonly RecordEntry[], domain: DnsDomain | null): object {
  const first = new Map<string, RecordEntry>();
  for (const entry of entries) if (!first.has(entry.cluster)) first.set(entry.cluster, entry);
  const dns = [...first.values()]
    .sort((a, b) => (a.cluster < b.cluster ? -1 : 1))
    .map(({ cluster, region, zones, ipv4, ipv6 }) => {
      const ingress = [...ipv4, ...ipv6].sort().map((ip) => ({ ip }));
      return {
        cluster,
        loadBalancer: ingress.length === 0 ? {} : { ingress },
        ...(domain !== null && zones.length > 0 && { zones }),
        ...(domain !== null && region !== null && { region }),
      };
    });
  return { ...(domain !== null && { domain: domain.suffix }), dns };
}
