/** Encodes protobuf, as far as the OpenAPI document needs it: length-delimited fields only. */

/** A message: field numbers with text or bytes (an embedded message); a number may repeat. */
type Fields = readonly (readonly [number: number, value: string | Uint8Array])[];

const LENGTH_DELIMITED = 2;

export function encodeMessage(fields: Fields): Uint8Array {
  const parts = fields.flatMap(([number, value]) => {
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    return [varint((number << 3) | LENGTH_DELIMITED), varint(bytes.byteLength), bytes];
  });
  return Buffer.concat(parts);
}

/** Seven bits per byte, least significant first; the high bit is set on all bytes but the last. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...bytes, rest]);
}
