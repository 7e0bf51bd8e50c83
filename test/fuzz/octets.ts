/** Damage to octets without regard to their meaning: the last step of every mutation. */
import type { Random } from "./random.ts";

const ODD = [0, 1, 11, 12, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xfe, 0xff] as const;

/** At most `most` changes: flips, odd values, cuts, repeats, insertions, and pieces of `other`. */
export function damage(octets: Uint8Array, other: Uint8Array, random: Random, most: number): Uint8Array {
  let bytes = octets;
  for (let i = random.below(most + 1); i > 0; i--) bytes = damageOnce(bytes, other, random);
  return bytes;
}

function damageOnce(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const count = 1 + random.below(random.percent(80) ? 4 : 40);
  switch (random.below(8)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return join(bytes.subarray(0, at), bytes.subarray(at + count));
    case 2:
      return join(bytes.subarray(0, at), random.octets(count), bytes.subarray(at));
    case 3:
      return join(bytes.subarray(0, at), bytes.subarray(at, at + count), bytes.subarray(at));
    case 4: {
      const from = random.below(other.length + 1);
      return join(bytes.subarray(0, at), other.subarray(from, from + count * 4), bytes.subarray(at));
    }
    case 5:
      return withOctet(bytes, at, random.pick(ODD));
    default:
      return withOctet(bytes, at, (bytes[at] ?? 0) ^ (1 << random.below(8)));
  }
}

function withOctet(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  if (at < copy.length) copy[at] = value;
  return copy;
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
