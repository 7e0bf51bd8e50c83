/**
 * The words of one entry of a zone file, as they are written (RFC 1035 §5.1). They are kept as columns of numbers, not
 * as objects, so that a file of a million records makes no garbage.
 */

export const WordKind = { Bare: 0, Quoted: 1, Pair: 2 } as const;

/** 65,535 octets of RDATA, each written as \DDD, with the quotes around them and room for blanks. */
export const ENTRY_OCTETS_MAX: number = 512 * 1024;
/** More words than RDATA can have character-strings. */
export const WORDS_MAX = 70_000;
const KEYWORD_OCTETS_MAX = 255;

export class Words {
  readonly bytes: Uint8Array;
  count = 0;
  /** Where each word starts and ends in `bytes`, quotation marks not included, and its line, counted from 1. */
  starts: Int32Array = new Int32Array(64);
  ends: Int32Array = new Int32Array(64);
  lines: Int32Array = new Int32Array(64);
  /** Values of WordKind. */
  kinds: Uint8Array = new Uint8Array(64);

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** The word for messages: printable characters only, and cut after 60. */
  shown(index: number): string {
    const start = this.starts[index] as number;
    const end = this.ends[index] as number;
    const text = String.fromCharCode(...this.bytes.subarray(start, Math.min(end, start + 60)));
    return `"${text.replaceAll(/[^ -~]/g, "?")}${end - start > 60 ? "..." : ""}"`;
  }

  /** The word's octets as characters, cut where it is longer than any keyword, number or address. */
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

  add(start: number, end: number, line: number, kind: number): void {
    if (this.count === this.starts.length) this.#grow();
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.lines[this.count] = line;
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
}
