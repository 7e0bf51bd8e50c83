/** From a node as a value to the words of its record (layout: format/node.ts and format/rrset.ts). */
import { RECORD_HEAD_OCTETS, RecordClass } from "../../dns/message/code.ts";
import { labelCount, type Name } from "../../dns/message/name.ts";
import { compressibleNames, nameLength, type RRset } from "../../dns/message/record.ts";
import { putU16, putU32 } from "../../dns/message/wire.ts";
import { addToSet } from "../format/cluster-set.ts";
import { wordsFor } from "../format/memory.ts";
import { LEVEL_WORDS, NO_LEVEL, NODE_WORDS, setLevelHead, setNodeHead } from "../format/node.ts";
import { RRSET_WORDS, setRRsetHead, setStoredHead, STORED_WORDS } from "../format/rrset.ts";
import type { NodeContent } from "./content.ts";
import { blank } from "./draft.ts";

/** A node or level, good until the next record is encoded. `origin`: of its zone; in-zone RDATA names are cut to it. */
export function encodeNode(node: NodeContent, hash: number, origin: Name): Uint32Array {
  const parts = node.rrsets.map((rrset) => encodeRRset(rrset, origin));
  const levelWords = node.level === null ? 0 : LEVEL_WORDS;
  const nameWords = wordsFor(node.name.length);
  const words = blank(NODE_WORDS + nameWords + levelWords + parts.reduce((n, part) => n + part.length, 0));
  setNodeHead(words, hash, {
    zone: node.zone,
    nameOctets: node.name.length,
    labels: labelCount(node.name),
    flags: node.flags,
    rrsets: node.rrsets.length,
    levelId: node.level?.id ?? null,
  });
  new Uint8Array(words.buffer).set(node.name, NODE_WORDS * 4);
  let at = NODE_WORDS + nameWords;
  if (node.level !== null) {
    setLevelHead(words, at, node.level.parent ?? NO_LEVEL, node.level.federation);
    for (const cluster of node.level.clusters) addToSet(words, at + 1, cluster);
    at += levelWords;
  }
  for (const part of parts) {
    words.set(part, at);
    at += part.length;
  }
  return words;
}

function encodeRRset(rrset: RRset, origin: Name): Uint32Array {
  const records = rrset.rdatas.map((rdata) => encodeRecord(rrset, rdata, origin));
  const words = new Uint32Array(RRSET_WORDS + records.reduce((n, record) => n + record.length, 0));
  setRRsetHead(words, rrset.type, rrset.rdatas.length);
  let at = RRSET_WORDS;
  for (const record of records) {
    words.set(record, at);
    at += record.length;
  }
  return words;
}

function encodeRecord(rrset: RRset, rdata: Uint8Array, origin: Name): Uint32Array {
  const { bytes, pointers } = shorten(rrset.type, rdata, origin);
  const octets = RECORD_HEAD_OCTETS + bytes.length;
  const words = new Uint32Array(STORED_WORDS + wordsFor(octets));
  setStoredHead(words, octets, pointers);
  const wire = new Uint8Array(words.buffer, STORED_WORDS * 4);
  putU16(wire, 0, 0xc00c);
  putU16(wire, 2, rrset.type);
  putU16(wire, 4, RecordClass.IN);
  putU32(wire, 6, rrset.ttlSeconds);
  putU16(wire, 10, bytes.length);
  wire.set(bytes, RECORD_HEAD_OCTETS);
  return words;
}

/** RDATA with its compressible in-zone names cut to their own labels and a pointer; `pointers`: where those stand in the whole record. */
function shorten(
  type: number,
  rdata: Uint8Array,
  origin: Name,
): { readonly bytes: Uint8Array; readonly pointers: readonly number[] } {
  const names = compressibleNames(type, rdata);
  if (names.length === 0) return { bytes: rdata, pointers: [] };
  const out: number[] = [];
  const pointers: number[] = [];
  let from = 0;
  for (const at of names) {
    const end = at + nameLength(rdata, at);
    const tail = tailInZone(rdata, at, end, origin);
    if (tail < 0) continue;
    out.push(...rdata.subarray(from, tail));
    pointers.push(RECORD_HEAD_OCTETS + out.length);
    out.push(0xc0, 0);
    from = end;
  }
  out.push(...rdata.subarray(from));
  return { bytes: Uint8Array.from(out), pointers };
}

/** Where in `rdata` the zone's own name starts within the name at `at`, or -1 when it is outside the zone. */
function tailInZone(rdata: Uint8Array, at: number, end: number, origin: Name): number {
  let tail = at;
  while (end - tail > origin.length) tail += (rdata[tail] as number) + 1;
  if (end - tail !== origin.length || origin.length < 2) return -1;
  return origin.every((octet, i) => rdata[tail + i] === octet) ? tail : -1;
}
