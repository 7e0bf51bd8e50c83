/** What is remembered about few copies, by their row: it has no place in the columns. */

export class CopyNotes {
  /** Of copies without the fields that their member does not know: few members are that old. */
  readonly #leftOut = new Map<number, string>();
  /** What the last write of a copy has told about it. */
  readonly #remarks = new Map<number, string>();
  /** Which write was refused for good. */
  readonly #refusals = new Map<number, string>();

  /** Value of the label about fields that the member does not know; null = none. */
  leftOutOf(row: number): string | null {
    return this.#leftOut.get(row) ?? null;
  }

  leftOut(row: number, label: string | null): void {
    set(this.#leftOut, row, label);
  }

  remarkOf(row: number): string | null {
    return this.#remarks.get(row) ?? null;
  }

  /** Null = nothing is to be told about its last write. */
  remark(row: number, text: string | null): void {
    set(this.#remarks, row, text);
  }

  /** `write`: what was sent, and to which state of the copy. It would be refused in the same way again. */
  refused(row: number, write: string): void {
    this.#refusals.set(row, write);
  }

  isRefused(row: number, write: string): boolean {
    return this.#refusals.get(row) === write;
  }

  /** The member may have changed: what it refused is tried again. */
  forgetRefusals(): void {
    this.#refusals.clear();
  }

  /** There is no copy any more. */
  gone(row: number): void {
    this.#leftOut.delete(row);
    this.#remarks.delete(row);
  }

  /** The row is used for another object from now on. */
  clear(row: number): void {
    this.gone(row);
    this.#refusals.delete(row);
  }
}

function set(notes: Map<number, string>, row: number, text: string | null): void {
  if (text === null) notes.delete(row);
  else notes.set(row, text);
}
