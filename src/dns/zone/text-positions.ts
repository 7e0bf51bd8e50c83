/** Where the records of a zone were written: kept beside the zone, because answers do not need it. */
import type { TextPosition } from "./problem.ts";

/** The position of a record, by the RDATA object in the zone (by identity, not by content). */
export type PositionOf = (rdata: Uint8Array | undefined) => TextPosition;

/** As many searches through all records cost less than an index of them. */
const SEARCHES_MAX = 16;

/** Columns, in the order of the records. */
export class TextPositions {
  readonly files: string[] = [];
  readonly #rdatas: Uint8Array[] = [];
  #searches = 0;
  /** Of the first records, as many as it has; empty until it is worth its memory. */
  readonly #index: Map<Uint8Array, number> = new Map();
  #lines: Uint32Array = new Uint32Array(1024);
  #files: Uint16Array = new Uint16Array(1024);

  get count(): number {
    return this.#rdatas.length;
  }

  /** `file` is an index of `files`. */
  add(rdata: Uint8Array, file: number, line: number): void {
    const index = this.#rdatas.push(rdata) - 1;
    if (index === this.#lines.length) this.#grow();
    this.#lines[index] = line;
    this.#files[index] = file;
  }

  /** Only problems need it. They are few in most zones, and where they are not, an index is worth its memory. */
  positionOf(rdata: Uint8Array | undefined): TextPosition {
    const index = rdata === undefined ? -1 : this.#indexOf(rdata);
    if (index < 0) return { file: this.files[0] ?? "", line: 0 };
    return { file: this.files[this.#files[index] as number] as string, line: this.#lines[index] as number };
  }

  #indexOf(rdata: Uint8Array): number {
    if (++this.#searches < SEARCHES_MAX) return this.#rdatas.indexOf(rdata);
    for (let i = this.#index.size; i < this.#rdatas.length; i++)
      this.#index.set(this.#rdatas[i] as Uint8Array, i);
    return this.#index.get(rdata) ?? -1;
  }

  #grow(): void {
    const lines = new Uint32Array(2 * this.#lines.length);
    lines.set(this.#lines);
    this.#lines = lines;
    const files = new Uint16Array(lines.length);
    files.set(this.#files);
    this.#files = files;
  }
}
