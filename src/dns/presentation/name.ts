/** Domain names from words: relative to an origin, `@`, escapes (RFC 1035 §5.1). Letter case stays as it is written. */
import { LABEL_OCTETS_MAX, NAME_OCTETS_MAX } from "../message/code.ts";
import type { Octets } from "./octets.ts";
import { ESCAPE_MESSAGE, escapedAt, escapeOctets } from "./text.ts";
import type { Words } from "./words.ts";

const DOT = 0x2e;
const AT = 0x40;
const ESCAPE = 0x5c;

/** `origin` is what relative names are completed with, in wire form. Returns null, or a message that says what is wrong. */
export function putName(words: Words, index: number, origin: Uint8Array, out: Octets): string | null {
  if (!words.isBare(index))
    return `${words.shown(index)} is quoted; a name is written without quotation marks`;
  const start = words.starts[index] as number;
  const end = words.ends[index] as number;
  const { bytes } = words;
  if (end - start === 1 && bytes[start] === AT) return putOrigin(origin, out);
  if (end - start === 1 && bytes[start] === DOT) {
    out.put8(0);
    return null;
  }
  const message = putLabels(words, index, origin, out);
  return message === null ? null : `${words.shown(index)} is not a name: ${message}`;
}

function putLabels(words: Words, index: number, origin: Uint8Array, out: Octets): string | null {
  const { bytes } = words;
  const end = words.ends[index] as number;
  const nameAt = out.length;
  let lengthAt = nameAt;
  let isClosed = false;
  out.put8(0);
  for (let at = words.starts[index] as number; at < end; at++) {
    const octet = bytes[at] as number;
    isClosed = octet === DOT;
    if (isClosed) {
      const octets = out.length - lengthAt - 1;
      if (octets === 0) return "a label is empty";
      if (octets > LABEL_OCTETS_MAX) return `a label has ${octets} octets, more than ${LABEL_OCTETS_MAX}`;
      out.bytes[lengthAt] = octets;
      lengthAt = out.length;
      out.put8(0);
      continue;
    }
    if (octet !== ESCAPE) {
      out.put8(octet);
      continue;
    }
    const value = escapedAt(bytes, at, end);
    if (value < 0) return ESCAPE_MESSAGE;
    out.put8(value);
    at += escapeOctets(bytes, at) - 1;
  }
  if (!isClosed) {
    const octets = out.length - lengthAt - 1;
    if (octets > LABEL_OCTETS_MAX) return `a label has ${octets} octets, more than ${LABEL_OCTETS_MAX}`;
    out.bytes[lengthAt] = octets;
    putOrigin(origin, out);
  }
  const length = out.length - nameAt;
  return length <= NAME_OCTETS_MAX ? null : `it has ${length} octets, more than ${NAME_OCTETS_MAX}`;
}

function putOrigin(origin: Uint8Array, out: Octets): null {
  out.bytes.set(origin, out.length);
  out.length += origin.length;
  return null;
}
