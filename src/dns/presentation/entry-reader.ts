/** The text of zone files, entry by entry (RFC 1035 §5.1): blanks, comments, quotation marks and parentheses. */
import { ENTRY_OCTETS_MAX, WordKind, Words, WORDS_MAX } from "./words.ts";

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

/** Reads one entry after another into `words`. */
export class EntryReader {
  readonly #bytes: Uint8Array;
  /** The words of the entry that `next` has read. */
  readonly words: Words;
  /** True when the entry's line starts with a blank: it has no owner of its own. */
  isIndented = false;
  /** What is wrong with the entry as text, and on which line. The words of such an entry must not be used. */
  fault: string | null = null;
  faultLine = 0;
  #at = 0;
  #line = 1;
  #entryStart = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.words = new Words(bytes);
    // The byte order mark that some editors write.
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3;
  }

  /** False at the end of the file. */
  next(): boolean {
    const bytes = this.#bytes;
    const { words } = this;
    while (this.#at < bytes.length) {
      words.count = 0;
      this.fault = null;
      this.#entryStart = this.#at;
      this.isIndented = CLASSES[bytes[this.#at] as number] === Class.Blank;
      this.#readEntry();
      if (words.count > 0 || this.fault !== null) return true;
    }
    words.count = 0;
    return false;
  }

  #readEntry(): void {
    const bytes = this.#bytes;
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
          if (depth === 0) this.#report("a closing parenthesis has no opening one");
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
    if (depth > 0) this.#report("the parenthesis is never closed", openedOn);
  }

  #readQuoted(): void {
    const start = this.#at + 1;
    this.#passQuoted(start);
    this.#add(start, this.#at, WordKind.Quoted);
    if (this.#bytes[this.#at] === QUOTE) this.#at++;
  }

  /** From behind the opening quotation mark to the closing one, or to the end of the line. */
  #passQuoted(start: number): void {
    const bytes = this.#bytes;
    let at = start;
    while (at < bytes.length && bytes[at] !== QUOTE && bytes[at] !== NEW_LINE) {
      if (bytes[at] === ESCAPE) {
        if (at + 1 < bytes.length && bytes[at + 1] !== NEW_LINE) at++;
      } else if (CLASSES[bytes[at] as number] === Class.Control) {
        this.#report(`the control character with code ${bytes[at]} must be written as an escape (\\DDD)`);
      }
      at++;
    }
    if (bytes[at] !== QUOTE) this.#report("the quotation mark is not closed on its line");
    this.#at = at;
  }

  #readBare(): void {
    const bytes = this.#bytes;
    const start = this.#at;
    let kind: number = WordKind.Bare;
    let at = start;
    for (; at < bytes.length; at++) {
      const found = CLASSES[bytes[at] as number];
      if (found === Class.Word) continue;
      if (found === Class.Escape) {
        at++;
        if (at < bytes.length && bytes[at] !== NEW_LINE) continue;
        this.#report("nothing follows the backslash");
        break;
      }
      if (found !== Class.Control) break;
      this.#report(`the control character with code ${bytes[at]} must be written as an escape (\\DDD)`);
    }
    this.#at = at;
    // key="a value", as RFC 9460 §2.1 has it.
    if (bytes[at] === QUOTE && bytes[at - 1] === EQUALS && at > start) {
      kind = WordKind.Pair;
      this.#passQuoted(at + 1);
      if (bytes[this.#at] === QUOTE) this.#at++;
    }
    this.#add(start, this.#at, kind);
  }

  #add(start: number, end: number, kind: number): void {
    if (this.fault !== null) return;
    if (this.words.count === WORDS_MAX) return this.#report(`the entry has more than ${WORDS_MAX} words`);
    if (end - this.#entryStart > ENTRY_OCTETS_MAX)
      return this.#report(`the entry is longer than ${ENTRY_OCTETS_MAX} octets`);
    this.words.add(start, end, this.#line, kind);
  }

  /** Only the first fault of an entry is kept: later ones often come from it. */
  #report(message: string, line: number = this.#line): void {
    if (this.fault !== null) return;
    this.fault = message;
    this.faultLine = line;
  }
}

function endOfLine(bytes: Uint8Array, from: number): number {
  const end = bytes.indexOf(NEW_LINE, from);
  return end < 0 ? bytes.length : end;
}
