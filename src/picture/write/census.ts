/** What a writer must know of a picture that it opens, counted once from its pools. */
import { isPool, keyLabels, keyOf, poolOf } from "../content/decode.ts";
import type { Memory } from "../format/memory.ts";
import { HOSTS } from "../format/node.ts";
import { serviceFederation } from "../format/pool.ts";
import { recordsOf, SERVICES } from "../format/table.ts";

/** Services per namespace. */
export class NamespaceCounts {
  readonly #counts: Map<string, number> = new Map();

  constructor(memory: Memory) {
    for (const service of recordsOf(memory.u32, SERVICES)) {
      const federation = serviceFederation(memory.u32, service);
      if (!isPool(memory, service) || federation === HOSTS) continue;
      this.add(federation, namespaceIn(keyOf(memory, service)), 1);
    }
  }

  /** `label` in wire form. */
  has(federation: number, label: Uint8Array): boolean {
    return this.#counts.has(countKey(federation, label));
  }

  /** `label` in wire form. Returns the new count. */
  add(federation: number, label: Uint8Array, by: number): number {
    const key = countKey(federation, label);
    const count = (this.#counts.get(key) ?? 0) + by;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
    return count;
  }
}

function countKey(federation: number, label: Uint8Array): string {
  return `${federation} ${keyLabels(label)[0] ?? ""}`;
}

/** The second label of a service's key, in wire form. */
export function namespaceIn(key: Uint8Array): Uint8Array {
  return key.subarray((key[0] as number) + 1);
}

/** The ranges of endpoint indexes that live pools have. */
export function endpointsInUse(memory: Memory): { readonly first: number; readonly count: number }[] {
  const used: { first: number; count: number }[] = [];
  for (const service of recordsOf(memory.u32, SERVICES)) {
    if (!isPool(memory, service)) continue;
    for (const { firstEndpoint, ipv4, ipv6 } of poolOf(memory, service).members) {
      const count = ipv4.length + ipv6.length;
      if (count > 0) used.push({ first: firstEndpoint, count });
    }
  }
  return used;
}
