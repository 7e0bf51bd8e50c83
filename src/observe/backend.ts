/** From what a cluster says of a service or host to the backend we believe in. Pure. */
import { type Address, type Network, parseAddress, reasonToRefuseAddress } from "../federation/address.ts";
import type { Backend, Said } from "../federation/pool.ts";
import type { SliceFacts } from "./source-endpoints.ts";

export type Refusal = { readonly address: string; readonly reason: string };

/** What of a slice is counted. */
export type SliceCounts = Pick<SliceFacts, "addressType" | "ready" | "wanted">;
export type Counts = Pick<Backend, "readyEndpoints" | "wantedEndpoints">;

/** `addresses` are literal, as announced or resolved; refused ones are reported and left out. */
export function backendOf(
  addresses: readonly string[],
  counts: Counts,
  said: Said,
  allowed: readonly Network[],
): { readonly backend: Backend; readonly refusals: readonly Refusal[] } {
  const accepted: Address[] = [];
  const refusals: Refusal[] = [];
  for (const text of addresses) {
    const address = parseAddress(text);
    const reason = address === null ? "not an IP address" : reasonToRefuseAddress(address, allowed);
    if (address !== null && reason === null) accepted.push(address);
    else refusals.push({ address: text, reason: reason as string });
  }
  const ipv4 = new Set(accepted.filter((a) => a.family === 4).map((a) => a.value as number));
  const ipv6 = new Set(accepted.filter((a) => a.family === 6).map((a) => a.value as string));
  const backend = {
    ...counts,
    said,
    ipv4: [...ipv4].sort((a, b) => a - b),
    ipv6: [...ipv6].sort(),
  };
  return { backend, refusals };
}

/**
 * Ready endpoints count per family: a dual-stack service has each endpoint twice, in two slices, so the larger family
 * counts. With `areAllReady` those that are not ready count as well (publishNotReadyAddresses).
 */
export function countsOf(slices: Iterable<SliceCounts>, areAllReady: boolean = false): Counts {
  const perFamily = new Map<string, { ready: number; wanted: number }>();
  for (const { addressType, ready, wanted } of slices) {
    const sum = perFamily.get(addressType) ?? { ready: 0, wanted: 0 };
    perFamily.set(addressType, {
      ready: sum.ready + (areAllReady ? wanted : ready),
      wanted: sum.wanted + wanted,
    });
  }
  const families = [...perFamily.values()];
  return {
    readyEndpoints: Math.max(0, ...families.map(({ ready }) => ready)),
    wantedEndpoints: Math.max(0, ...families.map(({ wanted }) => wanted)),
  };
}
