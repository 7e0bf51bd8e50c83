/** From announced addresses and counted endpoints to a Backend. Pure. */
import { parseAddress } from "../../federation/members/address.ts";
import { type AddressRules, reasonToRefuseAddress } from "../../federation/members/refused.ts";
import type { Backend, Annotations } from "../../federation/members/backend.ts";
import type { SliceFacts } from "../sources/endpoint-slice.ts";

export type Refusal = { readonly address: string; readonly reason: string };

/** The part of a slice that is counted. */
type SliceCounts = Pick<SliceFacts, "addressType" | "ready" | "waiting">;
export type Counts = Pick<Backend, "readyEndpoints" | "wantedEndpoints">;

/** `addresses` as text, announced or resolved; refused ones, and those over `max`, are left out and returned with the reason. */
export function backendOf(
  addresses: readonly string[],
  counts: Counts,
  annotations: Annotations,
  rules: AddressRules,
  max: number = Number.POSITIVE_INFINITY,
): { readonly backend: Backend; readonly refusals: readonly Refusal[] } {
  const ipv4: number[] = [];
  const ipv6: string[] = [];
  const refusals: Refusal[] = [];
  for (const text of addresses) {
    const address = parseAddress(text);
    const reason = address === null ? "not an IP address" : reasonToRefuseAddress(address, rules);
    if (address === null || reason !== null) refusals.push({ address: text, reason: reason as string });
    else if (address.family === 4) ipv4.push(address.value);
    else ipv6.push(address.value);
  }
  const [all4, all6] = [inOrder(ipv4), inOrder(ipv6)];
  const over = all4.length + all6.length - max;
  if (over <= 0) return { backend: { ...counts, annotations, ipv4: all4, ipv6: all6 }, refusals };
  refusals.push({ address: `${over} of them`, reason: `a host has at most ${max} addresses in one cluster` });
  const kept4 = all4.slice(0, max);
  const backend = { ...counts, annotations, ipv4: kept4, ipv6: all6.slice(0, max - kept4.length) };
  return { backend, refusals };
}

/** Without duplicates. */
function inOrder<T extends number | string>(list: readonly T[]): readonly T[] {
  return list.length < 2 ? list : [...new Set(list)].sort((a, b) => (a < b ? -1 : 1));
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
