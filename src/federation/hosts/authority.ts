/** Which names may be claimed in the served zones: a name that has records in a zone may not. */
import { RecordType } from "../../dns/message/code.ts";
import { formatName, isAtOrBelow, type Name, parentOf, parseName } from "../../dns/message/name.ts";
import { keyOfName, type Zone } from "../../dns/zone/zone.ts";
import { type Host, isWithin, underWildcard } from "./host.ts";

export type HostAuthority = {
  /** Origins of all zones we serve, without final dots. */
  readonly zones: readonly string[];
  /** Those of them that are domains of federations. */
  readonly domains: readonly string[];
  readonly nameservers: readonly string[];
  /** Why records in a zone exclude this host, as a sentence; null = they do not. */
  readonly occupied: (host: Host) => string | null;
};

/** "outside": in no served zone. "reserved": in a zone, but not for claims. */
type ZoneScope = "inside" | "outside" | "reserved";

/** `sentence` says why; empty when the host is free. `isApex`: only a rule for exactly this name may give it away. */
export type HostDecision = {
  readonly scope: ZoneScope;
  readonly sentence: string;
  readonly isApex: boolean;
};

const FREE: HostDecision = { scope: "inside", sentence: "", isApex: false };
const APEX: HostDecision = { ...FREE, isApex: true };

/** Names that no object may claim, regardless of the rules. */
export function decideScope(host: Host, authority: HostAuthority): HostDecision {
  const { zones, domains, nameservers, occupied } = authority;
  const reserved = (sentence: string): HostDecision => ({ ...FREE, scope: "reserved", sentence });
  const name = underWildcard(host);
  if (!zones.some((zone) => isWithin(name, zone)))
    return { ...FREE, scope: "outside", sentence: "it is in none of the served zones" };
  if (nameservers.includes(host)) return reserved("it is the name of a nameserver");
  const domain = domains.find((one) => isWithin(name, one));
  if (domain !== undefined && labelsBelow(name, domain).includes("svc"))
    return reserved("names with svc in them belong to the federation's services");
  const sentence = occupied(host);
  if (sentence !== null) return reserved(sentence);
  return zones.includes(host) ? APEX : FREE;
}

function labelsBelow(name: string, domain: string): readonly string[] {
  return name === domain ? [] : name.slice(0, name.length - domain.length - 1).split(".");
}

type ServedNames = {
  /** All zones that are served: generated ones and those of zone files. */
  readonly zones: readonly Zone[];
  /** Domains of federations, lower case, without a final dot; nameservers likewise. */
  readonly domains: readonly string[];
  readonly nameservers: readonly string[];
};

/** A claim may add a name to a zone and takes precedence over its wildcards. It cannot replace records, nor lie below a zone cut or a DNAME. */
export function hostAuthorityOf({ zones, domains, nameservers }: ServedNames): HostAuthority {
  const innermostFirst = [...zones].sort((a, b) => b.origin.length - a.origin.length);
  return {
    zones: zones.map(({ origin }) => textOf(origin)),
    domains,
    nameservers,
    occupied: (host) => occupant(host, innermostFirst),
  };
}

function occupant(host: Host, innermostFirst: readonly Zone[]): string | null {
  const name = parseName(host);
  if (name === null) return "it is no DNS name";
  const zone = innermostFirst.find(({ origin }) => isAtOrBelow(name, origin));
  if (zone === undefined) return null;
  const isOrigin = name.length === zone.origin.length;
  if (typesAt(zone, name).some((type) => !(isOrigin && OF_APEX.has(type))))
    return "the zone has records there";
  for (let above = name; above.length > zone.origin.length;) {
    above = parentOf(above);
    const types = typesAt(zone, above);
    const isApex = above.length === zone.origin.length;
    if (types.includes(RecordType.DNAME))
      return `the zone redirects all names below ${textOf(above)} (DNAME)`;
    if (!isApex && types.includes(RecordType.NS))
      return `the zone delegates ${textOf(above)} to other servers`;
  }
  return null;
}

/** What every zone has at its apex: it says nothing about other records there. */
const OF_APEX: ReadonlySet<number> = new Set([RecordType.SOA, RecordType.NS]);

function typesAt(zone: Zone, name: Name): readonly number[] {
  return (zone.find(keyOfName(name))?.rrsets ?? []).map(({ type }) => type);
}

function textOf(name: Name): string {
  return formatName(name).replace(/\.$/, "");
}
