/** A DNS zone as data: its origin and its RRsets, empty non-terminals included (RFC 1034 §4.2, RFC 8499). */
import { isAtOrBelow, type Name, parentOf } from "../message/name.ts";
import type { RRset } from "../message/record.ts";

/** One name and its RRsets. Without RRsets it is an empty non-terminal: it exists because of names below it. */
export type ZoneNode = { readonly name: Name; rrsets: RRset[] };

export class Zone {
  readonly origin: Name;
  readonly #nodes: Map<string, ZoneNode> = new Map();
  /** The key of the last node that got a child. */
  #lastParent = "-";

  constructor(origin: Name) {
    this.origin = origin;
    this.node(origin);
  }

  get nodes(): Iterable<ZoneNode> {
    return this.#nodes.values();
  }

  /** Names, empty non-terminals included. */
  get size(): number {
    return this.#nodes.size;
  }

  has(name: Name): boolean {
    return this.#nodes.has(keyOfName(name));
  }

  /** The node with this key (see keyOfName), if there is one. */
  find(key: string): ZoneNode | undefined {
    return this.#nodes.get(key);
  }

  /** The node at `name`, made with everything between it and the origin when it is not there yet. */
  node(name: Name): ZoneNode {
    if (!isAtOrBelow(name, this.origin)) throw new RangeError("the name is outside the zone");
    return this.nodeOfKey(keyOfName(name), () => name);
  }

  /** As `node`, by the key of a name inside the zone; `nameOf` is called only when a node is made. */
  nodeOfKey(key: string, nameOf: (key: string) => Name): ZoneNode {
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const node: ZoneNode = { name: nameOf(key), rrsets: [] };
    this.#nodes.set(key, node);
    if (key.length > this.origin.length) this.#ensureParent(node, key);
    return node;
  }

  #ensureParent({ name }: ZoneNode, key: string): void {
    // Siblings are usually written one after another: their parent need not be looked up again.
    const isSibling =
      key.length === this.#lastParent.length + key.charCodeAt(0) + 1 && key.endsWith(this.#lastParent);
    if (isSibling) return;
    this.#lastParent = parentKey(key);
    this.nodeOfKey(this.#lastParent, () => parentOf(name));
  }

  /** Puts `rrset` at `name` and replaces one of the same type. */
  put(name: Name, rrset: RRset): void {
    const node = this.node(name);
    node.rrsets = [...node.rrsets.filter((other) => other.type !== rrset.type), rrset];
  }
}

/** Names as keys of a Map: one character per octet. */
export function keyOfName(name: Name): string {
  // `apply` takes the octets directly; spreading them would make an array first.
  return String.fromCharCode.apply(null, name as unknown as number[]);
}

/** Writes the octets of a key that `keyOfName` made. */
export function octetsOfKey(key: string, octets: Uint8Array): void {
  for (let i = 0; i < key.length; i++) octets[i] = key.charCodeAt(i);
}

export function nameOfKey(key: string): Name {
  const octets = new Uint8Array(key.length);
  octetsOfKey(key, octets);
  return octets as Name;
}

/** As isAtOrBelow, for keys. */
export function isKeyAtOrBelow(key: string, ancestor: string): boolean {
  let at = 0;
  while (key.length - at > ancestor.length) at += key.charCodeAt(at) + 1;
  return key.length - at === ancestor.length && key.endsWith(ancestor);
}

/** The key of the name without its first label. The parent of the root is the root. */
export function parentKey(key: string): string {
  return key.length === 1 ? key : key.slice(key.charCodeAt(0) + 1);
}
