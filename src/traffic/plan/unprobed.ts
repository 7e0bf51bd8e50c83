/** Addresses that are answered and not probed because of who wrote them, and what their owners are told. Pure. */
import { addressOf, addressText } from "../../federation/members/address.ts";
import type { Backend } from "../../federation/members/backend.ts";
import { isPrivate } from "../../federation/members/refused.ts";
import { Denial, failureBits, failureCure } from "../health/probe-failure.ts";

export const NONE_UNPROBED: readonly string[] = [];
const SHOWN_MAX = 3;

/** Of an earlier run: until its cluster has been read, nobody knows who wrote an address inside a network. */
export function isOfUnknownOrigin({ annotations }: Backend, address: number | string): boolean {
  return annotations === null && isPrivate(addressOf(address));
}

/** As text. */
export function unprobedIn({ unprobed }: Backend): readonly string[] {
  return unprobed === undefined ? NONE_UNPROBED : [...unprobed].map(addressText);
}

/** "10.0.0.1 and 2 more: …; answered all the same; CURE". */
export function unprobedText(addresses: readonly string[]): string {
  const shown = addresses.slice(0, SHOWN_MAX).join(", ");
  const more = addresses.length > SHOWN_MAX ? ` and ${addresses.length - SHOWN_MAX} more` : "";
  const cure = failureCure(failureBits(Denial.Tenant));
  return `${shown}${more}: not probed: ${Denial.Tenant}; answered all the same; ${cure}`;
}
