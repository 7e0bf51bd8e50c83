/** The zone while its records are read: the first record decides its origin, all others must be at or below it. */
import { RecordType } from "../message/code.ts";
import { LOWER, type Name } from "../message/name.ts";
import { OctetStore } from "../zone/octet-store.ts";
import { isKeyAtOrBelow, keyOfName, octetsOfKey, Zone, type ZoneNode } from "../zone/zone.ts";

/** A short line can make a hundred names, all those above its own. This many take some two gigabytes of memory. */
const NAMES_MAX = 5_000_000;

/** The owner of the records that follow. Its node is made when the first of them needs it. */
export type Owner = { readonly key: string; node: ZoneNode | undefined };

export class ZoneBuilder {
  /** What the zone's names and RDATA are kept in. */
  readonly store: OctetStore = new OctetStore();
  readonly #expectedOrigin: Name;
  #hasOriginDirective = false;
  #zone: Zone | null = null;
  /** The key of the zone's origin. */
  #originKey = "";

  /** `origin`: of the zone, unless an $ORIGIN comes before its first record. */
  constructor(origin: Name) {
    this.#expectedOrigin = origin;
  }

  /** An empty zone when no record was put into it. */
  get zone(): Zone {
    return this.#zone ?? new Zone(this.#expectedOrigin);
  }

  noteOriginDirective(): void {
    this.#hasOriginDirective ||= this.#zone === null;
  }

  /** The node for a record of `type`, or why there is none: an error, or null when the owner is outside of the zone. `origin`: wire form, of the file's names. */
  nodeOf(owner: Owner, type: number, origin: Uint8Array): ZoneNode | string | null {
    if (owner.node !== undefined) return owner.node;
    const zone = (this.#zone ??= this.#startZone(owner.key, type, origin));
    if (zone.size > NAMES_MAX) return `the zone has more than ${NAMES_MAX} names`;
    if (isKeyAtOrBelow(owner.key, this.#originKey))
      return (owner.node = zone.nodeOfKey(owner.key, this.#nameOfKey));
    return null;
  }

  #startZone(ownerKey: string, type: number, origin: Uint8Array): Zone {
    const directive = origin.map((octet) => LOWER[octet] as number) as Name;
    const named = type === RecordType.SOA ? this.#nameOfKey(ownerKey) : directive;
    const zone = new Zone(this.#hasOriginDirective ? named : this.#expectedOrigin);
    this.#originKey = keyOfName(zone.origin);
    return zone;
  }

  readonly #nameOfKey = (key: string): Name => {
    const octets = this.store.take(key.length);
    octetsOfKey(key, octets);
    return octets as Name;
  };
}
