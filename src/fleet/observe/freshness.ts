/** Until when the addresses of a backend hold that were looked up. Pure. */
import { parseAddress } from "../../federation/members/address.ts";
import type { Backend } from "../../federation/members/backend.ts";
import type { Resolved } from "./hostname-watches.ts";

/** `announced`: addresses as text that hold by themselves, also if a look-up finds them too. Of several look-ups the last counts. */
export function freshnessOf(
  resolved: readonly Resolved[],
  announced: readonly string[],
): Pick<Backend, "freshUntil"> {
  const times = new Map<number | string, number>();
  for (const { addresses, freshness } of resolved) {
    note(times, addresses.ipv4, freshness.ipv4);
    note(times, addresses.ipv6, freshness.ipv6);
  }
  for (const text of announced) {
    const address = parseAddress(text);
    if (address !== null) times.delete(address.value);
  }
  return times.size === 0 ? {} : { freshUntil: times };
}

function note(times: Map<number | string, number>, texts: readonly string[], until: number | null): void {
  if (until === null) return;
  for (const text of texts) {
    const address = parseAddress(text);
    if (address !== null) times.set(address.value, Math.max(until, times.get(address.value) ?? 0));
  }
}
