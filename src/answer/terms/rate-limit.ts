/**
 * Response rate limiting: so that we are of no use to whoever sends queries under a stranger's address.
 *
 * A counter per prefix, of several lengths at once (Knot's model, research/dns.md §2.10): a host, and with it every
 * network it is in, may have so many responses a second; wider networks may have more. A counter is one number: the
 * moment at which everything counted so far will have been paid off at the allowed rate. It is never more than
 * BURST_MS ahead, which is the burst a prefix that was quiet may have; time alone lowers it.
 *
 * The table has a fixed size and no keys: prefixes that share a slot share a limit. Which ones do, nobody outside
 * can know, and slots are far more than attackers' targets. Each worker has a table of its own, and the kernel gives
 * one flow to one worker: so the limits hold per worker.
 */
import type { Peer } from "./peer.ts";

/** How many milliseconds' worth of responses a prefix can have at once. */
const BURST_MS = 2500;
const SLOT_BITS = 17;
const LEVELS = 4;
/** What a prefix may have, as multiples of one host's: IPv4 /32 /24 /20 /18, IPv6 /128 /64 /56 /48. */
const V4_TIMES = [1, 32, 256, 768] as const;
const V6_TIMES = [1, 2, 3, 4] as const;

export class RateLimit {
  /** Milliseconds by the context's clock. */
  readonly #paidAtMs: Float64Array = new Float64Array(1 << SLOT_BITS);
  /** What one response costs, in milliseconds: IPv4 levels, then IPv6 levels. */
  readonly #costMs: Float64Array;
  readonly #slots: Uint32Array = new Uint32Array(LEVELS);
  /** One per level of both families, so that no prefix of one length can be aimed at another of another. */
  readonly #seeds: Int32Array;
  readonly #slip: number;
  #limited = 0;

  /** `slip`: 1 in so many limited responses is sent truncated, 0 = none. `seed`: secret, any 32 bits. */
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
    this.#seeds = Int32Array.from({ length: 2 * LEVELS }, (_, i) => mix(mix(options.seed, i + 1), i + 1));
    this.#slip = options.slip;
  }

  /** Counts one response to `peer`; `clockMs` holds the time. True: it has had too many, and this one was not counted. */
  isOver(peer: Peer, clockMs: Float64Array): boolean {
    const nowMs = clockMs[0] as number;
    const isV4 = peer.octets === 4;
    if (isV4) this.#findV4(peer);
    else this.#findV6(peer);
    const paidAtMs = this.#paidAtMs;
    const slots = this.#slots;
    const latestMs = nowMs + BURST_MS;
    for (let i = 0; i < LEVELS; i++) if ((paidAtMs[slots[i] as number] as number) >= latestMs) return true;
    let cost = isV4 ? 0 : LEVELS;
    for (let i = 0; i < LEVELS; i++) {
      const slot = slots[i] as number;
      const before = paidAtMs[slot] as number;
      paidAtMs[slot] = (before > nowMs ? before : nowMs) + (this.#costMs[cost++] as number);
    }
    return false;
  }

  /** What becomes of a response over the limit. True: it goes out truncated, so that a real client tries TCP. */
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
    const high = mix(seeds[LEVELS] as number, view.getInt32(at));
    const low = view.getInt32(at + 4);
    const network = mix(high ^ (seeds[LEVELS + 1] as number), low);
    const host = mix(network, view.getInt32(at + 8)) ^ (seeds[LEVELS] as number);
    slots[0] = mix(host, view.getInt32(at + 12)) >>> (32 - SLOT_BITS);
    slots[1] = network >>> (32 - SLOT_BITS);
    slots[2] = mix(high ^ (seeds[LEVELS + 2] as number), low >>> 8) >>> (32 - SLOT_BITS);
    slots[3] = mix(high ^ (seeds[LEVELS + 3] as number), low >>> 16) >>> (32 - SLOT_BITS);
  }
}

/** Spreads every bit over all others (the last steps of MurmurHash3). */
function mix(seed: number, word: number): number {
  let hash = Math.imul(seed ^ word, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
