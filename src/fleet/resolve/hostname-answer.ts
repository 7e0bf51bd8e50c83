/** From a resolver's answer to the addresses of a host name: follows the chain of CNAMEs, and ignores all other records. */
import { Packet } from "dns2";
import type { Message } from "./dns-client.ts";

/** The outcome of one question (A or AAAA). `none`: the name has no address of this type. `failed`: no usable answer. */
export type FamilyOutcome =
  | { readonly kind: "found"; readonly addresses: readonly string[]; readonly ttlSeconds: number }
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly reason: string };

/** Both families of one host name, as the worker reports them. */
export type HostnameOutcome = { readonly ipv4: FamilyOutcome; readonly ipv6: FamilyOutcome };

/** Four times as many as load balancers announce. */
const ADDRESSES_MAX = 32;
/** About where resolvers give up. */
const ALIASES_MAX = 16;

/** The addresses are sorted, in canonical spelling, without duplicates; the TTL is the lowest in the whole chain. */
export function readAnswer(message: Message, hostname: string, type: number): FamilyOutcome {
  const { rcode } = message.header;
  if (rcode === Packet.RCODE.NXDOMAIN) return { kind: "none" };
  if (rcode !== Packet.RCODE.NOERROR)
    return { kind: "failed", reason: `the resolver answered with code ${rcode}` };
  if (message.header.tc === 1) return { kind: "failed", reason: "the answer is truncated over TCP too" };
  let owner = hostname.toLowerCase();
  let ttlSeconds = Infinity;
  for (let hops = 0; hops <= ALIASES_MAX; hops++) {
    const mine = message.answers.filter((record) => record.name.toLowerCase() === owner);
    const found = mine.filter((record) => record.type === type && record.address !== undefined);
    if (found.length > 0) {
      const addresses = [...new Set(found.map((record) => record.address ?? ""))]
        .sort()
        .slice(0, ADDRESSES_MAX);
      return { kind: "found", addresses, ttlSeconds: Math.min(ttlSeconds, ...found.map(({ ttl }) => ttl)) };
    }
    const alias = mine.find((record) => record.type === Packet.TYPE.CNAME);
    if (alias?.domain === undefined) return { kind: "none" };
    ttlSeconds = Math.min(ttlSeconds, alias.ttl);
    owner = alias.domain.toLowerCase();
  }
  return { kind: "failed", reason: `more than ${ALIASES_MAX} aliases` };
}
