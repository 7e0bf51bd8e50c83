/** Which names are free for claims, from the zones as they are served: what stands in a zone already is not given away. */
import { RecordType } from "../../dns/message/code.ts";
import { isAtOrBelow, type Name, formatName, parentOf, parseName } from "../../dns/message/name.ts";
import type { Zone } from "../../dns/zone/zone.ts";
import { keyOfName } from "../../dns/zone/zone.ts";
import type { Host } from "./host.ts";
import type { HostAuthority } from "./rules.ts";

export type Land = {
  /** All that are served, generated ones and those of files. */
  readonly zones: readonly Zone[];
  /** Domains of federations. */
  readonly domains: readonly Name[];
  readonly nameservers: readonly Name[];
};

/** A claim may stand beside what is in a zone, and before its wildcards; not in its place, and not behind a cut or a DNAME. */
export function hostAuthorityOf({ zones, domains, nameservers }: Land): HostAuthority {
  const innermostFirst = [...zones].sort((a, b) => b.origin.length - a.origin.length);
  return {
    zones: zones.map(({ origin }) => textOf(origin)),
    domains: domains.map(textOf),
    nameservers: nameservers.map(textOf),
    occupied: (host) => occupant(host, innermostFirst),
  };
}

function occupant(host: Host, innermostFirst: readonly Zone[]): string | null {
  const name = parseName(host);
  if (name === null) return "it is no DNS name";
  const zone = innermostFirst.find(({ origin }) => isAtOrBelow(name, origin));
  if (zone === undefined) return null;
  if (has(zone, name) !== null) return "the zone has records there";
  for (let above = name; above.length > zone.origin.length;) {
    above = parentOf(above);
    const types = has(zone, above) ?? [];
    const isTop = above.length === zone.origin.length;
    if (types.includes(RecordType.DNAME))
      return `the zone leads all names below ${textOf(above)} elsewhere (DNAME)`;
    if (!isTop && types.includes(RecordType.NS))
      return `the zone delegates ${textOf(above)} to other servers`;
  }
  return null;
}

/** Types of the records at a name; null = none. */
function has(zone: Zone, name: Name): readonly number[] | null {
  const rrsets = zone.find(keyOfName(name))?.rrsets ?? [];
  return rrsets.length === 0 ? null : rrsets.map(({ type }) => type);
}

function textOf(name: Name): string {
  return formatName(name).replace(/\.$/, "");
}
