/**
 * $GENERATE, as BIND has it: `$GENERATE FIRST-LAST[/STEP] OWNER [TTL] [CLASS] TYPE RDATA` makes a record for each number.
 * In owner and RDATA, `$` is the number and `\$` or `$$` a dollar sign. `${OFFSET,WIDTH,BASE}` is the number with OFFSET
 * added, at least WIDTH digits long, in the base d, o, x or X; n or N are hexadecimal digits from the last to the first,
 * with dots between. RDATA of several words is in quotation marks, or simply several words.
 */
import type { Words } from "../presentation/words.ts";
import { isMetaType, typeCode } from "../rdata/types.ts";

/** Of all such lines of one zone: a reverse zone of a /14. */
export const GENERATED_MAX: number = 2 ** 18;
const NUMBER_MAX = 2 ** 31 - 1;
const WIDTH_MAX = 255;
const USAGE = "$GENERATE needs a range like 1-100 or 1-100/2, an owner, a type and RDATA";

type Generation = {
  readonly count: number;
  /** Record number `i`, from 0 on, as a line of a zone file. */
  readonly line: (i: number) => Uint8Array;
};

/** `words`: of the whole directive. A message when it is wrong. */
export function readGenerate(words: Words): Generation | string {
  const texts = Array.from({ length: words.count }, (_, i) => written(words, i));
  const [, range = "", owner = "", ...rest] = texts;
  const bounds = /^(\d{1,10})-(\d{1,10})(?:\/(\d{1,10}))?$/.exec(range);
  const typeAt = rest.findIndex(isTypeWord);
  if (bounds === null || typeAt < 0 || typeAt > 2 || typeAt + 1 >= rest.length) return USAGE;
  const [first = 0, last = 0, step = 1] = bounds
    .slice(1)
    .map((text) => (text === undefined ? 1 : Number(text)));
  if (last > NUMBER_MAX || first > last || step < 1)
    return `$GENERATE: "${range}" is not a range of numbers that goes up`;
  const count = Math.floor((last - first) / step) + 1;
  if (count > GENERATED_MAX) return `$GENERATE: ${count} records, more than ${GENERATED_MAX}`;
  const middle = rest.slice(0, typeAt + 1).join(" ");
  const owners = templateOf(owner);
  const rdatas = templateOf(unquoted(rest.slice(typeAt + 1)));
  if (typeof owners === "string") return owners;
  if (typeof rdatas === "string") return rdatas;
  const highest = first + (count - 1) * step;
  for (const { offset } of [...owners, ...rdatas].filter((part) => typeof part !== "string"))
    if (first + offset < 0 || highest + offset > NUMBER_MAX)
      return `$GENERATE: the offset ${offset} leads out of 0 to ${NUMBER_MAX}`;
  return {
    count,
    line(i) {
      const number = first + i * step;
      const text = `${filled(owners, number)} ${middle} ${filled(rdatas, number)}\n`;
      return Uint8Array.from(text, (character) => character.charCodeAt(0));
    },
  };
}

/** The word as it is written, quotation marks included. */
function written(words: Words, index: number): string {
  let text = "";
  for (const octet of words.bytes.subarray(words.starts[index], words.ends[index]))
    text += String.fromCharCode(octet);
  return words.isQuoted(index) ? `"${text}"` : text;
}

function isTypeWord(text: string): boolean {
  const type = /^\d/.test(text) ? null : typeCode(text);
  return type !== null && !isMetaType(type);
}

function unquoted(rdata: readonly string[]): string {
  const [only = ""] = rdata;
  return rdata.length === 1 && only.startsWith('"') ? only.slice(1, -1) : rdata.join(" ");
}

type Place = { readonly offset: number; readonly width: number; readonly base: string };
type Template = readonly (string | Place)[];

/** Literal text and places for the number. A message when a place is wrong. */
function templateOf(text: string): Template | string {
  const parts: (string | Place)[] = [];
  let at = 0;
  for (const found of text.matchAll(/\\.|\$\$|\$\{([^}]*)\}|\$/gs)) {
    parts.push(text.slice(at, found.index));
    at = found.index + found[0].length;
    if (found[0] === "$$" || found[0] === "\\$") parts.push("$");
    else if (found[0].startsWith("\\")) parts.push(found[0]);
    else {
      const place = placeOf(found[1] ?? "0");
      if (place === null)
        return `$GENERATE: "${shown(found[0])}" is not like \${OFFSET,WIDTH,BASE}, with base d, o, x, X, n or N`;
      parts.push(place);
    }
  }
  parts.push(text.slice(at));
  return parts;
}

function placeOf(text: string): Place | null {
  const found = /^(-?\d{1,10})(?:,(\d{1,3})(?:,([doxXnN]))?)?$/.exec(text);
  if (found === null || Number(found[2] ?? 0) > WIDTH_MAX) return null;
  return { offset: Number(found[1]), width: Number(found[2] ?? 0), base: found[3] ?? "d" };
}

function shown(text: string): string {
  return text.slice(0, 60).replaceAll(/[^ -~]/g, "?");
}

function filled(template: Template, number: number): string {
  return template
    .map((part) => (typeof part === "string" ? part : digits(number + part.offset, part)))
    .join("");
}

function digits(number: number, { width, base }: Place): string {
  switch (base) {
    case "o":
      return number.toString(8).padStart(width, "0");
    case "x":
      return number.toString(16).padStart(width, "0");
    case "X":
      return number.toString(16).toUpperCase().padStart(width, "0");
    case "n":
      return nibbles(number.toString(16), width);
    case "N":
      return nibbles(number.toString(16).toUpperCase(), width);
    default:
      return String(number).padStart(width, "0");
  }
}

/** The width counts the dots as well, and may end in one, as it does in BIND. */
function nibbles(hex: string, width: number): string {
  const text = [...hex.padStart(Math.ceil(width / 2), "0")].toReversed().join(".");
  return text.length < width ? `${text}.` : text;
}
