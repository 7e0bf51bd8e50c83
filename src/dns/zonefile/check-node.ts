/** One name: which records may be beside each other, and records that do not do what they seem to. */
import { RecordType } from "../message/code.ts";
import { formatName, sameName } from "../message/name.ts";
import type { RRset } from "../message/record.ts";
import { typeName } from "../rdata/types.ts";
import type { Inspection } from "./inspection.ts";
import { foldedKey, has, rrsetOf } from "../zone/zone-cuts.ts";
import { keyOfName, type ZoneNode } from "../zone/zone.ts";

/** RFC 4035 §2.5; records of signed zones are left out before (left-out.ts). */
const BESIDE_CNAME: ReadonlySet<number> = new Set([RecordType.CNAME, RecordType.KEY]);
const BINDINGS: ReadonlySet<number> = new Set([RecordType.SVCB, RecordType.HTTPS]);

/** Header, longest question, and OPT with room for options. */
const MESSAGE_ROOM = 65_535 - 12 - 259 - 100;
/** A record without its RDATA: a pointer to the question, type, class, TTL, length. */
const RECORD_OCTETS = 12;

export function checkNode(inspection: Inspection, node: ZoneNode): void {
  const { zone, problems, positionOf } = inspection;
  const isApex = sameName(node.name, zone.origin);
  for (const rrset of node.rrsets) checkSet(inspection, node, rrset);
  if (!isApex) checkBelowApex(inspection, node);
  checkDname(inspection, node);
  const isWildcard = node.name[0] === 1 && node.name[1] === ASTERISK;
  for (const type of isWildcard ? [RecordType.NS, RecordType.DNAME] : []) {
    const rdata = rrsetOf(node, type)?.rdatas[0];
    if (rdata !== undefined)
      problems.warning(
        positionOf(rdata),
        `${formatName(node.name)} ${typeName(type)}: has no meaning at a wildcard (RFC 4592 §4.2, §4.4)`,
      );
  }
}

const ASTERISK = 0x2a;

function checkSet({ problems, positionOf }: Inspection, node: ZoneNode, { type, rdatas }: RRset): void {
  const what = (): string => `${formatName(node.name)} ${typeName(type)}`;
  let octets = 0;
  for (const rdata of rdatas) octets += RECORD_OCTETS + rdata.length;
  if (octets > MESSAGE_ROOM)
    problems.error(positionOf(rdatas[0]), `${what()}: ${octets} octets do not fit into one answer`);
  if (!BINDINGS.has(type)) return;
  for (const rdata of rdatas) {
    const isAlias = rdata[0] === 0 && rdata[1] === 0;
    const target = isAlias ? foldedKey(rdata.subarray(2)) : "";
    // The key runs to the end of the RDATA, but parameters after the name of an alias have no meaning (RFC 9460 §2.4.2).
    if (isAlias && nameOctets(target) < target.length)
      problems.warning(positionOf(rdata), `${what()}: priority 0 is an alias; its parameters are ignored`);
  }
}

function nameOctets(key: string): number {
  let at = 0;
  while (key.charCodeAt(at) > 0) at += key.charCodeAt(at) + 1;
  return at + 1;
}

function checkBelowApex(inspection: Inspection, node: ZoneNode): void {
  const { problems, positionOf } = inspection;
  const cname = rrsetOf(node, RecordType.CNAME);
  if (cname !== undefined) checkAlias(inspection, node, cname);
  const soa = rrsetOf(node, RecordType.SOA);
  if (soa !== undefined)
    problems.error(
      positionOf(soa.rdatas[0]),
      `${formatName(node.name)} SOA: belongs to the apex of the zone, ${formatName(inspection.zone.origin)}`,
    );
  const ds = rrsetOf(node, RecordType.DS);
  if (ds !== undefined && !has(node, RecordType.NS))
    problems.warning(positionOf(ds.rdatas[0]), `${formatName(node.name)} DS: nothing is delegated there`);
}

function checkAlias(inspection: Inspection, node: ZoneNode, { rdatas }: RRset): void {
  const { problems, positionOf } = inspection;
  const name = formatName(node.name);
  const others = node.rrsets.filter(({ type }) => !BESIDE_CNAME.has(type)).map(({ type }) => typeName(type));
  if (others.length > 0)
    problems.error(
      positionOf(rdatas[0]),
      `${name} CNAME: is beside ${others.join(", ")}; an alias has no other records`,
    );
  for (const extra of rdatas.slice(1))
    problems.error(positionOf(extra), `${name} has more than one CNAME record`);
  if (leadsBack(inspection, node))
    problems.warning(positionOf(rdatas[0]), `${name} CNAME: the alias leads back to itself`);
}

/** Follows aliases within the zone, 16 at most. */
function leadsBack({ zone, cuts }: Inspection, start: ZoneNode): boolean {
  let node: ZoneNode | undefined = start;
  for (let links = 0; links < 16; links++) {
    const rdata: Uint8Array | undefined = rrsetOf(node, RecordType.CNAME)?.rdatas[0];
    if (rdata === undefined) return false;
    const key = foldedKey(rdata);
    if (key === keyOfName(start.name)) return true;
    node = cuts.cutAbove(key) === "" ? zone.find(key) : undefined;
  }
  return false;
}

function checkDname({ zone, problems, positionOf }: Inspection, node: ZoneNode): void {
  const dname = rrsetOf(node, RecordType.DNAME);
  if (dname === undefined) return;
  const name = formatName(node.name);
  for (const extra of dname.rdatas.slice(1))
    problems.error(positionOf(extra), `${name} has more than one DNAME record`);
  if (has(node, RecordType.NS) && !sameName(node.name, zone.origin))
    problems.error(
      positionOf(dname.rdatas[0]),
      `${name} DNAME: is beside NS; a name cannot be both delegated and redirected`,
    );
}
