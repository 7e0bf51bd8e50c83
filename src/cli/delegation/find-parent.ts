/** Finds the zone above a zone, and the servers of it, through a resolver. */
import type { DnsServer } from "../../fleet/resolve/dns-client.ts";
import { ask, type AskOptions } from "./ask.ts";
import { addressesIn, recordsOf } from "./reply.ts";

export type Resolver = { readonly server: DnsServer; readonly timeoutMs: number };

/** `problem` is "" when the parent was found. */
type Parent = {
  readonly zone: string;
  readonly addresses: readonly string[];
  readonly problem: string;
};

/** The closest name above `zone` that has an SOA record, and the addresses of its nameservers. */
export async function findParent(zone: string, resolver: Resolver): Promise<Parent> {
  for (let name = above(zone); ; name = above(name)) {
    const soa = await ask(resolver.server, name, "SOA", optionsOf(resolver));
    if (soa.kind !== "reply") return { zone: "", addresses: [], problem: `the resolver fails: ${soa.why}` };
    const { rcode, answers } = soa.reply;
    if (rcode !== "NOERROR" && rcode !== "NXDOMAIN")
      return { zone: "", addresses: [], problem: `the resolver answers ${rcode} for ${name || "."}` };
    if (recordsOf(answers, name, "SOA").length > 0) return serversOf(name, resolver);
    if (name === "") return { zone: "", addresses: [], problem: "the resolver knows no zone above it" };
  }
}

/** The addresses of a nameserver, and whether its name is an alias, which RFC 2181 §10.3 forbids. */
export async function lookUp(
  name: string,
  resolver: Resolver,
): Promise<{ readonly addresses: readonly string[]; readonly isAlias: boolean }> {
  const addresses: string[] = [];
  let isAlias = false;
  for (const type of ["A", "AAAA"]) {
    const outcome = await ask(resolver.server, name, type, optionsOf(resolver));
    if (outcome.kind !== "reply") continue;
    const { answers } = outcome.reply;
    isAlias ||= recordsOf(answers, name, "CNAME").length > 0;
    for (const owner of new Set(answers.map((record) => record.name)))
      addresses.push(...addressesIn(answers, owner));
  }
  return { addresses: [...new Set(addresses)].sort(), isAlias };
}

async function serversOf(zone: string, resolver: Resolver): Promise<Parent> {
  const ns = await ask(resolver.server, zone, "NS", optionsOf(resolver));
  const names = ns.kind === "reply" ? recordsOf(ns.reply.answers, zone, "NS").map(({ value }) => value) : [];
  const found = await Promise.all(names.map((name) => lookUp(name, resolver)));
  const addresses = [...new Set(found.flatMap((one) => one.addresses))].sort();
  const problem = addresses.length === 0 ? `the nameservers of ${zone || "."} have no addresses` : "";
  return { zone, addresses, problem };
}

function optionsOf({ timeoutMs }: Resolver): AskOptions {
  return { transport: "auto", recursive: true, timeoutMs };
}

function above(name: string): string {
  const dot = name.indexOf(".");
  return dot < 0 ? "" : name.slice(dot + 1);
}
