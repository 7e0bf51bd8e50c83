/** What a record has between its owner and its RDATA: TTL and class in either order, then the type (RFC 1035 §5.1). */
import type { Words } from "../presentation/words.ts";
import { isDigit } from "../presentation/text.ts";
import { isMetaType, typeCode } from "../rdata/types.ts";
import { readTtl } from "./ttl.ts";

export type Preamble = {
  readonly type: number;
  /** -1 = not written. */
  readonly ttlSeconds: number;
  /** The first word after the type. */
  readonly next: number;
};

type PreambleFault = { readonly message: string; readonly word: number };

/** `first`: the word after the owner. */
export function readPreamble(words: Words, first: number): Preamble | PreambleFault {
  let ttlSeconds = -1;
  let hasClass = false;
  for (let word = first; word < words.count; word++) {
    if (ttlSeconds < 0 && isDigit(words.bytes[words.starts[word] as number] as number)) {
      const ttl = readTtl(words, word);
      if (typeof ttl === "string") return { message: ttl, word };
      ttlSeconds = ttl;
      continue;
    }
    if (!hasClass && isIn(words, word)) {
      hasClass = true;
      continue;
    }
    const type = words.isBare(word) ? typeCode(words.text(word)) : null;
    if (type !== null && !isMetaType(type)) return { type, ttlSeconds, next: word + 1 };
    return { message: messageFor(words, word, type), word };
  }
  return { message: "the record has no type", word: words.count - 1 };
}

/** Class IN, also as CLASS1 (RFC 3597 §5). Looks at octets: almost every record has it, and a string for each would cost time. */
function isIn(words: Words, word: number): boolean {
  const start = words.starts[word] as number;
  const octets = (words.ends[word] as number) - start;
  const { bytes } = words;
  if (octets === 2)
    return ((bytes[start] as number) | 0x20) === 0x69 && ((bytes[start + 1] as number) | 0x20) === 0x6e;
  return octets === 6 && words.text(word).toUpperCase() === "CLASS1";
}

function messageFor(words: Words, word: number, type: number | null): string {
  const text = words.isBare(word) ? words.text(word) : "";
  if (/^(CH|HS|CS|NONE|CHAOS|HESIOD|CLASS\d+)$/i.test(text)) return `class ${text}: only IN is served`;
  if (isIn(words, word)) return "the class is written twice";
  if (type !== null) return `${words.shown(word)} is a type for questions, not for records`;
  return `${words.shown(word)} is not a record type`;
}
