/**
 * The two messages of grpc.health.v1 (the gRPC health checking protocol), by hand: one field each.
 *
 *     HealthCheckRequest  { string service = 1; }          0A length octets
 *     HealthCheckResponse { ServingStatus status = 1; }    08 status; 1 = SERVING
 *     on the wire: compressed 0|1, length in 4 octets big-endian, message
 */

export const SERVING = 1;
const STATUS_WORDS: readonly string[] = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

/** The request in its frame. `service`: at most 255 octets of ASCII. */
export function healthRequest(service: string): Uint8Array {
  const name = new TextEncoder().encode(service);
  // An empty string is the field's default, and defaults are not sent. 128 and more take two octets of length.
  const length = name.length < 128 ? [name.length] : [(name.length & 0x7f) | 0x80, name.length >> 7];
  const message = name.length === 0 ? [] : [0x0a, ...length, ...name];
  return Uint8Array.from([0, 0, 0, message.length >> 8, message.length & 0xff, ...message]);
}

/** The status in a framed response; null for anything that is none: broken, compressed, unfinished. */
export function readHealthResponse(frame: Uint8Array): number | null {
  if (frame.length < 5 || frame[0] !== 0) return null;
  const length = new DataView(frame.buffer, frame.byteOffset).getUint32(1);
  if (frame.length !== 5 + length) return null;
  return readStatus(frame.subarray(5));
}

export function statusWord(status: number): string {
  return STATUS_WORDS[status] ?? `status ${status}`;
}

/** The last field 1 counts; others are stepped over (protobuf's rule for what one does not know). */
function readStatus(message: Uint8Array): number | null {
  const cursor = { at: 0 };
  let status = 0;
  while (cursor.at < message.length) {
    const tag = readVarint(message, cursor);
    if (tag === null) return null;
    const kind = tag & 7;
    if (kind === 0) {
      const value = readVarint(message, cursor);
      if (value === null) return null;
      if (tag >>> 3 === 1) status = value;
    } else {
      const octets = kind === 1 ? 8 : kind === 5 ? 4 : kind === 2 ? readVarint(message, cursor) : null;
      if (octets === null || octets > message.length - cursor.at) return null;
      cursor.at += octets;
    }
  }
  return status;
}

/** At most ten octets; only the low 32 bits are kept, no field of ours has more. */
function readVarint(octets: Uint8Array, cursor: { at: number }): number | null {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const octet = octets[cursor.at];
    if (octet === undefined) return null;
    cursor.at += 1;
    if (i < 5) value |= (octet & 0x7f) << (7 * i);
    if (octet < 0x80) return value >>> 0;
  }
  return null;
}
