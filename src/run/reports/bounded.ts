/**
 * A report of bounded size, whatever the members have put into it: it goes between processes and to clients.
 *
 *     a text                  TEXT_MAX characters, then "…"
 *     a list or a record      ENTRIES_MAX entries
 *     all of it too large     a quarter of the entries, and so on
 *
 * It has the shape that it had; what is left out is told beside it.
 */

const TEXT_MAX = 1_000;
const ENTRIES_MAX = 1_000;
const ENTRIES_DIVISOR = 4;
/** The fields of a report are few; the keys of a table may be many. */
const FIELDS_MAX = 40;
const OCTETS_MAX: number = 4 << 20;
const CUTS_MAX = 100;
const DEPTH_MAX = 20;
/** Of an entry beside its value: name, quotes, indentation. */
const ENTRY_OCTETS = 20;

type Bounded<T> = {
  readonly value: T;
  /** What was left out: "clusters[3].refusals: 1000 of 12345"; empty = nothing. */
  readonly cut: readonly string[];
};

/** `value`: a JSON value. `octetsMax`: about how much of JSON text it may become. */
export function bounded<T>(value: T, octetsMax: number = OCTETS_MAX): Bounded<T> {
  for (let entries = ENTRIES_MAX; ; entries = Math.floor(entries / ENTRIES_DIVISOR)) {
    const cutter = new Cutter(entries, octetsMax);
    const result = cutter.cut(value, "", 0);
    if (!cutter.isOver || entries === 0) return { value: result as T, cut: cutter.cuts };
  }
}

/** A report with what was left out of it. */
export type Reported<T> = T & { readonly cut: readonly string[] };

export function reported<T extends object>(report: T): Reported<T> {
  const { value, cut } = bounded(report);
  return { ...value, cut };
}

class Cutter {
  readonly #entriesMax: number;
  readonly #octetsMax: number;
  readonly cuts: string[] = [];
  #octets = 0;

  constructor(entriesMax: number, octetsMax: number) {
    this.#entriesMax = entriesMax;
    this.#octetsMax = octetsMax;
  }

  /** It has become too large; what follows was not looked at. */
  get isOver(): boolean {
    return this.#octets > this.#octetsMax;
  }

  cut(value: unknown, at: string, depth: number): unknown {
    if (typeof value === "string") return this.#text(value, at);
    this.#octets += ENTRY_OCTETS;
    if (typeof value !== "object" || value === null) return value;
    // Tried again with fewer entries; where there are none left, nothing more gets in.
    if (this.isOver) return null;
    if (depth > DEPTH_MAX) {
      this.#note(`${at}: nested too deeply`);
      return null;
    }
    if (Array.isArray(value)) return this.#list(value, at, depth);
    return this.#record(value, at, depth);
  }

  #text(text: string, at: string): string {
    const kept = text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
    if (kept !== text) this.#note(`${at}: ${TEXT_MAX} of ${text.length} characters`);
    this.#octets += ENTRY_OCTETS + kept.length;
    return kept;
  }

  #list(list: readonly unknown[], at: string, depth: number): unknown[] {
    const kept: unknown[] = [];
    for (const [index, one] of list.entries()) {
      if (index === this.#entriesMax) break;
      kept.push(this.cut(one, `${at}[${index}]`, depth + 1));
    }
    this.#noteEntries(at, kept.length, list.length);
    return kept;
  }

  #record(record: object, at: string, depth: number): object {
    const entries = Object.entries(record);
    const kept = entries.slice(0, Math.max(this.#entriesMax, FIELDS_MAX));
    this.#noteEntries(at, kept.length, entries.length);
    return Object.fromEntries(
      kept.map(([name, one]) => {
        this.#octets += name.length;
        return [name, this.cut(one, at === "" ? name : `${at}.${name}`, depth + 1)];
      }),
    );
  }

  #noteEntries(at: string, kept: number, all: number): void {
    if (kept < all) this.#note(`${at}: ${kept} of ${all}`);
  }

  #note(line: string): void {
    if (this.cuts.length < CUTS_MAX) this.cuts.push(line);
  }
}
