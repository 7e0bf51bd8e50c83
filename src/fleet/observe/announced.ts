/** What objects of one cluster announce for a service or host, joined, and which of it nobody probes. Pure. */
import { type Address, isInside, parseAddress } from "../../federation/members/address.ts";
import type { Backend } from "../../federation/members/backend.ts";
import { type AddressRules, isPrivate } from "../../federation/members/refused.ts";
import type { Resolved } from "./hostname-watches.ts";

/** Addresses as text, and host names that have further ones. */
export type Announced = {
  readonly addresses: readonly string[];
  readonly hostnames: readonly string[];
  /** A tenant wrote them, not a controller. Absent = false. */
  readonly isOfTenant?: boolean;
};

type Joined = Pick<Announced, "addresses" | "hostnames">;

export function joined(announced: readonly Announced[]): Joined {
  const [only, ...more] = announced;
  if (only !== undefined && more.length === 0) return only;
  return {
    addresses: announced.flatMap(({ addresses }) => addresses),
    hostnames: announced.flatMap(({ hostnames }) => hostnames),
  };
}

/** With the addresses that were looked up. */
export function withFound(addresses: readonly string[], resolved: readonly Resolved[]): readonly string[] {
  const found = resolved.flatMap((host) => [...host.addresses.ipv4, ...host.addresses.ipv6]);
  return found.length === 0 ? addresses : [...addresses, ...found];
}

/**
 * The addresses that a tenant wrote, or has looked up, which lead inside a network that `allow` does not give this cluster, and
 * which no controller announces: nobody may have fedns knock there.
 */
export function unprobedOf(
  announced: readonly Announced[],
  found: (hostnames: readonly string[]) => readonly Resolved[],
  { allow }: AddressRules,
): Pick<Backend, "unprobed"> {
  if (!announced.some(({ isOfTenant }) => isOfTenant === true)) return {};
  const written = new Map<number | string, Address>();
  for (const { isOfTenant, addresses, hostnames } of announced)
    if (isOfTenant === true)
      for (const address of parsed(withFound(addresses, found(hostnames))))
        written.set(address.value, address);
  for (const { isOfTenant, addresses, hostnames } of announced)
    if (isOfTenant !== true)
      for (const { value } of parsed(withFound(addresses, found(hostnames)))) written.delete(value);
  const inside = [...written.values()].filter(
    (one) => isPrivate(one) && !allow.some((network) => isInside(one, network)),
  );
  return inside.length === 0 ? {} : { unprobed: new Set(inside.map(({ value }) => value)) };
}

function parsed(texts: readonly string[]): readonly Address[] {
  return texts.flatMap((text) => parseAddress(text) ?? []);
}
