/**
 * The text of zone files as entries of words (RFC 1035 §5.1): blanks, comments, quotes and parentheses are understood
 * here, words are left as they are written. Columns, not objects: a file of a million records makes no garbage.
 */

const WordKind = { Bare: 0, Quoted: 1, Pair: 2, Escaped: 4 } as const;

/** 65,535 octets of RDATA, each written as \DDD, with the quotes around them and room for blanks. */
export const ENTRY_OCTETS_MAX: number = 512 * 1024;
/** More words than RDATA can have character-strings. */
const WORDS_MAX = 70_000;
const KEYWORD_OCTETS_MAX = 255;

const Class = {
  Word: 0,
  Blank: 1,
  NewLine: 2,
  Comment: 3,
  Open: 4,
  Close: 5,
  Quote: 6,
  Escape: 7,
  Control: 8,
} as const;

const CLASSES: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) => {
  const special = {
    9: Class.Blank,
    10: Class.NewLine,
    13: Class.Blank,
    32: Class.Blank,
    34: Class.Quote,
    40: Class.Open,
  };
  const others = { 41: Class.Close, 59: Class.Comment, 92: Class.Escape, 127: Class.Control };
  const known: Readonly<Record<number, number>> = { ...special, ...others };
  return known[octet] ?? (octet < 32 ? Class.Control : Class.Word);
});

const NEW_LINE = 10;
const QUOTE = 34;
const EQUALS = 61;
const ESCAPE = 92;

/** Reads one entry after another. What it says about words is about the entry that `next` has read. */
export class Words {
  readonly bytes: Uint8Array;
  /** Words of this entry. */
  count = 0;
  /** True when the entry's line starts with a blank: it has no owner of its own. */
  isIndented = false;
  /** What is wrong with the entry as text, and where; its words are not to be used then. */
  fault: string | null = null;
  faultLine = 0;
  starts: Int32Array = new Int32Array(64);
  ends: Int32Array = new Int32Array(64);
  lines: Int32Array = new Int32Array(64);
  kinds: Uint8Array = new Uint8Array(64);
  #at = 0;
  #line = 1;
  #entryStart = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3;
  }

  /** False at the end of the file. */
  next(): boolean {
    while (this.#at < this.bytes.length) {
      this.count = 0;
      this.fault = null;
      this.#entryStart = this.#at;
      this.isIndented = CLASSES[this.bytes[this.#at] as number] === Class.Blank;
      this.#readEntry();
      if (this.count > 0 || this.fault !== null) return true;
    }
    this.count = 0;
    return false;
  }

  /** The word as written, made fit for messages: printable, and not longer than people read. */
  shown(index: number): string {
    const start = this.starts[index] as number;
    const end = this.ends[index] as number;
    const text = String.fromCharCode(...this.bytes.subarray(start, Math.min(end, start + 60)));
    return `"${text.replaceAll(/[^ -~]/g, "?")}${end - start > 60 ? "..." : ""}"`;
  }

  /** The word's octets as characters, cut off where no keyword, number or address is that long. */
  text(index: number): string {
    const start = this.starts[index] as number;
    const end = Math.min(this.ends[index] as number, start + KEYWORD_OCTETS_MAX);
    return String.fromCharCode.apply(null, this.bytes.subarray(start, end) as unknown as number[]);
  }

  isBare(index: number): boolean {
    return ((this.kinds[index] as number) & (WordKind.Quoted | WordKind.Pair)) === 0;
  }

  isQuoted(index: number): boolean {
    return ((this.kinds[index] as number) & WordKind.Quoted) !== 0;
  }

  hasEscape(index: number): boolean {
    return ((this.kinds[index] as number) & WordKind.Escaped) !== 0;
  }

  #readEntry(): void {
    const { bytes } = this;
    let depth = 0;
    let openedOn = 0;
    while (this.#at < bytes.length) {
      switch (CLASSES[bytes[this.#at] as number]) {
        case Class.Blank:
          this.#at++;
          break;
        case Class.NewLine:
          this.#at++;
          this.#line++;
          if (depth === 0) return;
          break;
        case Class.Comment:
          this.#at = endOfLine(bytes, this.#at);
          break;
        case Class.Open:
          if (depth++ === 0) openedOn = this.#line;
          this.#at++;
          break;
        case Class.Close:
          if (depth === 0) this.#blame("a closing parenthesis has no opening one");
          else depth--;
          this.#at++;
          break;
        case Class.Quote:
          this.#readQuoted();
          break;
        default:
          this.#readBare();
      }
    }
    if (depth > 0) this.#blame("the parenthesis is never closed", openedOn);
  }

  #readQuoted(): void {
    const start = this.#at + 1;
    const escaped = this.#passQuoted(start);
    this.#add(start, this.#at, WordKind.Quoted | escaped);
    if (this.bytes[this.#at] === QUOTE) this.#at++;
  }

  /** From behind the opening quotation mark to the closing one, or to the end of the line; WordKind.Escaped or 0. */
  #passQuoted(start: number): number {
    const { bytes } = this;
    let escaped = 0;
    let at = start;
    while (at < bytes.length && bytes[at] !== QUOTE && bytes[at] !== NEW_LINE) {
      if (bytes[at] === ESCAPE) {
        escaped = WordKind.Escaped;
        if (at + 1 < bytes.length && bytes[at + 1] !== NEW_LINE) at++;
      } else if (CLASSES[bytes[at] as number] === Class.Control) {
        this.#blame(`the control character with code ${bytes[at]} must be written as an escape (\\DDD)`);
      }
      at++;
    }
    if (bytes[at] !== QUOTE) this.#blame("the quotation mark is not closed on its line");
    this.#at = at;
    return escaped;
  }

  #readBare(): void {
    const { bytes } = this;
    const start = this.#at;
    let kind: number = WordKind.Bare;
    let at = start;
    for (; at < bytes.length; at++) {
      const found = CLASSES[bytes[at] as number];
      if (found === Class.Word) continue;
      if (found === Class.Escape) {
        kind |= WordKind.Escaped;
        at++;
        if (at < bytes.length && bytes[at] !== NEW_LINE) continue;
        this.#blame("nothing follows the backslash");
        break;
      }
      if (found !== Class.Control) break;
      this.#blame(`the control character with code ${bytes[at]} must be written as an escape (\\DDD)`);
    }
    this.#at = at;
    // key="a value", as RFC 9460 §2.1 has it.
    if (bytes[at] === QUOTE && bytes[at - 1] === EQUALS && at > start) {
      kind |= WordKind.Pair | this.#passQuoted(at + 1);
      if (bytes[this.#at] === QUOTE) this.#at++;
    }
    this.#add(start, this.#at, kind);
  }

  #add(start: number, end: number, kind: number): void {
    if (this.fault !== null) return;
    if (this.count === WORDS_MAX) return this.#blame(`the entry has more than ${WORDS_MAX} words`);
    if (end - this.#entryStart > ENTRY_OCTETS_MAX)
      return this.#blame(`the entry is longer than ${ENTRY_OCTETS_MAX} octets`);
    if (this.count === this.starts.length) this.#grow();
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.lines[this.count] = this.#line;
    this.kinds[this.count] = kind;
    this.count++;
  }

  #grow(): void {
    const longer = (column: Int32Array): Int32Array => {
      const copy = new Int32Array(2 * column.length);
      copy.set(column);
      return copy;
    };
    this.starts = longer(this.starts);
    this.ends = longer(this.ends);
    this.lines = longer(this.lines);
    const kinds = new Uint8Array(2 * this.kinds.length);
    kinds.set(this.kinds);
    this.kinds = kinds;
  }

  /** The first fault of an entry is the one to mend; those behind it often come from it. */
  #blame(sentence: string, line: number = this.#line): void {
    if (this.fault !== null) return;
    this.fault = sentence;
    this.faultLine = line;
  }
}

function endOfLine(bytes: Uint8Array, from: number): number {
  const end = bytes.indexOf(NEW_LINE, from);
  return end < 0 ? bytes.length : end;
}
