/**
 * Conflicts between zone files and generated names in a federation's domain D. Names of services win when we are asked, but
 * a resolver that the file leads elsewhere does not ask us. X: a region, or ZONE.REGION, that a cluster has.
 *
 *   the file has                          | what holds                                       | reported as
 *   anything at or below svc.D            | the file is refused                              | error
 *   DNAME at D                            | the file is refused                              | error
 *   anything at or below svc.X.D          | services' names win                              | warning
 *   NS or DNAME at X.D                    | services' names win, if we are asked             | warning
 *   wildcard above X.D or svc.X.D         | it covers neither these names nor those below    | warning
 *   CNAME at X.D                          | both hold: an alias covers nothing below it      | nothing
 *   A, AAAA or CNAME at a nameserver's    | the file wins                                    | warning
 *   SOA or NS at D                        | the file wins, which is what they are for        | nothing
 */
import { RecordType } from "../../dns/message/code.ts";
import { formatName, isAtOrBelow, type Name, prepend, sameName } from "../../dns/message/name.ts";
import type { Place } from "../members/cluster.ts";
import type { ZoneMessage, ReservedNames } from "../../dns/zonefile/check.ts";
import { has, rrsetOf } from "../../dns/zone/zone-cuts.ts";
import { keyOfName, type Zone, type ZoneNode } from "../../dns/zone/zone.ts";

/** Names that a wildcard does not cover, named in one sentence. */
const NAMED_MAX = 3;
const LEADING_AWAY = ["NS", "DNAME"] as const;

/** `generated`: zones that the settings generate for the federations' domains. `places`: those of the members known now. */
export function reservedIn(generated: readonly Zone[], places: readonly Place[]): ReservedNames {
  const domainOf = (name: Name): Zone | undefined =>
    generated
      .filter(({ origin }) => isAtOrBelow(name, origin))
      .sort((a, b) => b.origin.length - a.origin.length)[0];
  return {
    owns: (name) => {
      const domain = domainOf(name);
      return domain !== undefined && ladderLabels(name, domain.origin) !== null;
    },
    messagesAt: (node) => {
      const domain = domainOf(node.name);
      return domain === undefined ? [] : messagesAt(node, domain, places);
    },
  };
}

/** True when a zone has records at names that these places give a federation: then a change of places needs another check. */
export function isAffected(zone: Zone, generated: readonly Zone[], places: readonly Place[]): boolean {
  return generated
    .filter(({ origin }) => isAtOrBelow(zone.origin, origin) || isAtOrBelow(origin, zone.origin))
    .some(({ origin }) =>
      suffixes(origin, places).some((suffix) =>
        [suffix, prepend("svc", suffix), wildcardBeside(suffix), prepend("*", suffix)].some((name) =>
          hasNode(zone, name),
        ),
      ),
    );
}

function hasNode(zone: Zone, name: Name): boolean {
  return zone.find(keyOfName(name)) !== undefined;
}

/** The name with `*` instead of its first label. */
function wildcardBeside(name: Name): Name {
  return prepend("*", name.subarray((name[0] as number) + 1) as Name);
}

/** X.D for every region and every zone. */
function suffixes(origin: Name, places: readonly Place[]): readonly Name[] {
  return places.flatMap(({ region, zone }) => {
    const name = prepend(region, origin);
    return zone === null ? [name] : [name, prepend(zone, name)];
  });
}

function messagesAt(node: ZoneNode, domain: Zone, places: readonly Place[]): readonly ZoneMessage[] {
  if (node.rrsets.length === 0) return [];
  const { origin } = domain;
  const at = ladderLabels(node.name, origin);
  if (at !== null) return [belowSvc(at, places)];
  if (sameName(node.name, origin)) {
    if (!has(node, RecordType.DNAME)) return [];
    const message = "DNAME leads all names of services in the federation's domain elsewhere";
    return [{ severity: "error", type: RecordType.DNAME, message }];
  }
  return [
    ...replaced(node, domain),
    ...leadingAway(node, suffixes(origin, places)),
    ...uncovered(node, origin, places),
  ];
}

/** The labels before `svc` and after it, up to the domain: [] at svc.D, [region] or [zone, region]; null: not below any `svc`. */
function ladderLabels(name: Name, origin: Name): readonly string[] | null {
  const labels: string[] = [];
  for (let at = 0; at < name.length - origin.length; at += (name[at] as number) + 1)
    labels.push(String.fromCharCode(...name.subarray(at + 1, at + 1 + (name[at] as number))));
  for (const count of [0, 1, 2]) {
    if (labels.at(-1 - count) === "svc") return labels.slice(labels.length - count);
  }
  return null;
}

function belowSvc(at: readonly string[], places: readonly Place[]): ZoneMessage {
  if (at.length === 0)
    return { severity: "error", message: "svc and all names below it belong to the federation's services" };
  const [first = "", region = first] = at;
  const zone = at.length === 2 ? first : null;
  const isKnown = places.some((place) => place.region === region && (zone === null || place.zone === zone));
  const message = isKnown
    ? `hidden by the names of services in ${where(region, zone)}`
    : "hidden wherever a region or zone of a cluster has this name";
  return { severity: "warning", message };
}

function where(region: string, zone: string | null): string {
  return zone === null ? `the region ${region}` : `the zone ${zone} of ${region}`;
}

function leadingAway(node: ZoneNode, known: readonly Name[]): readonly ZoneMessage[] {
  if (!known.some((suffix) => sameName(suffix, node.name))) return [];
  return LEADING_AWAY.filter((type) => has(node, RecordType[type])).map((type) => ({
    severity: "warning",
    type: RecordType[type],
    message: `${formatName(node.name)} ${type} leads resolvers away from the names of services in ${formatName(prepend("svc", node.name))}`,
  }));
}

/** A wildcard covers neither a name that exists, as those of members do, nor the names below it (RFC 4592 §2.2.1). */
function uncovered(node: ZoneNode, origin: Name, places: readonly Place[]): readonly ZoneMessage[] {
  const { name } = node;
  if (name[0] !== 1 || name[1] !== ASTERISK) return [];
  const parent = name.subarray(2) as Name;
  const known = suffixes(origin, places);
  const below = known.filter((suffix) => sameName(wildcardBeside(suffix), name));
  if (known.some((suffix) => sameName(suffix, parent))) below.push(prepend("svc", parent));
  const names = [...new Set(below.map((suffix) => formatName(suffix)))].sort();
  if (names.length === 0) return [];
  const rest = names.length - NAMED_MAX;
  const list = names.slice(0, NAMED_MAX).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
  const message = `${formatName(name)} does not cover ${list}, nor anything below: these exist for the clusters' services`;
  return [{ severity: "warning", message }];
}

const ASTERISK = 0x2a;

/** Addresses of a nameserver that the file gives differently from the settings. */
function replaced(node: ZoneNode, domain: Zone): readonly ZoneMessage[] {
  const before = domain.find(keyOfName(node.name));
  return ADDRESSES.flatMap((type) => {
    const [was, now] = [before, node].map((one) => rrsetOf(one, RecordType[type])?.rdatas ?? []);
    if (was === undefined || was.length === 0 || now === undefined || isSameSet(was, now)) return [];
    const shown = has(node, RecordType.CNAME) ? "CNAME" : type;
    const message = `${formatName(node.name)} ${shown} takes the place of the ${type} records that the settings give this nameserver`;
    return [{ severity: "warning" as const, type: RecordType[shown], message }];
  });
}

const ADDRESSES = ["A", "AAAA"] as const;

function isSameSet(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((rdata) => b.some((other) => isSame(rdata, other)));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}
