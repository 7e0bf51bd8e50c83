/**
 * The ladder: which level names a federation has. The names are those of Federation v1.
 *
 *   global   federation.svc.domain                 every cluster
 *   region   federation.svc.region.domain          the clusters with nodes in the region
 *   zone     federation.svc.zone.region.domain     the clusters with nodes in that zone of that region
 *
 * A region or zone that only had nodes selects no cluster: all that it has is the level above.
 *
 * Level names are nodes of the zone; everything between them and the domain exists as well (empty non-terminals).
 */
import { NAME_OCTETS_MAX } from "../../dns/message/code.ts";
import { type Name, prepend } from "../../dns/message/name.ts";
import type { Place } from "../../federation/members/cluster.ts";

type Level = {
  readonly name: Name;
  /** Null at the top. */
  readonly parent: Name | null;
  /** Indexes of the clusters it selects, ascending. */
  readonly clusters: readonly number[];
};

export type LadderMember = {
  readonly index: number;
  readonly places: readonly Place[];
  /** Places that it had; absent = none. */
  readonly past?: readonly Place[];
};

/** Levels in the order top, regions, zones. Names that would be too long for any service are left out. */
export function ladderOf(federation: string, domain: Name, members: readonly LadderMember[]): Level[] {
  const global = levelName(federation, domain);
  const levels: Level[] = [{ name: global, parent: null, clusters: sorted(members.map((m) => m.index)) }];
  for (const [region, inRegion] of groupBy(members, (place) => place.region)) {
    const regionSuffix = prepend(region, domain);
    const regionName = levelName(federation, regionSuffix);
    if (!isUsable(regionName)) continue;
    levels.push({ name: regionName, parent: global, clusters: sorted(inRegion) });
    const zonesOf = (place: Place): string | null => (place.region === region ? place.zone : null);
    for (const [zone, inZone] of groupBy(members, zonesOf)) {
      const zoneName = levelName(federation, prepend(zone, regionSuffix));
      if (isUsable(zoneName)) levels.push({ name: zoneName, parent: regionName, clusters: sorted(inZone) });
    }
  }
  return levels;
}

function levelName(federation: string, suffix: Name): Name {
  return prepend(federation, prepend("svc", suffix));
}

/** At least one-octet labels for service and namespace must fit in front. */
function isUsable(name: Name): boolean {
  return name.length + 4 <= NAME_OCTETS_MAX;
}

function groupBy(
  members: readonly LadderMember[],
  label: (place: Place) => string | null,
): Map<string, Set<number>> {
  const groups = new Map<string, Set<number>>();
  for (const { index, places, past = [] } of members) {
    for (const place of places) {
      const key = label(place);
      if (key !== null) groups.set(key, (groups.get(key) ?? new Set()).add(index));
    }
    for (const place of past) {
      const key = label(place);
      if (key !== null && !groups.has(key)) groups.set(key, new Set());
    }
  }
  return groups;
}

function sorted(indexes: Iterable<number>): number[] {
  return [...indexes].sort((a, b) => a - b);
}
