/** The zones that the picture has: what a start compares zone files with. */
import { RecordType } from "../../dns/message/code.ts";
import type { Name } from "../../dns/message/name.ts";
import { keyOfName } from "../../dns/zone/zone.ts";
import { nodeName, rrsetsOf } from "../content/decode.ts";
import { Header, ZONES_MAX } from "../format/layout.ts";
import { type Memory, NONE } from "../format/memory.ts";
import { type NodeAt, NodeFlag, nodeFlags, nodeRRsets, nodeZone } from "../format/node.ts";
import { apexOfZone } from "../format/picture.ts";
import { firstRRset, nextRRset, rrsetRecords } from "../format/rrset.ts";
import { NODES, recordsOf } from "../format/table.ts";

type PublishedZone = {
  readonly origin: Name;
  /** Of its SOA record. */
  readonly serial: number;
  /** All its records, except those of hosts. */
  readonly records: number;
};

/** The serial is the first of five numbers at the end of an SOA record. */
const SERIAL_FROM_END = 20;

export function publishedZones(memory: Memory): PublishedZone[] {
  const { u32 } = memory;
  const records = new Map<number, number>();
  const apexes: NodeAt[] = [];
  for (const node of recordsOf(u32, NODES)) {
    const flags = nodeFlags(u32, node);
    if ((flags & NodeFlag.Apex) !== 0) apexes.push(node);
    const zone = nodeZone(u32, node);
    if ((flags & NodeFlag.Claimed) === 0)
      records.set(zone, (records.get(zone) ?? 0) + recordsAt(memory, node));
  }
  return apexes.map((apex) => {
    const origin = nodeName(memory, apex);
    const soa = rrsetsOf(memory, apex, origin).find(({ type }) => type === RecordType.SOA)?.rdatas[0];
    const serial =
      soa === undefined
        ? 0
        : new DataView(soa.buffer, soa.byteOffset).getUint32(soa.byteLength - SERIAL_FROM_END);
    return { origin, serial, records: records.get(nodeZone(u32, apex)) ?? 0 };
  });
}

/** The serials that answers have (putSoa in answer/records): zones that members add names to have the picture's. */
export function servedSerials({ u32, u8 }: Memory): (origin: Name, own: number | null) => number {
  const counted = u32[Header.SoaSerial] as number;
  const federated = new Set<string>();
  for (let zone = 0; zone < ZONES_MAX; zone++) {
    const apex = apexOfZone(u32, zone);
    if (apex !== NONE && (nodeFlags(u32, apex) & NodeFlag.Federated) !== 0)
      federated.add(keyOfName(nodeName({ u8, u32 }, apex)));
  }
  return (origin, own) => (own === null || federated.has(keyOfName(origin)) ? counted : own);
}

function recordsAt({ u32 }: Memory, node: NodeAt): number {
  let count = 0;
  let rrset = firstRRset(u32, node);
  for (let left = nodeRRsets(u32, node); left > 0; left--) {
    count += rrsetRecords(u32, rrset);
    rrset = nextRRset(u32, rrset);
  }
  return count;
}
