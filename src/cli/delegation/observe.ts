/** Asks the servers of the parent zone and every nameserver of the zone. */
import type { DnsServer } from "../../fleet/resolve/dns-client.ts";
import { ask, type AskOptions, type Outcome } from "./ask.ts";
import {
  type DelegationFacts,
  isInDomain,
  type NamedServer,
  type NsSet,
  type ParentFacts,
  type ServerAnswer,
  type ServerFacts,
} from "./facts.ts";
import { findParent, lookUp, type Resolver } from "./find-parent.ts";
import { addressesIn, recordsOf, type ReplyFacts } from "./reply.ts";

type ObserveOptions = {
  readonly zone: string;
  readonly settings: readonly NamedServer[] | null;
  /** Servers of the parent zone; empty: found through the resolver. */
  readonly parentServers: readonly DnsServer[];
  /** Null: nothing is looked up, so nameservers outside the zone need addresses in the settings. */
  readonly resolver: DnsServer | null;
  /** The port of the nameservers. */
  readonly port: number;
  readonly timeoutMs: number;
};

export async function observeDelegation(options: ObserveOptions): Promise<DelegationFacts> {
  const { zone, settings } = options;
  const parent = await parentOf(options);
  const parents = await Promise.all(parent.servers.map((server) => askParent(server, options)));
  const delegated = parents.flatMap(({ set }) => set?.nameservers ?? []);
  const first = await askAll(merged([...delegated, ...(settings ?? [])]), options);
  // The zone itself may have nameservers and addresses that neither the parent nor the settings have.
  const isNew = ({ name }: NamedServer): boolean =>
    !first.known.some((one) => one.name === name && one.addresses.length > 0);
  const atApex = merged(first.servers.flatMap(({ apex }) => apex?.nameservers ?? []));
  const more = await askAll(atApex.filter(isNew), options);
  const known = [
    ...first.known.filter((one) => !more.known.some(({ name }) => name === one.name)),
    ...more.known,
  ];
  return {
    zone,
    parent: parent.zone,
    parentProblem: parent.problem,
    parents,
    settings,
    servers: [...first.servers, ...more.servers],
    unresolved: known.filter(({ addresses }) => addresses.length === 0).map(({ name }) => name),
    aliases: known.filter(({ isAlias }) => isAlias).map(({ name }) => name),
  };
}

type Resolved = NamedServer & { readonly isAlias: boolean };

async function askAll(
  names: readonly NamedServer[],
  options: ObserveOptions,
): Promise<{ readonly known: readonly Resolved[]; readonly servers: readonly ServerFacts[] }> {
  const known = await withAddresses(names, options);
  const pairs = known.flatMap(({ name, addresses }) => addresses.map((address) => ({ name, address })));
  const servers = await Promise.all(
    pairs.map((pair) => askServer(pair, { address: pair.address, port: options.port }, options)),
  );
  return { known, servers };
}

type ParentServers = {
  readonly zone: string;
  readonly servers: readonly DnsServer[];
  readonly problem: string;
};

async function parentOf(options: ObserveOptions): Promise<ParentServers> {
  const { zone, parentServers, port } = options;
  if (parentServers.length > 0) return { zone: "", servers: parentServers, problem: "" };
  const resolver = resolverOf(options);
  if (resolver === null) return { zone: "", servers: [], problem: "there is no resolver to find it with" };
  const { zone: parent, addresses, problem } = await findParent(zone, resolver);
  return { zone: parent, servers: addresses.map((address) => ({ address, port })), problem };
}

async function askParent(server: DnsServer, { zone, timeoutMs }: ObserveOptions): Promise<ParentFacts> {
  const options: AskOptions = { transport: "auto", recursive: false, timeoutMs };
  const ns = await ask(server, zone, "NS", options);
  const nothing = { server: serverName(server), why: "", set: null, hasDs: false };
  if (ns.kind !== "reply") return { ...nothing, kind: "failed", why: ns.why };
  const { rcode, isAuthoritative, answers, authorities } = ns.reply;
  if (rcode !== "NOERROR" && rcode !== "NXDOMAIN")
    return { ...nothing, kind: "failed", why: `it answers ${rcode}` };
  const set = nsSetOf(zone, authorities, ns.reply);
  if (set === null) {
    if (!isAuthoritative) return { ...nothing, kind: "failed", why: "it does not serve the parent zone" };
    return { ...nothing, kind: recordsOf(answers, zone, "NS").length > 0 ? "hosted" : "absent" };
  }
  const ds = await ask(server, zone, "DS", options);
  const hasDs = ds.kind === "reply" && recordsOf(ds.reply.answers, zone, "DS").length > 0;
  return { ...nothing, kind: "referral", set, hasDs };
}

/** Each name once, with all of its addresses. */
function merged(servers: readonly NamedServer[]): readonly NamedServer[] {
  const groups = Map.groupBy(servers, ({ name }) => name);
  return [...groups].map(([name, all]) => ({
    name,
    addresses: [...new Set(all.flatMap(({ addresses }) => addresses))].sort(),
  }));
}

/** Addresses of names outside the zone come from the resolver; those of names inside it only from glue and settings. */
async function withAddresses(
  names: readonly NamedServer[],
  options: ObserveOptions,
): Promise<readonly Resolved[]> {
  const resolver = resolverOf(options);
  return Promise.all(
    names.map(async ({ name, addresses }) => {
      if (resolver === null || isInDomain(name, options.zone)) return { name, addresses, isAlias: false };
      const found = await lookUp(name, resolver);
      const all = [...new Set([...addresses, ...found.addresses])].sort();
      return { name, addresses: all, isAlias: found.isAlias };
    }),
  );
}

async function askServer(
  { name, address }: Pick<ServerFacts, "name" | "address">,
  server: DnsServer,
  { zone, timeoutMs }: ObserveOptions,
): Promise<ServerFacts> {
  const options = { recursive: false, timeoutMs };
  let udp = await ask(server, zone, "SOA", { ...options, transport: "udp" });
  const isWithoutEdns = udp.kind === "reply" && udp.reply.rcode === "FORMERR";
  // A server that does not know EDNS refuses the query or drops it (RFC 6891 §7).
  if (isWithoutEdns || udp.kind === "silent") {
    const plain = await ask(server, zone, "SOA", { ...options, transport: "udp", edns: false });
    if (plain.kind === "reply") udp = plain;
  }
  const tcp = await ask(server, zone, "SOA", { ...options, transport: "tcp" });
  const apex =
    udp.kind === "reply" || tcp.kind === "reply" ? await apexOf(server, { zone, timeoutMs }) : null;
  return { name, address, udp: answerOf(udp, zone), tcp: answerOf(tcp, zone), apex };
}

async function apexOf(
  server: DnsServer,
  { zone, timeoutMs }: Pick<ObserveOptions, "zone" | "timeoutMs">,
): Promise<NsSet | null> {
  const options: AskOptions = { transport: "auto", recursive: false, timeoutMs };
  const ns = await ask(server, zone, "NS", options);
  if (ns.kind !== "reply" || !ns.reply.isAuthoritative) return null;
  const set = nsSetOf(zone, ns.reply.answers, ns.reply);
  if (set === null) return null;
  const nameservers = await Promise.all(
    set.nameservers.map(async ({ name }) => ({
      name,
      addresses: isInDomain(name, zone) ? await addressesAt(server, name, options) : [],
    })),
  );
  return { nameservers, ttlSeconds: set.ttlSeconds };
}

async function addressesAt(server: DnsServer, name: string, options: AskOptions): Promise<readonly string[]> {
  const found = await Promise.all(["A", "AAAA"].map((type) => ask(server, name, type, options)));
  return found
    .flatMap((outcome) => (outcome.kind === "reply" ? addressesIn(outcome.reply.answers, name) : []))
    .sort();
}

function nsSetOf(zone: string, records: ReplyFacts["answers"], reply: ReplyFacts): NsSet | null {
  const found = recordsOf(records, zone, "NS");
  const [first] = found;
  if (first === undefined) return null;
  const names = [...new Set(found.map(({ value }) => value))].sort();
  return {
    nameservers: names.map((name) => ({ name, addresses: addressesIn(reply.additionals, name) })),
    ttlSeconds: first.ttlSeconds,
  };
}

function answerOf(outcome: Outcome, zone: string): ServerAnswer {
  if (outcome.kind !== "reply") return outcome;
  const { rcode, isAuthoritative, hasEdns, answers } = outcome.reply;
  const [soa] = recordsOf(answers, zone, "SOA");
  return {
    kind: "answer",
    isAuthoritative,
    rcode,
    hasEdns,
    serial: soa === undefined ? null : Number(soa.value),
  };
}

function resolverOf({ resolver, timeoutMs }: ObserveOptions): Resolver | null {
  return resolver === null ? null : { server: resolver, timeoutMs };
}

function serverName({ address, port }: DnsServer): string {
  if (port === 53) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
