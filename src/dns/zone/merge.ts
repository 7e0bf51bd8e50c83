/** One zone from two of the same origin: where both have an RRset, the second zone's is taken. */
import { sameName } from "../message/name.ts";
import { RecordType } from "../message/code.ts";
import { Zone } from "./zone.ts";

/** Neither zone is changed. A CNAME replaces everything else at its name, because it must be alone there. */
export function mergeZones(base: Zone, over: Zone): Zone {
  const merged = new Zone(base.origin);
  for (const zone of [base, over]) {
    for (const { name, rrsets } of zone.nodes) {
      const node = merged.node(name);
      const isAlias = rrsets.some(({ type }) => type === RecordType.CNAME);
      if (isAlias && !sameName(name, base.origin)) node.rrsets = [];
      for (const rrset of rrsets) merged.put(name, rrset);
    }
  }
  return merged;
}
