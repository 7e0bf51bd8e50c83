/**
 * Response rate limiting: an attacker who sends queries with the address of a victim must not get us to flood it.
 *
 * There is a counter per prefix, for several lengths at once, as in Knot DNS: a host, and every network it is in, may get
 * a number of responses a second; wider networks may get more. A counter is one number: the moment at which all
 * responses counted so far are paid off at the allowed rate. It is at most BURST_MS ahead of now, which is the burst
 * that a quiet prefix may get.
 *
 * The table has a fixed size and no keys: prefixes that share a slot share a limit. The seed is secret, so an attacker
 * cannot know which ones do, and there are far more slots than targets. Each worker has its own table, and the kernel
 * gives one flow to one worker: the limits hold per worker.
 */
import type { Peer } from "./peer.ts";

/** How many milliseconds' worth of responses a prefix can get at once. */
const BURST_MS = 2500;
const SLOT_BITS = 17;
const PREFIX_LENGTHS = 4;
/** What a prefix may get, in multiples of one host's limit: IPv4 /32 /24 /20 /18, IPv6 /128 /64 /56 /48. */
const V4_TIMES = [1, 32, 256, 768] as const;
const V6_TIMES = [1, 2, 3, 4] as const;

export class RateLimit {
  /** Milliseconds by the context's clock. */
  readonly #paidAtMs: Float64Array = new Float64Array(1 << SLOT_BITS);
  /** The cost of one response by prefix length: IPv4, then IPv6. */
  readonly #costMs: Float64Array;
  readonly #slots: Uint32Array = new Uint32Array(PREFIX_LENGTHS);
  /** One per prefix length and family, so that a prefix cannot be made to collide with one of another length. */
  readonly #seeds: Int32Array;
  readonly #slip: number;
  #limited = 0;

  /** `slip`: one in this many limited responses is sent truncated, 0 = none. `seed`: secret, any 32 bits. */
  constructor(options: {
    readonly responsesPerSecond: number;
    readonly slip: number;
    readonly seed: number;
  }) {
    const { responsesPerSecond } = options;
    this.#costMs = Float64Array.from(
      [...V4_TIMES, ...V6_TIMES],
      (times) => 1000 / (responsesPerSecond * times),
    );
    this.#seeds = Int32Array.from({ length: 2 * PREFIX_LENGTHS }, (_, i) =>
      mix(mix(options.seed, i + 1), i + 1),
    );
    this.#slip = options.slip;
  }

  /** Counts one response to `peer`; `clockMs[0]` is the time. True when it has had too many: then this one is not counted. */
  isOver(peer: Peer, clockMs: Float64Array): boolean {
    const nowMs = clockMs[0] as number;
    const isV4 = peer.octets === 4;
    if (isV4) this.#findV4(peer);
    else this.#findV6(peer);
    const paidAtMs = this.#paidAtMs;
    const slots = this.#slots;
    const latestMs = nowMs + BURST_MS;
    for (let i = 0; i < PREFIX_LENGTHS; i++)
      if ((paidAtMs[slots[i] as number] as number) >= latestMs) return true;
    let cost = isV4 ? 0 : PREFIX_LENGTHS;
    for (let i = 0; i < PREFIX_LENGTHS; i++) {
      const slot = slots[i] as number;
      const before = paidAtMs[slot] as number;
      paidAtMs[slot] = (before > nowMs ? before : nowMs) + (this.#costMs[cost++] as number);
    }
    return false;
  }

  /** For a response over the limit. True: send it truncated, so that a real client tries TCP. False: send nothing. */
  slips(): boolean {
    if (this.#slip === 0 || ++this.#limited < this.#slip) return false;
    this.#limited = 0;
    return true;
  }

  #findV4({ view, at }: Peer): void {
    const slots = this.#slots;
    const address = view.getInt32(at);
    const seeds = this.#seeds;
    slots[0] = mix(seeds[0] as number, address) >>> (32 - SLOT_BITS);
    slots[1] = mix(seeds[1] as number, address >>> 8) >>> (32 - SLOT_BITS);
    slots[2] = mix(seeds[2] as number, address >>> 12) >>> (32 - SLOT_BITS);
    slots[3] = mix(seeds[3] as number, address >>> 14) >>> (32 - SLOT_BITS);
  }

  #findV6({ view, at }: Peer): void {
    const slots = this.#slots;
    const seeds = this.#seeds;
    const high = mix(seeds[PREFIX_LENGTHS] as number, view.getInt32(at));
    const low = view.getInt32(at + 4);
    const network = mix(high ^ (seeds[PREFIX_LENGTHS + 1] as number), low);
    const host = mix(network, view.getInt32(at + 8)) ^ (seeds[PREFIX_LENGTHS] as number);
    slots[0] = mix(host, view.getInt32(at + 12)) >>> (32 - SLOT_BITS);
    slots[1] = network >>> (32 - SLOT_BITS);
    slots[2] = mix(high ^ (seeds[PREFIX_LENGTHS + 2] as number), low >>> 8) >>> (32 - SLOT_BITS);
    slots[3] = mix(high ^ (seeds[PREFIX_LENGTHS + 3] as number), low >>> 16) >>> (32 - SLOT_BITS);
  }
}

/** Makes every bit of the result depend on every bit of the input (the last steps of MurmurHash3). */
function mix(seed: number, word: number): number {
  let hash = Math.imul(seed ^ word, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
