/** The zone of a federation as the settings describe it: SOA, NS, and the addresses of nameservers inside it. */
import { RecordType } from "../message/code.ts";
import { isAtOrBelow, type Name } from "../message/name.ts";
import { sameOctets, soaRdata, type Soa } from "../message/record.ts";
import { Zone } from "./zone.ts";

export type Nameserver = {
  readonly name: Name;
  /** RDATA of its A and AAAA records: 4 and 16 octets. */
  readonly ipv4: readonly Uint8Array[];
  readonly ipv6: readonly Uint8Array[];
};

export type Apex = {
  readonly origin: Name;
  /** Its serial is not used: answers carry the picture's. */
  readonly soa: Soa;
  readonly nameservers: readonly Nameserver[];
  /** Of the NS, SOA and address records. */
  readonly ttlSeconds: number;
};

export function generatedZone(apex: Apex): Zone {
  const { origin, nameservers, ttlSeconds } = apex;
  const zone = new Zone(origin);
  zone.put(origin, { type: RecordType.SOA, ttlSeconds, rdatas: [soaRdata(apex.soa)] });
  zone.put(origin, {
    type: RecordType.NS,
    ttlSeconds,
    rdatas: distinct(nameservers.map(({ name }) => name)),
  });
  for (const { name, ipv4, ipv6 } of nameservers) {
    if (!isAtOrBelow(name, origin)) continue;
    if (ipv4.length > 0) zone.put(name, { type: RecordType.A, ttlSeconds, rdatas: distinct(ipv4) });
    if (ipv6.length > 0) zone.put(name, { type: RecordType.AAAA, ttlSeconds, rdatas: distinct(ipv6) });
  }
  return zone;
}

/** An RRset has no equal records (RFC 2181 section 5); settings may spell one address in two ways. */
function distinct(rdatas: readonly Uint8Array[]): readonly Uint8Array[] {
  return rdatas.filter((rdata, i) => rdatas.findIndex((other) => sameOctets(rdata, other)) === i);
}
