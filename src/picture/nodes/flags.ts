/** What lookup must know of a node before it reads its RRsets, worked out when the zone changes (layout.ts, NodeFlag). Pure. */
import { RecordType } from "../../dns/message/code.ts";
import { type Name, parentOf, prepend, sameName } from "../../dns/message/name.ts";
import { NodeFlag } from "../format/node.ts";
import type { Zone } from "../../dns/zone/zone.ts";

/** `name` is a node of `zone`. */
export function flagsIn(zone: Zone, name: Name): number {
  let flags = ownFlags(zone, name);
  if (zone.has(prepend("*", name))) flags |= NodeFlag.Wildcard;
  let above = name;
  while (!sameName(above, zone.origin)) {
    above = parentOf(above);
    if ((ownFlags(zone, above) & (NodeFlag.Cut | NodeFlag.Dname)) !== 0) return flags | NodeFlag.Shadowed;
  }
  return flags;
}

function ownFlags(zone: Zone, name: Name): number {
  const isApex = sameName(name, zone.origin);
  let flags: number = isApex ? NodeFlag.Apex : 0;
  for (const { type } of zone.node(name).rrsets) {
    if (type === RecordType.NS && !isApex) flags |= NodeFlag.Cut;
    if (type === RecordType.DNAME) flags |= NodeFlag.Dname;
    if (type === RecordType.CNAME) flags |= NodeFlag.Cname;
  }
  return flags;
}
