/**
 * How much may be kept of one member, over all of its resources: a member that declares without end is not read any
 * further, and what was known of it stays. The others notice nothing.
 *
 * What a value takes is estimated: this bounds the memory, and does not measure it.
 */
import { OperationalError } from "../../kernel/error.ts";

export type RoomLimits = {
  readonly objects: number;
  /** Of what is kept of them. */
  readonly octets: number;
};

/** Of a value, or of a field of it, in V8. */
const VALUE_OCTETS = 16;
/** Of an entry of a store beside its value: identity, key, the entry itself. */
const ENTRY_OCTETS = 120;
const MIB: number = 1 << 20;

/** The room of one member. */
export class Room {
  readonly #limits: () => RoomLimits;
  readonly #shares: Set<RoomShare> = new Set();

  constructor(limits: () => RoomLimits) {
    this.#limits = limits;
  }

  /** The part of one resource. */
  share(): RoomShare {
    const share: RoomShare = new RoomShare(
      (wanted) => this.#check(share, wanted),
      () => this.#shares.delete(share),
    );
    this.#shares.add(share);
    return share;
  }

  get used(): RoomLimits {
    return sumOf([...this.#shares]);
  }

  get limits(): RoomLimits {
    return this.#limits();
  }

  #check(share: RoomShare, wanted: RoomLimits): void {
    const all = sumOf([...[...this.#shares].filter((one) => one !== share), wanted]);
    const { objects, octets } = this.#limits();
    if (all.objects > objects) throw tooLarge(`${objects} objects`, "quota.objects");
    if (all.octets > octets) throw tooLarge(`${Math.floor(octets / MIB)} MiB of objects`, "quota.keptMiB");
  }
}

/** What one resource of a member takes of its room. */
export class RoomShare implements RoomLimits {
  readonly #check: (wanted: RoomLimits) => void;
  /** The resource is not watched any more, and takes nothing. */
  readonly close: () => void;
  #objects = 0;
  #octets = 0;

  constructor(check: (wanted: RoomLimits) => void, close: () => void) {
    this.#check = check;
    this.close = close;
  }

  get objects(): number {
    return this.#objects;
  }

  get octets(): number {
    return this.#octets;
  }

  /** Throws OperationalError KUBE_TOO_LARGE when it may not become as large as this, which it then does not. */
  become(wanted: RoomLimits): void {
    this.mayBecome(wanted);
    this.#objects = wanted.objects;
    this.#octets = wanted.octets;
  }

  /** Throws OperationalError KUBE_TOO_LARGE when it may not become as large as this. */
  mayBecome(wanted: RoomLimits): void {
    const isLarger = wanted.objects > this.#objects || wanted.octets > this.#octets;
    if (isLarger) this.#check(wanted);
  }
}

/** Of an entry of a store that keeps the value. */
export function octetsKept(value: unknown): number {
  return ENTRY_OCTETS + octetsIn(value);
}

function octetsIn(value: unknown): number {
  if (typeof value === "string") return VALUE_OCTETS + value.length;
  if (typeof value !== "object" || value === null) return VALUE_OCTETS;
  let octets = VALUE_OCTETS;
  if (Array.isArray(value)) for (const one of value) octets += octetsIn(one);
  else for (const one of Object.values(value)) octets += VALUE_OCTETS + octetsIn(one);
  return octets;
}

function sumOf(parts: readonly RoomLimits[]): RoomLimits {
  let [objects, octets] = [0, 0];
  for (const part of parts) {
    objects += part.objects;
    octets += part.octets;
  }
  return { objects, octets };
}

function tooLarge(what: string, setting: string): OperationalError {
  const message = `the cluster is too large: it has more than ${what}, the limit of ${setting}; what was known of it stays`;
  return new OperationalError("KUBE_TOO_LARGE", message);
}
