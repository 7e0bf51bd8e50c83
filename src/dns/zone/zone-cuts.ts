/** The zone cuts and DNAMEs of a zone: names below them are not answered from the zone's own data (RFC 1034 §4.2.1, RFC 6672 §2.4). */
import { RecordType } from "../message/code.ts";
import type { Name } from "../message/name.ts";
import type { RRset } from "../message/record.ts";
import { isKeyAtOrBelow, keyOfName, parentKey, type Zone, type ZoneNode } from "./zone.ts";

/** What the name in an NS, MX or SRV record leads to. */
export type RecordTarget =
  /** Not in this zone. */
  | { readonly kind: "outside" }
  | { readonly kind: "address" }
  | { readonly kind: "alias" }
  /** Below a cut, without glue in the zone. */
  | { readonly kind: "delegated"; readonly cut: string }
  | { readonly kind: "nothing" };

const FOLD = /[A-Z]/g;

export class ZoneCuts {
  readonly zone: Zone;
  readonly originKey: string;
  readonly #cuts: Set<string> = new Set();
  readonly #dnames: Set<string> = new Set();
  /** Names in the zone that NS records point to. */
  readonly #nameservers: Set<string> = new Set();

  constructor(zone: Zone) {
    this.zone = zone;
    this.originKey = keyOfName(zone.origin);
    for (const node of zone.nodes) if (node.rrsets.length > 0) this.#add(node);
  }

  #add({ name, rrsets }: ZoneNode): void {
    for (const { type, rdatas } of rrsets) {
      if (type === RecordType.DNAME) this.#dnames.add(keyOfName(name));
      if (type !== RecordType.NS) continue;
      if (name.length > this.zone.origin.length) this.#cuts.add(keyOfName(name));
      for (const rdata of rdatas) {
        const key = foldedKey(rdata);
        if (isKeyAtOrBelow(key, this.originKey)) this.#nameservers.add(key);
      }
    }
  }

  /** True without any cut or DNAME: every name is answered from the zone. */
  get isFlat(): boolean {
    return this.#cuts.size === 0 && this.#dnames.size === 0;
  }

  isCut(key: string): boolean {
    return this.#cuts.has(key);
  }

  isNameserver(key: string): boolean {
    return this.#nameservers.has(key);
  }

  /** The highest cut above the name, or "". */
  cutAbove(key: string): string {
    return this.#cuts.size === 0 ? "" : this.#highest(key, this.#cuts);
  }

  /** The highest DNAME above the name, or "". */
  dnameAbove(key: string): string {
    return this.#dnames.size === 0 ? "" : this.#highest(key, this.#dnames);
  }

  #highest(key: string, marked: ReadonlySet<string>): string {
    let found = "";
    let above = key;
    while (above.length > this.originKey.length) {
      above = parentKey(above);
      if (marked.has(above)) found = above;
    }
    return found;
  }

  targetAt(key: string): RecordTarget {
    if (!isKeyAtOrBelow(key, this.originKey)) return { kind: "outside" };
    const node = this.zone.find(key);
    if (hasAddress(node)) return { kind: "address" };
    const cut = this.cutAbove(key) || (this.isCut(key) ? key : "");
    if (cut !== "") return { kind: "delegated", cut };
    if (has(node, RecordType.CNAME) || this.dnameAbove(key) !== "") return { kind: "alias" };
    return node === undefined ? this.#wildcardTarget(key) : { kind: "nothing" };
  }

  /** For a name that does not exist: what a wildcard gives it (RFC 4592 §3.3.1). */
  #wildcardTarget(key: string): RecordTarget {
    let encloser = parentKey(key);
    while (this.zone.find(encloser) === undefined) encloser = parentKey(encloser);
    const wildcard = this.zone.find(`\x01*${encloser}`);
    if (hasAddress(wildcard)) return { kind: "address" };
    return { kind: has(wildcard, RecordType.CNAME) ? "alias" : "nothing" };
  }
}

/** The key of a name in RDATA, where letter case is as written. */
export function foldedKey(rdata: Uint8Array): string {
  return keyOfName(rdata as Name).replaceAll(FOLD, (letter) => letter.toLowerCase());
}

export function rrsetOf(node: ZoneNode | undefined, type: number): RRset | undefined {
  return node?.rrsets.find((rrset) => rrset.type === type);
}

export function has(node: ZoneNode | undefined, type: number): boolean {
  return rrsetOf(node, type) !== undefined;
}

function hasAddress(node: ZoneNode | undefined): boolean {
  return has(node, RecordType.A) || has(node, RecordType.AAAA);
}
