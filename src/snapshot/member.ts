/** One cluster's part of a pool, before and after the writer has given it endpoint indexes. */
import type { MemberContent } from "./encode.ts";
import { HEALTH_AT_OCTETS, HEALTH_FULL, type Memory } from "./layout.ts";

/** A member of a pool before it has endpoint indexes. */
export type Member = Omit<MemberContent, "firstEndpoint">;

/** The health of addresses that stay goes with them to their new indexes, from `first` on; new ones start in full health. */
export function carryHealth(
  memory: Memory,
  from: MemberContent | undefined,
  to: Member,
  first: number,
): void {
  const { u8 } = memory;
  const known = from === undefined ? [] : [...from.ipv4, ...from.ipv6];
  [...to.ipv4, ...to.ipv6].forEach((address, i) => {
    const index = known.indexOf(address);
    const isNew = index < 0 || from === undefined;
    u8[HEALTH_AT_OCTETS + first + i] = isNew
      ? HEALTH_FULL
      : (u8[HEALTH_AT_OCTETS + from.firstEndpoint + index] as number);
  });
}

export function hasSameRange(a: MemberContent, b: MemberContent): boolean {
  return a.firstEndpoint === b.firstEndpoint && sameAddresses(a, b);
}

export function sameAddresses(a: Member, b: Member): boolean {
  return String(a.ipv4) === String(b.ipv4) && String(a.ipv6) === String(b.ipv6);
}
