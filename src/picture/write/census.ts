/** Counting what a picture holds: services per namespace, live words. Done once when a writer opens it. */
import { keyLabels, keyOf, kindOf, poolOf, recordsOf, wordsOf } from "../format/decode.ts";
import { Header, HOSTS, Kind, type Memory, ONLY_RECORDS, POOL_WORDS } from "../format/layout.ts";

export class NamespaceCounts {
  readonly #counts: Map<string, number> = new Map();

  /** `label` in wire form. Returns the new count. */
  add(federation: number, label: Uint8Array, by: number): number {
    const key = `${federation} ${keyLabels(label)[0] ?? ""}`;
    const count = (this.#counts.get(key) ?? 0) + by;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
    return count;
  }
}

/** Fills `counts` from the live pools; returns the words of all live records. */
export function decodePoolsInto(memory: Memory, counts: NamespaceCounts): number {
  let live = 0;
  for (const at of recordsOf(memory, Header.Nodes)) live += wordsOf(memory, at);
  for (const at of recordsOf(memory, Header.Services)) {
    live += wordsOf(memory, at);
    const federation = (memory.u32[at + 3] as number) >>> 16;
    if (kindOf(memory, at) !== Kind.Pool || federation === HOSTS) continue;
    const key = keyOf(memory, at, POOL_WORDS);
    counts.add(federation, key.subarray((key[0] as number) + 1), 1);
  }
  const only = ONLY_RECORDS.map((word) => memory.u32[word] as number).filter((at) => at !== 0);
  return only.reduce((words, at) => words + wordsOf(memory, at), live);
}

/** The ranges of endpoint indexes that live pools have. */
export function endpointsInUse(memory: Memory): { readonly first: number; readonly count: number }[] {
  const used: { first: number; count: number }[] = [];
  for (const at of recordsOf(memory, Header.Services)) {
    if (kindOf(memory, at) !== Kind.Pool) continue;
    for (const { firstEndpoint, ipv4, ipv6 } of poolOf(memory, at).members) {
      const count = ipv4.length + ipv6.length;
      if (count > 0) used.push({ first: firstEndpoint, count });
    }
  }
  return used;
}
