/** A member that is written again: what is known of addresses that stay goes with them. */
import type { MemberContent, MemberDraft } from "../content/content.ts";
import {
  freshUntilOf,
  HEALTH_FULL,
  healthOf,
  reasonOf,
  reasonSince,
  setFreshUntil,
  setHealth,
  setReason,
} from "../format/in-place.ts";
import { cachedUntilAt, header, Header } from "../format/layout.ts";
import type { Memory } from "../format/memory.ts";

/** Addresses that stay keep health, reason and times at their new indexes, from `first` on; new ones start in full health. */
export function carryEndpoints(
  memory: Memory,
  from: MemberContent | undefined,
  to: MemberDraft,
  first: number,
): void {
  const known = from === undefined ? [] : [...from.ipv4, ...from.ipv6];
  [...to.ipv4, ...to.ipv6].forEach((address, i) => {
    const index = known.indexOf(address);
    if (index < 0 || from === undefined) freshEndpoint(memory, first + i);
    else copyEndpoint(memory, from.firstEndpoint + index, first + i);
  });
}

function freshEndpoint(memory: Memory, index: number): void {
  const capacity = header(memory.u32, Header.EndpointCapacity);
  setHealth(memory, index, HEALTH_FULL);
  setReason(memory, index, 0, 0);
  setFreshUntil(memory, index, 0);
  memory.u32[cachedUntilAt(capacity) + index] = 0;
}

function copyEndpoint(memory: Memory, from: number, to: number): void {
  const { u8, u32 } = memory;
  const cached = cachedUntilAt(header(u32, Header.EndpointCapacity));
  setHealth(memory, to, healthOf(u8, from));
  setReason(memory, to, reasonOf(u32, from), reasonSince(u32, from));
  u32[cached + to] = u32[cached + from] as number;
  setFreshUntil(memory, to, freshUntilOf(u32, from));
}

export function hasSameRange(a: MemberContent, b: MemberContent): boolean {
  return a.firstEndpoint === b.firstEndpoint && sameAddresses(a, b);
}

export function sameAddresses(a: MemberDraft, b: MemberDraft): boolean {
  return String(a.ipv4) === String(b.ipv4) && String(a.ipv6) === String(b.ipv6);
}

/** Unix seconds. If readiness stays as it is, so does the time. */
export function sinceOf(old: MemberContent, now: MemberDraft): number {
  return old.readyEndpoints === now.readyEndpoints && old.wantedEndpoints === now.wantedEndpoints
    ? old.since
    : now.since;
}
