/** RRsets as the picture has them, copied to the response: of zone files, of the records of hosts, and the SOA. */
import { RecordType } from "../../dns/message/code.ts";
import { POINTER, Section } from "../../dns/message/response.ts";
import * as memoryModule from "../../picture/format/memory.ts";
import * as nodeFields from "../../picture/format/node.ts";
import * as rrsetFields from "../../picture/format/rrset.ts";
import type { RRsetAt, StoredRecordAt } from "../../picture/format/rrset.ts";
import type { WorkerContext } from "../context/worker-context.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { copyWords, NONE } = memoryModule;
const { NodeFlag, nodeFlags, nodeLabels } = nodeFields;
const {
  findRRset,
  firstPointer,
  firstRecord,
  nextRecord,
  pointerCount,
  rrsetRecords,
  rrsetType,
  secondPointer,
  storedAt,
  storedOctets,
} = rrsetFields;

/** SERIAL to MINIMUM, which end the RDATA of an SOA record. */
const SOA_TAIL_OCTETS = 20;
const MINIMUM_OCTET = 16;
const TTL_OCTET = 6;

/** Where the zone's own name stands in the message: it is a suffix of the name that is looked up. */
function apexPosition(context: WorkerContext): number {
  const { name, apex } = context.state;
  return context.position(name.labelCount - nodeLabels(context.picture.u32, apex));
}

/** The RRset whole, in answer or authority. Returns the records written, 0 for want of room. */
export function putRRset(context: WorkerContext, section: Section, rrset: RRsetAt, owner: number): number {
  context.response.openRRset(section, owner, rrsetType(context.picture.u32, rrset));
  putRecords(context, rrset);
  return context.response.closeRRset();
}

/** The records of an RRset that is open in the response, from a random one on. */
export function putRecords(context: WorkerContext, rrset: RRsetAt): void {
  const { u32 } = context.picture;
  const count = rrsetRecords(u32, rrset);
  const first = count > 1 ? context.draw(count) : 0;
  let record = firstRecord(rrset);
  for (let i = 0; i < first; i++) record = nextRecord(u32, record);
  for (let i = first; i < first + count; i++) {
    if (i === count) record = firstRecord(rrset);
    if (putRecord(context, record) < 0) return;
    record = nextRecord(u32, record);
  }
}

/** Returns where it stands in the response's bytes; -1 = no room. */
function putRecord(context: WorkerContext, record: StoredRecordAt): number {
  const { response } = context;
  const { u32 } = context.picture;
  const octets = storedOctets(u32, record);
  const at = response.claimRecord(octets);
  if (at < 0) return -1;
  const { view } = response;
  copyWords(u32, storedAt(record), octets, view, at);
  response.putOwner(at);
  const pointers = pointerCount(u32, record);
  if (pointers > 0) {
    const target = POINTER | apexPosition(context);
    view.setInt16(at + firstPointer(u32, record), target);
    if (pointers > 1) view.setInt16(at + secondPointer(u32, record), target);
  }
  return at;
}

/**
 * The SOA record, of zones that members add names to with the picture's serial. In the authority section it is that of a
 * negative answer: its TTL is the lesser of its own and its MINIMUM field (RFC 2308 §3).
 */
export function putSoa(context: WorkerContext, section: Section): void {
  const { response, picture, state } = context;
  const { u32 } = picture;
  const rrset = findRRset(u32, state.apex, RecordType.SOA);
  if (rrset === NONE) return;
  response.openRRset(section, apexPosition(context), RecordType.SOA);
  const at = putRecord(context, firstRecord(rrset));
  if (at >= 0) {
    const { view } = response;
    const tail = response.at - SOA_TAIL_OCTETS;
    const isAddedTo = (nodeFlags(u32, state.apex) & NodeFlag.Federated) !== 0;
    if (isAddedTo) view.setUint32(tail, picture.soaSerial());
    if (section === Section.Authority) {
      const ttlSeconds = Math.min(view.getUint32(at + TTL_OCTET), view.getUint32(tail + MINIMUM_OCTET));
      view.setUint32(at + TTL_OCTET, ttlSeconds);
    }
  }
  response.closeRRset();
}
