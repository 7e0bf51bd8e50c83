/** From announced addresses and counted endpoints to a Backend. Pure. */
import { type Network, parseAddress, reasonToRefuseAddress } from "../../federation/members/address.ts";
import type { Backend, Annotations } from "../../federation/members/backend.ts";
import type { SliceFacts } from "../sources/endpoints.ts";

export type Refusal = { readonly address: string; readonly reason: string };

/** The part of a slice that is counted. */
type SliceCounts = Pick<SliceFacts, "addressType" | "ready" | "wanted">;
export type Counts = Pick<Backend, "readyEndpoints" | "wantedEndpoints">;

/** `addresses` as text, announced or resolved; refused ones are left out and returned with the reason. */
export function backendOf(
  addresses: readonly string[],
  counts: Counts,
  annotations: Annotations,
  allowed: readonly Network[],
): { readonly backend: Backend; readonly refusals: readonly Refusal[] } {
  const ipv4: number[] = [];
  const ipv6: string[] = [];
  const refusals: Refusal[] = [];
  for (const text of addresses) {
    const address = parseAddress(text);
    const reason = address === null ? "not an IP address" : reasonToRefuseAddress(address, allowed);
    if (address === null || reason !== null) refusals.push({ address: text, reason: reason as string });
    else if (address.family === 4) insert(ipv4, address.value);
    else insert(ipv6, address.value);
  }
  return { backend: { ...counts, annotations, ipv4, ipv6 }, refusals };
}

/** Inserts into a sorted list without duplicates; usually there is one address. */
function insert<T extends number | string>(list: T[], one: T): void {
  let place = list.length;
  while (place > 0 && (list[place - 1] as T) > one) place--;
  if (list[place - 1] !== one) list.splice(place, 0, one);
}

/**
 * Counts ready endpoints by family: a dual-stack service has each endpoint in two slices, so the family with more of them
 * counts. `areAllReady`: endpoints that are not ready count too (publishNotReadyAddresses).
 */
export function countsOf(slices: readonly SliceCounts[], areAllReady: boolean = false): Counts {
  const ipv6 = sumOf(slices, areAllReady, true);
  const others = sumOf(slices, areAllReady, false);
  return {
    readyEndpoints: Math.max(ipv6.ready, others.ready),
    wantedEndpoints: Math.max(ipv6.wanted, others.wanted),
  };
}

function sumOf(
  slices: readonly SliceCounts[],
  areAllReady: boolean,
  isIpv6: boolean,
): { readonly ready: number; readonly wanted: number } {
  let [ready, wanted] = [0, 0];
  for (const slice of slices) {
    if ((slice.addressType === "IPv6") !== isIpv6) continue;
    ready += areAllReady ? slice.wanted : slice.ready;
    wanted += slice.wanted;
  }
  return { ready, wanted };
}
