/** From announced addresses and counted endpoints to a Backend. Pure. */
import { type Network, parseAddress, reasonToRefuseAddress } from "../../federation/members/address.ts";
import type { Backend, Annotations } from "../../federation/members/backend.ts";
import type { SliceFacts } from "../sources/endpoint-slice.ts";

export type Refusal = { readonly address: string; readonly reason: string };

/** The part of a slice that is counted. */
type SliceCounts = Pick<SliceFacts, "addressType" | "ready" | "waiting">;
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
 * Counts ready endpoints by family: a dual-stack service has each endpoint in slices of both, so the family with more of them
 * counts. An endpoint that several slices have counts once, and is ready when any of them says so: while slices are filled
 * anew, one may be behind. `areAllReady`: endpoints that are not ready count too (publishNotReadyAddresses).
 */
export function countsOf(slices: readonly SliceCounts[], areAllReady: boolean = false): Counts {
  const ipv6 = countOne(slices.filter(({ addressType }) => addressType === "IPv6"));
  const others = countOne(slices.filter(({ addressType }) => addressType !== "IPv6"));
  const wantedEndpoints = Math.max(ipv6.wanted, others.wanted);
  return {
    readyEndpoints: areAllReady ? wantedEndpoints : Math.max(ipv6.ready, others.ready),
    wantedEndpoints,
  };
}

/** Of one family. */
function countOne(slices: readonly SliceCounts[]): { readonly ready: number; readonly wanted: number } {
  const [only] = slices;
  if (only === undefined) return { ready: 0, wanted: 0 };
  const ready = slices.length === 1 ? only.ready.length : new Set(slices.flatMap((one) => one.ready)).size;
  const hasWaiting = slices.some(({ waiting }) => waiting.length > 0);
  if (!hasWaiting) return { ready, wanted: ready };
  return { ready, wanted: new Set(slices.flatMap((one) => [...one.ready, ...one.waiting])).size };
}
