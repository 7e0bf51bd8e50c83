/** Numbers in messages. Nothing is checked here: the caller knows that the octets are there. */

export function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/**
 * Octets that must be writable (or readable) after the used part of a buffer: messages are moved four octets at a time,
 * and the last step may go over the end.
 */
export const SLACK_OCTETS = 3;

/** A view of just these bytes. */
export function viewOfBytes(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** By number of octets, 0 to 3: the bits that these first octets have in a word read little-endian. */
export const HEAD_MASK: Int32Array = Int32Array.of(0, 0xff, 0xffff, 0xff_ffff);

/** Four octets at once: ASCII capitals to lower case, everything else as it is (RFC 4343 §3). */
export function foldWord(word: number): number {
  const heptets = word & 0x7f7f7f7f;
  const isCapital = ((heptets + 0x3f3f3f3f) ^ (heptets + 0x25252525)) & ~word & 0x80808080;
  return word | (isCapital >>> 2);
}
