/** RDATA from the words of a zone file: by the table of fields, or in the generic form of RFC 3597 §5. */
import { parseIPv4, parseIPv6 } from "../presentation/address.ts";
import { type Field, fieldsOf, type RdataSource } from "./fields.ts";
import { isRdata } from "./wire-form.ts";
import { putLoc } from "./loc.ts";
import { putName } from "../presentation/name.ts";
import { putBase64, putHex } from "../presentation/binary.ts";
import { EntryReader } from "../presentation/entry-reader.ts";
import { numberAt, putNumber, putSeconds } from "../presentation/number.ts";
import { Octets } from "../presentation/octets.ts";
import { putString, putTag, putText } from "../presentation/text.ts";
import type { Words } from "../presentation/words.ts";
import { putAlgorithm } from "./mnemonics.ts";
import { putParams } from "./params.ts";
import { mayBeMissing, SPECIAL_FIELDS, wordsOf } from "./special-fields.ts";
import { typeName } from "./types.ts";

/** What is wrong, and which word of the entry it is about. */
type RdataFault = { readonly message: string; readonly word: number };

const RDATA_OCTETS_MAX = 65_535;

/** Appends the RDATA to `out`; null = done. */
export function putRdata(type: number, source: RdataSource, out: Octets): RdataFault | null {
  const { words, first } = source;
  const start = out.length;
  const fields = fieldsOf(type);
  const fault = isGeneric(words, first)
    ? putGeneric(type, source, out)
    : fields === undefined
      ? {
          message: "has no text form here; write \\#, the number of octets, and the octets in hexadecimal",
          word: first,
        }
      : putFields(fields, source, out);
  if (fault !== null) return { ...fault, message: `${typeName(type)}: ${fault.message}` };
  const octets = out.length - start;
  if (octets <= RDATA_OCTETS_MAX) return null;
  return { message: `${typeName(type)}: ${octets} octets, more than ${RDATA_OCTETS_MAX}`, word: first };
}

/** Reused, because half a megabyte is too much to make for each record. */
const scratch = new Octets();

/** RDATA from text alone, names relative to `origin`; for text that is wrong, a message that says why. */
export function parseRdata(type: number, text: string, origin: Uint8Array): Uint8Array | string {
  const entries = new EntryReader(new TextEncoder().encode(text));
  if (!entries.next()) return `${typeName(type)}: no content`;
  if (entries.fault !== null) return `${typeName(type)}: ${entries.fault}`;
  scratch.length = 0;
  const fault = putRdata(type, { words: entries.words, first: 0, origin }, scratch);
  if (fault !== null) return fault.message;
  return entries.next() ? `${typeName(type)}: more than one line` : scratch.copy();
}

function isGeneric(words: Words, first: number): boolean {
  if (first >= words.count || !words.isBare(first)) return false;
  const start = words.starts[first] as number;
  return words.ends[first] === start + 2 && words.bytes[start] === 0x5c && words.bytes[start + 1] === 0x23;
}

function putGeneric(type: number, { words, first }: RdataSource, out: Octets): RdataFault | null {
  const start = out.length;
  const octets = first + 1 < words.count ? numberAt(words, first + 1) : -1;
  if (octets < 0 || octets > RDATA_OCTETS_MAX)
    return { message: `\\# needs the number of octets after it, 0 to ${RDATA_OCTETS_MAX}`, word: first };
  const message = putHex(words, first + 2, out);
  if (message !== null) return { message, word: first + 2 };
  const found = out.length - start;
  if (found !== octets) return { message: `\\# says ${octets} octets, but ${found} follow`, word: first + 1 };
  if (isRdata(type, out.bytes.subarray(start, out.length))) return null;
  return { message: "these octets break the rules of the type", word: first };
}

function putFields(fields: readonly Field[], source: RdataSource, out: Octets): RdataFault | null {
  const { words } = source;
  let word = source.first;
  for (const { kind, label } of fields) {
    const taken = wordsOf(kind);
    const isMissing = words.count - word < (taken === Infinity ? 1 : taken);
    if (isMissing && !mayBeMissing(kind))
      return { message: `the ${label} is missing`, word: words.count - 1 };
    if (isMissing && kind.startsWith("optional")) continue;
    const start = out.length;
    const message = putField(kind, { ...source, first: word }, out);
    if (message !== null) return { message: `${label}: ${message}`, word: Math.min(word, words.count - 1) };
    if ((kind === "hex" || kind === "base64") && out.length === start)
      return { message: `the ${label} is empty`, word };
    word = Math.min(words.count, word + taken);
  }
  if (word >= words.count) return null;
  return { message: `nothing may follow, but ${words.shown(word)} does`, word };
}

function putField(kind: Field["kind"], source: RdataSource, out: Octets): string | null {
  const { words, first, origin } = source;
  switch (kind) {
    case "u8":
      return putNumber(words, first, 1, out);
    case "u16":
      return putNumber(words, first, 2, out);
    case "u32":
      return putNumber(words, first, 4, out);
    case "seconds":
      return putSeconds(words, first, out);
    case "algorithm":
      return putAlgorithm(words, first, out);
    case "ipv4":
      return putAddress(words, first, parseIPv4, out);
    case "ipv6":
      return putAddress(words, first, parseIPv6, out);
    case "name":
    case "exact-name":
      return putName(words, first, origin, out);
    case "string":
    case "optional-string":
      return putString(words, first, out);
    case "tag":
      return putTag(words, first, out);
    case "strings":
      return putStrings(words, first, out);
    case "text":
      return putText(words, first, out);
    case "uri":
      return words.starts[first] === words.ends[first] ? "must not be empty" : putText(words, first, out);
    case "hex":
      return putHex(words, first, out);
    case "base64":
    case "optional-base64":
      return putBase64(words, first, out);
    case "params":
      return putParams(words, first, out);
    case "loc":
      return putLoc(words, first, out);
    default:
      return SPECIAL_FIELDS[kind].put(source, out);
  }
}

function putStrings(words: Words, first: number, out: Octets): string | null {
  for (let i = first; i < words.count; i++) {
    const message = putString(words, i, out);
    if (message !== null) return message;
  }
  return null;
}

function putAddress(
  words: Words,
  index: number,
  parse: (text: string) => readonly number[] | null,
  out: Octets,
): string | null {
  const octets = words.isBare(index) ? parse(words.text(index)) : null;
  if (octets === null) {
    const version = parse === parseIPv4 ? "IPv4" : "IPv6";
    return `${words.shown(index)} is not an ${version} address`;
  }
  for (const octet of octets) out.put8(octet);
  return null;
}
