/** A list of networks that addresses are compared with, one after the other: the list is short and fixed. */
import { addressOctets, type Peer } from "./peer.ts";

/** Words of an IPv6 address. */
const V6_WORDS = 4;

export class Networks {
  /** Pairs of network and mask: one word each for IPv4, four each for IPv6. */
  readonly #v4: Int32Array;
  readonly #v6: Int32Array;

  /** `cidrs`: ADDRESS/LENGTH, already checked; bits after the length do not matter. */
  constructor(cidrs: readonly string[]) {
    const parsed = cidrs.map(parseNetwork);
    this.#v4 = Int32Array.from(parsed.filter(({ length }) => length === 2).flat());
    this.#v6 = Int32Array.from(parsed.filter(({ length }) => length === 2 * V6_WORDS).flat());
  }

  has(peer: Peer): boolean {
    return peer.octets === 4 ? this.#hasV4(peer) : this.#hasV6(peer);
  }

  #hasV4({ view, at }: Peer): boolean {
    const list = this.#v4;
    const address = view.getInt32(at);
    for (let i = 0; i < list.length; i += 2)
      if (((address ^ (list[i] as number)) & (list[i + 1] as number)) === 0) return true;
    return false;
  }

  #hasV6({ view, at }: Peer): boolean {
    const list = this.#v6;
    for (let i = 0; i < list.length; i += 2 * V6_WORDS) {
      let stray = 0;
      for (let word = 0; word < V6_WORDS; word++) {
        const difference = view.getInt32(at + 4 * word) ^ (list[i + word] as number);
        stray |= difference & (list[i + V6_WORDS + word] as number);
      }
      if (stray === 0) return true;
    }
    return false;
  }
}

/** The words of the network, then those of its mask. A network inside ::ffff:0:0/96 is an IPv4 network. */
function parseNetwork(cidr: string): number[] {
  const [text = "", length = ""] = cidr.split("/");
  const octets = addressOctets(text);
  if (octets === null) throw new TypeError(`"${cidr}" is not a network`);
  const isMapped = octets.length === 4 && text.includes(":");
  const bits = Math.max(0, Number(length) - (isMapped ? 96 : 0));
  const view = new DataView(Uint8Array.from(octets).buffer);
  const words = Array.from({ length: octets.length / 4 }, (_, i) => view.getInt32(4 * i));
  return [...words, ...words.map((_, i) => maskWord(bits - 32 * i))];
}

/** A mask of the first `bits` bits; none below 0, all above 32. */
function maskWord(bits: number): number {
  return bits <= 0 ? 0 : bits >= 32 ? -1 : -1 << (32 - bits);
}
