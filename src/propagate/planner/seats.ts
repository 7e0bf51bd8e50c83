/** The clusters that take part in a plan, and the order in which they are served: the heaviest first, equal ones by a hash. */
/** One cluster while a plan is made. */
export type Seat = {
  readonly cluster: string;
  readonly weight: number;
  readonly min: number;
  readonly max: number;
  readonly capacity: number;
  readonly current: number;
  readonly hash: number;
  planned: number;
  /** What runs there, is planned, and was not counted as share so far. */
  kept: number;
  overflow: number;
};

const FNV_OFFSET = 0x81_1c_9d_c5;
const FNV_PRIME = 0x01_00_01_93;
const ASCII_END = 0x80;
const encoder = new TextEncoder();

/** Two clusters with one hash are told apart by name: the order must not depend on that of the request. */
export function inOrder(a: Seat, b: Seat): number {
  return b.weight - a.weight || a.hash - b.hash || (a.cluster < b.cluster ? -1 : 1);
}

/** FNV-1 (not FNV-1a), 32 bits, over the UTF-8 of the text. */
export function fnv1(text: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= ASCII_END) return fnv1OfBytes(encoder.encode(text));
    hash = Math.imul(hash, FNV_PRIME) ^ unit;
  }
  return hash >>> 0;
}

function fnv1OfBytes(bytes: Uint8Array): number {
  let hash = FNV_OFFSET;
  for (const byte of bytes) hash = Math.imul(hash, FNV_PRIME) ^ byte;
  return hash >>> 0;
}
