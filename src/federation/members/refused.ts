/**
 * Which addresses are not answered, although a member announces them, and which lead inside.
 *
 * | the address is in                                        | answered                           |
 * |----------------------------------------------------------|------------------------------------|
 * | a network that leads nowhere, to clients themselves, or to the metadata service of a cloud | never |
 * | `addresses.deny` of its cluster                          | no                                 |
 * | no network of `addresses.allow`, where there are some    | no                                 |
 * | any other                                                | yes                                |
 *
 * An IPv6 address counts as each of the IPv4 addresses to which translators and tunnels would send its packets, too.
 */
import { type Address, isInside, type Network, parseNetwork } from "./address.ts";

/** What a member may announce. */
export type AddressRules = {
  /** Empty = any. */
  readonly allow: readonly Network[];
  readonly deny: readonly Network[];
};

/** The same as text: CIDR, and among `deny` the word DOCUMENTATION. */
export type AddressRulesText = { readonly allow: readonly string[]; readonly deny: readonly string[] };

/** In `deny`: the networks that are for examples in documents (RFC 5737, RFC 3849, RFC 9637). */
export const DOCUMENTATION = "documentation";
const DOCUMENTATION_NETWORKS = networks(
  "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20".split(" "),
);

/** The first that fits gives the word. Members and tenants have no say in these: an answer or a probe there helps nobody. */
const REFUSED = [
  ["255.255.255.255/32", "broadcast"],
  // Metadata services of clouds, where they are not link-local: they give credentials to whoever can ask them.
  ["168.63.129.16/32", "metadata"],
  ["100.100.100.200/32", "metadata"],
  ["192.0.0.192/32", "metadata"],
  ["fd00:ec2::254/128", "metadata"],
  ["fd20:ce::254/128", "metadata"],
  ["::1/128", "loopback"],
  ["0.0.0.0/8", "unspecified"],
  ["127.0.0.0/8", "loopback"],
  ["169.254.0.0/16", "link-local"],
  ["192.0.0.0/24", "protocol"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved"],
  ["::/128", "unspecified"],
  ["fe80::/10", "link-local"],
  ["fec0::/10", "site-local"],
  ["ff00::/8", "multicast"],
].map(([text = "", what = ""]) => ({ network: parseNetwork(text) as Network, what }));

/** Networks that only hosts within reach: RFC 1918, CGNAT (RFC 6598), ULA (RFC 4193), benchmarks (RFC 2544). */
const PRIVATE = networks(
  "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 198.18.0.0/15 fc00::/7".split(" "),
);

export function addressRules({ allow, deny }: AddressRulesText): AddressRules {
  const denied = deny.flatMap((text) => (text === DOCUMENTATION ? DOCUMENTATION_NETWORKS : networks([text])));
  return { allow: networks(allow), deny: denied };
}

/** Why `address` must not be answered; null = it may be. */
export function reasonToRefuseAddress(address: Address, { allow, deny }: AddressRules): string | null {
  const what = refusedAs(address);
  if (what !== null) return `${what} addresses are never answered`;
  if (deny.length > 0 && isWithin(address, deny))
    return "in a network that addresses.deny of this cluster names";
  if (allow.length === 0 || allow.some((network) => isInside(address, network))) return null;
  return "outside the networks this cluster may announce";
}

/** "loopback", "metadata": the kind of network that no answer and no probe leads to; null = none of them. */
export function refusedAs(address: Address): string | null {
  const faces = facesOf(address);
  return REFUSED.find(({ network }) => faces.some((face) => isInside(face, network)))?.what ?? null;
}

/** Whether it is reached only from inside some network. */
export function isPrivate(address: Address): boolean {
  return isWithin(address, PRIVATE);
}

/** The address, or one to which its packets would be sent on, is in one of the networks. */
export function isWithin(address: Address, list: readonly Network[]): boolean {
  return facesOf(address).some((face) => list.some((network) => isInside(face, network)));
}

function networks(texts: readonly string[]): readonly Network[] {
  return texts.flatMap((text) => parseNetwork(text) ?? []);
}

/** The address, and the IPv4 addresses to which translators and tunnels on the path would send packets for it. */
function facesOf(address: Address): readonly Address[] {
  if (address.family === 4) return [address];
  const { value } = address;
  const embedded = EMBEDDING.filter(({ pattern }) => pattern.test(value)).map(({ digits }) => digits(value));
  return [
    address,
    ...embedded.map((digits): Address => ({ family: 4, value: Number.parseInt(digits, 16) >>> 0 })),
  ];
}

type Embedding = {
  readonly pattern: RegExp;
  /** The eight hex digits of the IPv4 address. */
  readonly digits: (value: string) => string;
};

const inLast = (value: string): string => value.slice(24);

const EMBEDDING: readonly Embedding[] = [
  // Compatible (RFC 4291), translated (SIIT, RFC 2765), NAT64 (RFC 6052), NAT64 of one's own (RFC 8215).
  { pattern: /^0{24}/, digits: inLast },
  { pattern: /^0{16}ffff0000/, digits: inLast },
  { pattern: /^0064ff9b0{16}/, digits: inLast },
  { pattern: /^0064ff9b0001.{12}(?!0{8})/, digits: inLast },
  // The same with a prefix of 48 bits: bits 64 to 71 are between the halves. Where an address has only zeros, it has none there.
  { pattern: /^0064ff9b0001(?!0{4}..0{4})/, digits: (value) => value.slice(12, 16) + value.slice(18, 22) },
  // 6to4 (RFC 3056), and ISATAP (RFC 5214) below any prefix.
  { pattern: /^2002/, digits: (value) => value.slice(4, 12) },
  { pattern: /^.{16}0[02]005efe/, digits: inLast },
  // Teredo (RFC 4380): the server, and the client with its bits turned around.
  { pattern: /^20010000/, digits: (value) => value.slice(8, 16) },
  { pattern: /^20010000/, digits: (value) => (~Number.parseInt(inLast(value), 16) >>> 0).toString(16) },
];
