/** One cluster's part of a pool, before and after the writer has given it endpoint indexes. */
import type { MemberContent } from "./encode.ts";
import { Header, HEALTH_AT_OCTETS, HEALTH_FULL, heldAt, type Memory, verdictsAt } from "./layout.ts";

/** A member of a pool before it has endpoint indexes. */
export type Member = Omit<MemberContent, "firstEndpoint">;

/** What is known of addresses that stay goes with them to their new indexes, from `first` on; new ones start in full health. */
export function carryEndpoints(
  memory: Memory,
  from: MemberContent | undefined,
  to: Member,
  first: number,
): void {
  const known = from === undefined ? [] : [...from.ipv4, ...from.ipv6];
  [...to.ipv4, ...to.ipv6].forEach((address, i) => {
    const index = known.indexOf(address);
    if (index < 0 || from === undefined) freshEndpoint(memory, first + i);
    else copyEndpoint(memory, from.firstEndpoint + index, first + i);
  });
}

function freshEndpoint({ u8, u32 }: Memory, index: number): void {
  const capacity = u32[Header.EndpointCapacity] as number;
  const verdict = verdictsAt(capacity) + 2 * index;
  u8[HEALTH_AT_OCTETS + index] = HEALTH_FULL;
  u32[heldAt(capacity) + index] = 0;
  u32[verdict] = 0;
  u32[verdict + 1] = 0;
}

function copyEndpoint({ u8, u32 }: Memory, from: number, to: number): void {
  const capacity = u32[Header.EndpointCapacity] as number;
  const verdicts = verdictsAt(capacity);
  u8[HEALTH_AT_OCTETS + to] = u8[HEALTH_AT_OCTETS + from] as number;
  u32[heldAt(capacity) + to] = u32[heldAt(capacity) + from] as number;
  u32.copyWithin(verdicts + 2 * to, verdicts + 2 * from, verdicts + 2 * from + 2);
}

export function hasSameRange(a: MemberContent, b: MemberContent): boolean {
  return a.firstEndpoint === b.firstEndpoint && sameAddresses(a, b);
}

export function sameAddresses(a: Member, b: Member): boolean {
  return String(a.ipv4) === String(b.ipv4) && String(a.ipv6) === String(b.ipv6);
}

/** Unix seconds: of what stays as it is, the moment from before. */
export function sinceOf(old: MemberContent, now: Member): number {
  return old.readyEndpoints === now.readyEndpoints && old.wantedEndpoints === now.wantedEndpoints
    ? old.since
    : now.since;
}
