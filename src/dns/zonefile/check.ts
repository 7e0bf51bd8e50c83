/** Checks of a zone before it is served, beyond the syntax of its text. */
import { RecordType } from "../message/code.ts";
import { formatName, type Name, sameName } from "../message/name.ts";
import { typeName } from "../rdata/types.ts";
import { checkApex } from "./check-apex.ts";
import { checkNode } from "./check-node.ts";
import { checkTargets } from "./check-targets.ts";
import type { Inspection } from "./inspection.ts";
import type { PositionOf } from "../zone/text-positions.ts";
import { type Problem, Problems, type Severity } from "../zone/problem.ts";
import { rrsetOf, ZoneCuts } from "../zone/zone-cuts.ts";
import { keyOfName, type Zone, type ZoneNode } from "../zone/zone.ts";

export type ZoneCheck = {
  readonly zone: Zone;
  /** From the reader. Zones that were not read from a file have none. */
  readonly positionOf?: PositionOf;
  /** The zone's text had errors: records that seem to be missing may be in lines that could not be read. */
  readonly isPartial?: boolean;
  /** Of the zone that is served now; given only when the new zone differs from it. */
  readonly previousSerial?: number;
  readonly reserved?: ReservedNames;
  /** The file adds to a zone of the settings: what it does not say itself causes no warning. */
  readonly isAddition?: boolean;
};

/** A message about a node, or about one of its RRsets when there is a `type`. */
export type ZoneMessage = {
  readonly severity: Severity;
  readonly message: string;
  readonly type?: number;
};

/** Names that are not answered from this file: the ladder of a federation. */
export type ReservedNames = {
  /** NS, MX and SRV records may point to such names; whether they have addresses is not known here. */
  readonly owns: (name: Name) => boolean;
  readonly messagesAt: (node: ZoneNode) => readonly ZoneMessage[];
};

/** The problems in the order of the names in the zone; at most as many as `Problems` takes. */
export function checkZone(check: ZoneCheck): readonly Problem[] {
  const { zone, reserved } = check;
  const inspection: Inspection = {
    zone,
    cuts: new ZoneCuts(zone),
    positionOf: check.positionOf ?? (() => ({ file: formatName(zone.origin), line: 0 })),
    problems: new Problems(),
    isPartial: check.isPartial ?? false,
    isReserved: (key) =>
      reserved?.owns(Uint8Array.from(key, (character) => character.charCodeAt(0)) as Name) ?? false,
  };
  checkApex(inspection, check.previousSerial);
  for (const node of zone.nodes) {
    if (inspection.problems.isFull) break;
    if (node.rrsets.length > 0) checkOne(inspection, node, reserved);
  }
  const { list } = inspection.problems;
  return check.isAddition === true ? list.filter(isOfFile) : list;
}

/** Records of the settings have no line. */
function isOfFile({ line, severity }: Problem): boolean {
  return line > 0 || severity === "error";
}

function checkOne(inspection: Inspection, node: ZoneNode, reserved: ZoneCheck["reserved"]): void {
  const { problems, positionOf } = inspection;
  for (const { severity, message, type } of reserved?.messagesAt(node) ?? []) {
    const rrset = type === undefined ? node.rrsets[0] : rrsetOf(node, type);
    problems.add({ ...positionOf((rrset ?? node.rrsets[0])?.rdatas[0]), severity, message });
  }
  if (isHidden(inspection, node)) return;
  checkNode(inspection, node);
  checkTargets(inspection, node);
}

/** True for data below a cut or a DNAME: it is never answered, so it is not checked any further. */
function isHidden({ zone, cuts, problems, positionOf }: Inspection, node: ZoneNode): boolean {
  if (cuts.isFlat || sameName(node.name, zone.origin)) return false;
  const key = keyOfName(node.name);
  const dname = cuts.dnameAbove(key);
  if (dname !== "") {
    const above = formatName(nodeName(zone, dname));
    const message = `${formatName(node.name)} is below the DNAME at ${above}; nothing may be there (RFC 6672 §2.4)`;
    problems.error(positionOf(node.rrsets[0]?.rdatas[0]), message);
    return true;
  }
  const cut = cuts.cutAbove(key);
  const isAtCut = cut === "" && cuts.isCut(key);
  if (cut === "" && !isAtCut) return false;
  for (const { type, rdatas } of node.rrsets) {
    const isAddress = type === RecordType.A || type === RecordType.AAAA;
    const isCutsOwn = isAtCut && AT_CUT.has(type);
    if (isCutsOwn || (isAddress && cuts.isNameserver(key))) continue;
    const place = isAtCut ? "at" : "below";
    const name = formatName(nodeName(zone, isAtCut ? key : cut));
    const message = `${formatName(node.name)} ${typeName(type)} is ${place} the zone cut ${name} and never answered`;
    problems.warning(positionOf(rdatas[0]), isAddress ? `${message}; it is glue for no nameserver` : message);
  }
  return cut !== "";
}

/** What may be at a cut on the parent's side (RFC 4035 §2.6); a CNAME there is reported elsewhere. */
const AT_CUT: ReadonlySet<number> = new Set([
  RecordType.NS,
  RecordType.DS,
  RecordType.CNAME,
  RecordType.DNAME,
]);

function nodeName(zone: Zone, key: string): Uint8Array {
  return zone.find(key)?.name ?? zone.origin;
}

/** The serial of a zone; null when it has no SOA. */
export function serialOf(zone: Zone): number | null {
  const rdata = rrsetOf(zone.find(keyOfName(zone.origin)), RecordType.SOA)?.rdatas[0];
  if (rdata === undefined) return null;
  return new DataView(rdata.buffer, rdata.byteOffset, rdata.length).getUint32(rdata.length - 20);
}
