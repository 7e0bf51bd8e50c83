/** The small internet of the delegation test: addresses in one family, and the zones of all servers except fedns. */

/** The address of each server, in one family: resolvers cannot reach a server of the other family. */
export type Network = {
  readonly family: 4 | 6;
  readonly root: string;
  readonly com: string;
  readonly fedns: readonly [string, string];
  readonly child: string;
  readonly stub: string;
  /** One address for each of RESOLVERS. */
  readonly resolvers: readonly string[];
};

const RESOLVERS_COUNT = 4;

/** The last part of the addresses is the same in both. */
export const NETWORKS: Readonly<Record<"IPv4" | "IPv6", Network>> = {
  IPv4: networkOf(4, (host) => `127.53.0.${host}`),
  IPv6: networkOf(6, (host) => `fd53::${host}`),
};

function networkOf(family: 4 | 6, at: (host: number) => string): Network {
  const resolvers = Array.from({ length: RESOLVERS_COUNT }, (_, index) => at(10 + index));
  return { family, root: at(1), com: at(2), fedns: [at(3), at(4)], child: at(5), stub: at(6), resolvers };
}

export function addressType({ family }: Network): "A" | "AAAA" {
  return family === 4 ? "A" : "AAAA";
}

/** `local.com` has what federations do not: long answers, aliases into the federation, and a delegated child. */
const LONG_TEXTS = Array.from(
  { length: 30 },
  (_, i) => `long TXT "${String(i).padStart(3, "0").repeat(30)}"`,
);
const FAT_TEXTS = Array.from({ length: 8 }, (_, i) => `fat TXT "${String(i).padStart(3, "0").repeat(30)}"`);
export const localZone = (network: Network): string => `$TTL 300
@ SOA ns1.example.com. hostmaster.example.com. 1 3600 600 604800 20
@ NS ns1.example.com.
@ NS ns2.example.com.
www CNAME hello.demo.myfed.svc.example.com.
old DNAME demo.myfed.svc.example.com.
*.wild A 192.0.2.77
child NS ns.child
ns.child ${addressType(network)} ${network.child}
${LONG_TEXTS.join("\n")}
${FAT_TEXTS.join("\n")}
`;

export const rootZone = (network: Network): string => `$TTL 300
. SOA ns.root. hostmaster.root. 1 3600 600 604800 60
. NS ns.root.
ns.root. ${addressType(network)} ${network.root}
com. NS ns.com.
ns.com. ${addressType(network)} ${network.com}
`;

/** Two name servers with glue. `local.com` has the same ones, whose addresses the parent knows from another zone. */
export const comZone = (network: Network): string => `$ORIGIN com.
$TTL 300
@ SOA ns.com. hostmaster.com. 1 3600 600 604800 60
@ NS ns.com.
ns ${addressType(network)} ${network.com}
example NS ns1.example
example NS ns2.example
local NS ns1.example
local NS ns2.example
ns1.example ${addressType(network)} ${network.fedns[0]}
ns2.example ${addressType(network)} ${network.fedns[1]}
`;

export const childZone = (network: Network): string => `$ORIGIN child.local.com.
$TTL 300
@ SOA ns hostmaster 1 3600 600 604800 60
@ NS ns
ns ${addressType(network)} ${network.child}
deep A 192.0.2.88
`;
