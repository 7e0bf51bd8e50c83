/** Domain names as lower-case wire bytes, and their written form (RFC 1035 §5.1, RFC 4343). */
import { LABEL_OCTETS_MAX, NAME_OCTETS_MAX } from "./code.ts";

/** A domain name in lower-case, uncompressed wire form, root octet included. Made by the functions here. */
export type Name = Uint8Array & { readonly __brand: "Name" };

export const root: Name = Uint8Array.of(0) as Name;

/** ASCII letters to lower case, every other octet as it is. */
export const LOWER: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet,
);

/**
 * Reads a written name; relative and absolute spellings mean the same absolute name.
 * `\.` and `\DDD` escapes as in zone files. Returns null when the text is not a name (empty or long labels, over 255 octets).
 */
export function parseName(text: string): Name | null {
  if (text === ".") return root;
  return text.includes("\\") ? parseEscaped(text) : parsePlain(text);
}

/** Without escapes each character becomes the octet one place further on, and each dot the length of the label after it. */
function parsePlain(text: string): Name | null {
  const end = text.endsWith(".") ? text.length - 1 : text.length;
  if (end === 0 || end + 2 > NAME_OCTETS_MAX) return null;
  const name = new Uint8Array(end + 2);
  let start = 0;
  for (let i = 0; i <= end; i++) {
    const code = i === end ? DOT : text.charCodeAt(i);
    if (code === DOT) {
      if (i === start || i - start > LABEL_OCTETS_MAX) return null;
      name[start] = i - start;
      start = i + 1;
    } else {
      if (code > 0xff) return null;
      name[i + 1] = LOWER[code] as number;
    }
  }
  return name as Name;
}

const DOT = 0x2e;

function parseEscaped(text: string): Name | null {
  const bytes: number[] = [];
  let label: number[] = [];
  const closeLabel = (): boolean => {
    if (label.length === 0 || label.length > LABEL_OCTETS_MAX) return false;
    bytes.push(label.length, ...label);
    label = [];
    return true;
  };
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (!closeLabel()) return null;
      continue;
    }
    if (code !== 0x5c) {
      if (code > 0xff) return null;
      label.push(LOWER[code] as number);
      continue;
    }
    const digits = /^[0-9]{3}/.exec(text.slice(i + 1, i + 4))?.[0];
    const octet = digits === undefined ? text.charCodeAt(i + 1) : Number(digits);
    if (!(octet <= 0xff)) return null;
    label.push(LOWER[octet] as number);
    i += digits === undefined ? 1 : 3;
  }
  if (label.length > 0 && !closeLabel()) return null;
  if (bytes.length === 0 || bytes.length + 1 > NAME_OCTETS_MAX) return null;
  return Uint8Array.from([...bytes, 0]) as Name;
}

/** As parseName, for names that are known to be valid. Throws a RangeError for others. */
export function nameOf(text: string): Name {
  const name = parseName(text);
  if (name === null) throw new RangeError(`not a domain name: ${text}`);
  return name;
}

/** The written form, absolute (with the final dot); octets that are not printable are escaped. */
export function formatName(name: Uint8Array): string {
  if (name[0] === 0) return ".";
  let text = "";
  for (let at = 0; at < name.length && name[at] !== 0; at += (name[at] as number) + 1) {
    text += `${formatLabel(name.subarray(at + 1, at + 1 + (name[at] as number)))}.`;
  }
  return text;
}

/** Characters with a meaning in zone files, which are escaped in labels: . \\ " ; ( ) */
const SPECIAL: ReadonlySet<number> = new Set([0x2e, 0x5c, 0x22, 0x3b, 0x28, 0x29]);

function formatLabel(label: Uint8Array): string {
  let text = "";
  for (const octet of label) {
    if (SPECIAL.has(octet)) text += `\\${String.fromCharCode(octet)}`;
    else if (octet > 0x20 && octet < 0x7f) text += String.fromCharCode(octet);
    else text += `\\${octet.toString().padStart(3, "0")}`;
  }
  return text;
}

/** `label` (an ASCII DNS label, lower case) put in front of `name`. */
export function prepend(label: string, name: Name): Name {
  const longer = new Uint8Array(name.length + label.length + 1);
  longer[0] = label.length;
  for (let i = 0; i < label.length; i++) longer[i + 1] = LOWER[label.charCodeAt(i) & 0xff] as number;
  longer.set(name, label.length + 1);
  return longer as Name;
}

/** The name without its first label. The parent of the root is the root. */
export function parentOf(name: Name): Name {
  return name[0] === 0 ? name : (name.subarray((name[0] as number) + 1) as Name);
}

/** Labels without the root. */
export function labelCount(name: Uint8Array): number {
  let count = 0;
  for (let at = 0; name[at] !== 0; at += (name[at] as number) + 1) count++;
  return count;
}

/** True when `name` is `ancestor` or lies below it. */
export function isAtOrBelow(name: Name, ancestor: Name): boolean {
  let at = 0;
  while (name.length - at > ancestor.length) at += (name[at] as number) + 1;
  return name.length - at === ancestor.length && sameBytes(name.subarray(at), ancestor);
}

export function sameName(a: Name, b: Name): boolean {
  return a.length === b.length && sameBytes(a, b);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
