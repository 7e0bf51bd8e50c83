/** The apex of a zone: one SOA with sensible numbers, a serial that moves forward, nameservers. */
import { RecordType } from "../message/code.ts";
import { formatName } from "../message/name.ts";
import { fieldAt } from "../rdata/wire-form.ts";
import { typeName } from "../rdata/types.ts";
import { viewOfBytes } from "../message/wire.ts";
import type { Inspection } from "./inspection.ts";
import { foldedKey, has, rrsetOf } from "../zone/zone-cuts.ts";

/** The bounds of Zonemaster (Zone01 to Zone06), in seconds. */
const REFRESH_MIN = 14_400;
const RETRY_MIN = 3600;
const EXPIRE_MIN = 604_800;
const MINIMUM_RANGE = { min: 300, max: 86_400 } as const;

/** What the apex cannot have; DS by RFC 4035 §2.4. */
const FORBIDDEN: readonly (readonly [type: number, reason: string])[] = [
  [RecordType.CNAME, "the apex of a zone cannot be an alias"],
  [RecordType.DS, "belongs into the zone above, at the delegation (RFC 4035 §2.4)"],
];

export function checkApex(inspection: Inspection, previousSerial: number | undefined): void {
  const { zone, cuts, positionOf, problems, isPartial } = inspection;
  const apex = zone.find(cuts.originKey);
  const apexName = formatName(zone.origin);
  const top = positionOf(apex?.rrsets[0]?.rdatas[0]);
  const soas = rrsetOf(apex, RecordType.SOA)?.rdatas ?? [];
  if (soas.length === 0 && !isPartial)
    problems.error({ ...top, line: 0 }, `the zone ${apexName} has no SOA record`);
  for (const extra of soas.slice(1))
    problems.error(positionOf(extra), `${apexName} has more than one SOA record`);
  if (soas[0] !== undefined) checkSoa(inspection, soas[0], previousSerial);
  const nameservers = rrsetOf(apex, RecordType.NS)?.rdatas ?? [];
  if (nameservers.length === 0 && !isPartial) problems.error(top, `${apexName} has no NS record`);
  if (nameservers.length === 1)
    problems.warning(
      positionOf(nameservers[0]),
      `${apexName} has only one nameserver; a zone needs two (RFC 1034 §4.1)`,
    );
  for (const [type, reason] of FORBIDDEN)
    if (has(apex, type))
      problems.error(positionOf(rrsetOf(apex, type)?.rdatas[0]), `${apexName} ${typeName(type)}: ${reason}`);
}

function checkSoa(inspection: Inspection, soa: Uint8Array, previousSerial: number | undefined): void {
  const { problems, positionOf } = inspection;
  const view = viewOfBytes(soa);
  const numbers = [20, 16, 12, 8, 4].map((fromEnd) => view.getUint32(soa.length - fromEnd));
  const [serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0] = numbers;
  const warn = (message: string): void => problems.warning(positionOf(soa), `SOA: ${message}`);
  if (previousSerial !== undefined && !isSerialAfter(serial, previousSerial))
    warn(`the serial ${serial} is not higher than ${previousSerial}, which is served now`);
  if (refresh < REFRESH_MIN) warn(`refresh ${refresh} is below ${REFRESH_MIN} seconds`);
  if (retry < RETRY_MIN) warn(`retry ${retry} is below ${RETRY_MIN} seconds`);
  if (retry >= refresh) warn(`retry ${retry} is not below refresh ${refresh}`);
  if (expire < EXPIRE_MIN) warn(`expire ${expire} is below ${EXPIRE_MIN} seconds`);
  if (expire <= refresh) warn(`expire ${expire} is not above refresh ${refresh}`);
  if (minimum < MINIMUM_RANGE.min || minimum > MINIMUM_RANGE.max)
    warn(
      `minimum ${minimum}, the TTL of negative answers, is not from ${MINIMUM_RANGE.min} to ${MINIMUM_RANGE.max} seconds`,
    );
  checkSoaNames(inspection, soa, warn);
}

function checkSoaNames({ cuts }: Inspection, soa: Uint8Array, warn: (message: string) => void): void {
  const [primary, mailbox] = [fieldAt(RecordType.SOA, soa, 0), fieldAt(RecordType.SOA, soa, 1)];
  if (cuts.targetAt(foldedKey(primary)).kind === "alias")
    warn(`the primary nameserver ${formatName(primary)} is an alias`);
  const firstLabel = mailbox.subarray(1, 1 + (mailbox[0] as number));
  if (firstLabel.includes(AT_SIGN)) warn(`the mailbox ${formatName(mailbox)} has an @; write a dot instead`);
}

const AT_SIGN = 0x40;

/** RFC 1982 §3.2: ahead on the circle of 2^32 numbers, by less than half of it. */
export function isSerialAfter(serial: number, previous: number): boolean {
  const distance = (serial - previous) >>> 0;
  return distance > 0 && distance < 2 ** 31;
}
