/**
 * A world: one or two small zones made to collide with themselves. Few labels, so that names meet; wildcards, aliases,
 * DNAMEs and cuts at every depth, above and below each other; chains, loops, and data that must stay hidden.
 */
import { RECORDS_PER_RRSET_MAX } from "../../src/dns/zone/rrset-collector.ts";
import { Random } from "../fuzz/random.ts";
import { type Pooled, serviceEntries, withHosts } from "./pools.ts";
import { addressRdata, nameRdata, type Rdata, someRdata, soaRdata, type TypeName } from "./rdata.ts";

export type Entry = {
  readonly owner: string;
  readonly ttl: number;
  readonly type: TypeName;
  readonly rdata: Rdata;
  /** For us it is no record: a cluster declares it. */
  readonly pooled?: Pooled;
};
export type WorldZone = { readonly origin: string; readonly entries: readonly Entry[] };
export type World = { readonly number: number; readonly zones: readonly WorldZone[] };

/** The last one has octets that host names cannot have. */
const ODD_LABEL = "o\\255\\000\\001";
const LABELS = ["a", "b", "c", "ent", "*", "ns", ODD_LABEL] as const;
const TTLS = [0, 1, 60, 300, 3600, 86_400, 2 ** 31 - 1] as const;
const PLAIN: readonly TypeName[] = ["A", "A", "AAAA", "MX", "TXT", "SRV", "PTR", "CAA", "TLSA", "TYPE65280"];
/** A batch has some forty federations then. */
const FEDERATED_PERCENT = 15;
const LONG = `${"l".repeat(63)}.`;

/** The name of world `number`. All have the same length, so that one can replace another. */
export function worldOrigin(number: number): string {
  return `w${String(number).padStart(6, "0")}.test.`;
}

export function makeWorld(seed: number, number: number): World {
  const random = Random.of(seed, number);
  // What clusters declare is drawn separately, so that the zones of a seed do not depend on it.
  const pools = Random.of(seed ^ 0x706f6f6c, number);
  const zones = makeZones(worldOrigin(number), random, pools);
  return { number, zones: pools.percent(50) ? withHosts(zones, pools) : zones };
}

function makeZones(origin: string, random: Random, pools: Random): readonly WorldZone[] {
  const outer = new Maker(origin, random);
  const isFederated = pools.percent(FEDERATED_PERCENT);
  const isInnerFederated = pools.percent(FEDERATED_PERCENT);
  if (!random.percent(40)) return [outer.make(3 + random.below(16), isFederated)];
  const inner = outer
    .someName(1 + random.below(3))
    .replaceAll("*.", "a.")
    .replaceAll(ODD_LABEL, "a");
  const zones = [outer, new Maker(inner, random)];
  if (random.percent(75)) outer.putCut(inner);
  // Made first, so that names of the outer zone can point at names of the inner one.
  const [first, second] = zones.map((maker, i) =>
    i === 0
      ? maker.make(3 + random.below(12), isFederated)
      : maker.make(2 + random.below(6), isInnerFederated),
  );
  return [first as WorldZone, second as WorldZone];
}

class Maker {
  readonly origin: string;
  readonly #random: Random;
  readonly #entries: Entry[] = [];
  readonly #types: Map<string, Set<TypeName>> = new Map();
  readonly #ttls: Map<string, number> = new Map();

  constructor(origin: string, random: Random) {
    this.origin = origin;
    this.#random = random;
  }

  /** `isFederated`: has services, unless all names are led elsewhere. */
  make(features: number, isFederated: boolean): WorldZone {
    const random = this.#random;
    const mname = random.percent(70) ? `ns.${this.origin}` : "ns.elsewhere.example.";
    this.#put(this.origin, "SOA", soaRdata(mname, random.pick([0, 30, 600, 86_400])));
    this.#put(this.origin, "NS", nameRdata(mname));
    if (random.percent(80)) this.#put(`ns.${this.origin}`, "A", addressRdata(53));
    if (random.percent(3)) this.#put(this.origin, "DNAME", nameRdata(this.#target()));
    else if (isFederated) this.#entries.push(...serviceEntries(this.origin));
    for (let i = 0; i < features; i++) this.#addFeature();
    // Some servers refuse data below a DNAME; most worlds have none, so that they can be compared.
    const entries = random.percent(90) ? this.#withoutBelowDnames() : this.#entries;
    return { origin: this.origin, entries };
  }

  /** NS at `owner` with nameservers in the child, beside it, and elsewhere; with and without glue, DS and hidden data. */
  putCut(owner: string): void {
    const random = this.#random;
    for (let i = random.below(3); i >= 0; i--) {
      const server = random.pick([
        `ns.${owner}`,
        `a.ns.${owner}`,
        owner,
        this.someName(2),
        "ns.elsewhere.example.",
      ]);
      this.#put(owner, "NS", nameRdata(server));
      if (!server.endsWith(this.origin) || random.percent(25)) continue;
      if (random.percent(80)) this.#put(server, "A", addressRdata(random.below(250)));
      if (random.percent(30)) this.#put(server, "AAAA", someRdata("AAAA", owner, random));
    }
    if (random.percent(40)) this.#put(owner, "DS", someRdata("DS", owner, random));
    if (random.percent(30)) this.#plain(`${random.pick(LABELS)}.${owner}`);
    if (random.percent(15)) this.#plain(owner);
  }

  someName(depth: number): string {
    let name = this.origin;
    for (let i = 0; i < depth; i++) name = `${this.#random.pick(LABELS)}.${name}`;
    return name;
  }

  #addFeature(): void {
    const random = this.#random;
    const owner = this.someName(1 + random.below(4));
    const roll = random.below(100);
    if (roll < 38) this.#plain(random.percent(10) ? this.origin : owner);
    else if (roll < 55) this.#plain(`*.${this.someName(random.below(3))}`);
    else if (roll < 76) this.#put(owner, "CNAME", nameRdata(this.#target()));
    else if (roll < 86) {
      if (!owner.startsWith("*.")) this.#put(owner, "DNAME", nameRdata(this.#target()));
    } else if (!owner.startsWith("*.")) this.putCut(owner);
  }

  #plain(owner: string): void {
    const random = this.#random;
    const type = random.pick(PLAIN);
    // Now and then more than fits into a datagram, by a little or by a lot.
    const count = random.percent(70) ? 1 : random.percent(10) ? 20 + random.below(60) : 1 + random.below(3);
    for (let i = 0; i < count; i++) this.#put(owner, type, someRdata(type, this.#target(), random));
  }

  /** What an alias can lead to: mostly something near, sometimes far away or too long. */
  #target(): string {
    const random = this.#random;
    const roll = random.below(100);
    if (roll < 45 && this.#entries.length > 2) {
      const { owner } = random.pick(this.#entries);
      return random.percent(30) ? `${random.pick(LABELS)}.${owner}` : owner;
    }
    if (roll < 85) return this.someName(random.below(5));
    if (roll < 90) return `a.${worldOrigin(random.below(50))}`;
    if (roll < 94) return `${LONG.repeat(1 + random.below(3))}${this.origin}`;
    return random.pick(["elsewhere.example.", "a.b.elsewhere.example.", "."]);
  }

  #put(owner: string, type: TypeName, rdata: Rdata): void {
    if (!this.#isAllowed(owner, type)) return;
    const key = `${owner} ${type}`;
    const ttl = this.#ttls.get(key) ?? this.#random.pick(TTLS);
    this.#ttls.set(key, ttl);
    const isThere = this.#entries.some(
      (entry) => entry.owner === owner && entry.type === type && entry.rdata.text === rdata.text,
    );
    if (isThere || this.#recordsOf(owner, type) === RECORDS_PER_RRSET_MAX) return;
    this.#types.set(owner, (this.#types.get(owner) ?? new Set()).add(type));
    this.#entries.push({ owner, ttl, type, rdata });
  }

  #recordsOf(owner: string, type: TypeName): number {
    const isSame = (other: string): boolean => other.toLowerCase() === owner.toLowerCase();
    return this.#entries.filter((entry) => entry.type === type && isSame(entry.owner)).length;
  }

  /**
   * A CNAME is the only RRset of its name; a name has one CNAME, DNAME and SOA at most; a DNAME is not beside a cut.
   */
  #isAllowed(owner: string, type: TypeName): boolean {
    const types = this.#types.get(owner) ?? new Set<TypeName>();
    if (types.has("CNAME") || (type === "CNAME" && types.size > 0)) return false;
    if ((type === "DNAME" || type === "SOA") && types.has(type)) return false;
    const isApex = owner === this.origin;
    if (!isApex && ((type === "DNAME" && types.has("NS")) || (type === "NS" && types.has("DNAME"))))
      return false;
    if (type === "NS" && !isApex && owner.startsWith("*.")) return false;
    return !(type === "DS" && !types.has("NS"));
  }

  #withoutBelowDnames(): readonly Entry[] {
    const dnames = this.#entries.filter(({ type }) => type === "DNAME").map(({ owner }) => `.${owner}`);
    return this.#entries.filter(({ owner }) => !dnames.some((dname) => owner.endsWith(dname)));
  }
}

/** The zone as its file. */
export function zoneText({ entries }: WorldZone): string {
  return entries.map(({ owner, ttl, type, rdata }) => `${owner} ${ttl} IN ${type} ${rdata.text}\n`).join("");
}
