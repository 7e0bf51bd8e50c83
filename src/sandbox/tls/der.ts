/** DER encoding (ITU-T X.690), as far as certificates need it: a tag, a length, and the content. */

const UNIVERSAL = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** From 2050 on, certificates write years with four digits (RFC 5280 §4.1.2.5). */
const FIRST_GENERALIZED_YEAR = 2050;

function encode(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.byteLength), content]);
}

function lengthOf(count: number): Buffer {
  if (count < 128) return Buffer.from([count]);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(count);
  const significant = bytes.subarray(bytes.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([0x80 | significant.byteLength]), significant]);
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return encode(UNIVERSAL.sequence, Buffer.concat(parts));
}

export function set(...parts: readonly Uint8Array[]): Buffer {
  return encode(UNIVERSAL.set, Buffer.concat(parts));
}

export function bool(value: boolean): Buffer {
  return encode(UNIVERSAL.boolean, Buffer.from([value ? 0xff : 0]));
}

/** A non-negative number: `bytes` most significant first, without leading zeros. */
export function integer(bytes: Uint8Array): Buffer {
  const isNegative = ((bytes[0] ?? 0) & 0x80) !== 0;
  return encode(UNIVERSAL.integer, isNegative ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

export function utf8String(text: string): Buffer {
  return encode(UNIVERSAL.utf8String, Buffer.from(text));
}

export function octetString(bytes: Uint8Array): Buffer {
  return encode(UNIVERSAL.octetString, bytes);
}

/** `unusedBits`: the number of low bits in the last byte that are not part of the string. */
export function bitString(bytes: Uint8Array, unusedBits: number): Buffer {
  return encode(UNIVERSAL.bitString, Buffer.concat([Buffer.from([unusedBits]), bytes]));
}

/** `1.2.840.10045.4.3.2`: the first two numbers share a byte, the others take seven bits per byte. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return encode(UNIVERSAL.objectIdentifier, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(number: number): readonly number[] {
  const bytes = [number & 127];
  for (let left = number >>> 7; left > 0; left >>>= 7) bytes.unshift((left & 127) | 128);
  return bytes;
}

/** In UTC, with whole seconds. */
export function time(wallMs: number): Buffer {
  const date = new Date(wallMs);
  const digits = date.toISOString().slice(0, 19).replaceAll(/\D/g, "");
  const isLong = date.getUTCFullYear() >= FIRST_GENERALIZED_YEAR;
  if (isLong) return encode(UNIVERSAL.generalizedTime, Buffer.from(`${digits}Z`));
  return encode(UNIVERSAL.utcTime, Buffer.from(`${digits.slice(2)}Z`));
}

/** A context-specific tag around an encoded value (`[3] EXPLICIT`). */
export function explicit(number: number, content: Uint8Array): Buffer {
  return encode(0xa0 | number, content);
}

/** A context-specific tag instead of the value's own (`[7] IMPLICIT`). */
export function choice(number: number, content: Uint8Array): Buffer {
  return encode(0x80 | number, content);
}
