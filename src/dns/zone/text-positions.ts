/** Where the records of a zone were written: kept beside the zone, because answers do not need it. */
import type { TextPosition } from "./problem.ts";

/** The position of a record, by the RDATA object in the zone (by identity, not by content). */
export type PositionOf = (rdata: Uint8Array | undefined) => TextPosition;

/** Columns, in the order of the records. */
export class TextPositions {
  readonly files: string[] = [];
  readonly #rdatas: Uint8Array[] = [];
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

  /** Searches all records: only problems need it, and they are few. */
  positionOf(rdata: Uint8Array | undefined): TextPosition {
    const index = rdata === undefined ? -1 : this.#rdatas.indexOf(rdata);
    if (index < 0) return { file: this.files[0] ?? "", line: 0 };
    return { file: this.files[this.#files[index] as number] as string, line: this.#lines[index] as number };
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
