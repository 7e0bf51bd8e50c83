/** From a resolver's answer to the addresses of a host name: along the chain of CNAMEs, and nothing beside it. */
import { Packet } from "dns2";
import type { Message } from "./dns-client.ts";

/** What one question (A or AAAA) gave. `none` = the name has none of this type; `failed` = nobody could say. */
export type FamilyOutcome =
  | { readonly kind: "found"; readonly addresses: readonly string[]; readonly ttlSeconds: number }
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly reason: string };

/** Both families of one host name, as the worker reports them. */
export type HostnameOutcome = { readonly ipv4: FamilyOutcome; readonly ipv6: FamilyOutcome };

/** As many as any load balancer announces, times four. */
const maxAddresses = 32;
/** Resolvers give up at about as many. */
const maxChain = 16;

/** The addresses are sorted, in canonical spelling, without duplicates; the TTL is the least of the whole chain. */
export function readAnswer(message: Message, hostname: string, type: number): FamilyOutcome {
  const { rcode } = message.header;
  if (rcode === Packet.RCODE.NXDOMAIN) return { kind: "none" };
  if (rcode !== Packet.RCODE.NOERROR)
    return { kind: "failed", reason: `the resolver answered with code ${rcode}` };
  if (message.header.tc === 1) return { kind: "failed", reason: "the answer is truncated over TCP too" };
  let owner = hostname.toLowerCase();
  let ttlSeconds = Infinity;
  for (let hops = 0; hops <= maxChain; hops++) {
    const mine = message.answers.filter((record) => record.name.toLowerCase() === owner);
    const found = mine.filter((record) => record.type === type && record.address !== undefined);
    if (found.length > 0) {
      const addresses = [...new Set(found.map((record) => record.address ?? ""))]
        .sort()
        .slice(0, maxAddresses);
      return { kind: "found", addresses, ttlSeconds: Math.min(ttlSeconds, ...found.map(({ ttl }) => ttl)) };
    }
    const alias = mine.find((record) => record.type === Packet.TYPE.CNAME);
    if (alias?.domain === undefined) return { kind: "none" };
    ttlSeconds = Math.min(ttlSeconds, alias.ttl);
    owner = alias.domain.toLowerCase();
  }
  return { kind: "failed", reason: `more than ${maxChain} aliases` };
}
