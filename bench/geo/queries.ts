/**
 * Queries as whole messages, each with a client subnet of its own (RFC 7871). dnsperf's option sets one subnet for a
 * whole run, which would show nothing of a table with millions of prefixes. The same seed gives the same octets.
 */
import { serviceName } from "../image/fleet.ts";
import { domain } from "../load/federation.ts";
import { writeQuery } from "../load/ask.ts";

/** Family 1 or 2 of RFC 7871 §6, and the octets of the prefix; its length is 8 for each. */
export type Subnet = { readonly family: 1 | 2; readonly octets: Uint8Array };

const ednsOption = 8;
const optionHeadOctets = 8;
/** What resolvers send of an IPv6 address (RFC 7871 §11.1): /56. */
const subnetOctetsV6 = 7;
/** The first octet of IPv4 addresses that hosts have: 1 to 223. */
const firstOctets = 223;

/** Any /24. One in thirty is not allocated on the Internet; it is queried all the same. */
export function randomV4(random: () => number): Subnet {
  const octet = (from: number, count: number): number => from + Math.floor(random() * count);
  return { family: 1, octets: Uint8Array.of(octet(1, firstOctets), octet(0, 256), octet(0, 256)) };
}

/**
 * A /56 in one of `prefixes`: the high and low word of each, one after the other. A random IPv6 prefix would hardly
 * ever be allocated.
 */
export function randomV6(prefixes: Int32Array, random: () => number): Subnet {
  const index = 2 * Math.floor(random() * (prefixes.length >>> 1));
  const view = new DataView(new ArrayBuffer(8));
  view.setInt32(0, prefixes[index] ?? 0);
  view.setInt32(4, prefixes[index + 1] ?? 0);
  return { family: 2, octets: new Uint8Array(view.buffer, 0, subnetOctetsV6) };
}

/** A query for the addresses of a service at the top level, from a resolver whose client is in `subnet`. */
export function subnetQuery(service: number, { family, octets }: Subnet, id: number): Uint8Array {
  const plain = writeQuery({ name: serviceName(service, domain), edns: true }, id);
  const query = new Uint8Array(plain.length + optionHeadOctets + octets.length);
  query.set(plain);
  const optionOctets = 4 + octets.length;
  // The length of the OPT record's data is the last field of it.
  query.set([0, 4 + optionOctets], plain.length - 2);
  query.set([0, ednsOption, 0, optionOctets, 0, family, 8 * octets.length, 0], plain.length);
  query.set(octets, plain.length + optionHeadOctets);
  return query;
}

export type QueryPlan = {
  readonly count: number;
  /** Asked for are the services below it. */
  readonly services: number;
  readonly subnet: (random: () => number) => Subnet;
};

/** Each message behind its length in two octets, as dnsperf reads them with -B. */
export function wireQueries({ count, services, subnet }: QueryPlan, random: () => number): Buffer {
  const messages: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const query = subnetQuery(Math.floor(random() * services), subnet(random), 0);
    messages.push(Uint8Array.of(query.length >> 8, query.length & 0xff), query);
  }
  return Buffer.concat(messages);
}
