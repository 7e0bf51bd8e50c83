/** A DNS zone as data: its origin and its RRsets, empty non-terminals included (RFC 1034 §4.2, RFC 8499). */
import { isAtOrBelow, type Name, parentOf, sameName } from "../dns/name.ts";
import type { RRset } from "../dns/record.ts";

/** What stands at one name. No RRsets = an empty non-terminal: the name exists because of what is below it. */
export type ZoneNode = { readonly name: Name; rrsets: RRset[] };

export class Zone {
  readonly origin: Name;
  readonly #nodes: Map<string, ZoneNode> = new Map();

  constructor(origin: Name) {
    this.origin = origin;
    this.node(origin);
  }

  get nodes(): Iterable<ZoneNode> {
    return this.#nodes.values();
  }

  has(name: Name): boolean {
    return this.#nodes.has(keyOfName(name));
  }

  /** The node at `name`, made with everything between it and the origin when it is not there yet. */
  node(name: Name): ZoneNode {
    if (!isAtOrBelow(name, this.origin)) throw new RangeError("the name is outside the zone");
    const known = this.#nodes.get(keyOfName(name));
    if (known !== undefined) return known;
    const node: ZoneNode = { name, rrsets: [] };
    this.#nodes.set(keyOfName(name), node);
    if (!sameName(name, this.origin)) this.node(parentOf(name));
    return node;
  }

  /** Puts `rrset` at `name`, in the place of one of the same type. */
  put(name: Name, rrset: RRset): void {
    const node = this.node(name);
    node.rrsets = [...node.rrsets.filter((other) => other.type !== rrset.type), rrset];
  }
}

/** Names as keys of a Map: one character per octet. */
export function keyOfName(name: Name): string {
  return String.fromCharCode(...name);
}
