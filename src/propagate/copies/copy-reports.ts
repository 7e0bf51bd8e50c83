/** What is said about the copies in one member, in typed columns, and whether it was found out for their objects as they are now. */
import { COPY_STATUSES, type CopyStatus, type CopyReport } from "../status/copy-status.ts";
import { FIRST_ROWS, grown, rowsWith } from "./columns.ts";

/** In a status: the copy has been worked on. The rest is the number of what is said about it, 0 = nothing. */
const WORKED = 128;
const STATUS_MASK = 127;
/** The number of "", the first status. */
const GOOD_STATUS = 1;

/** What is said about one copy, without its cluster. */
type StatusFields = Pick<CopyReport, "status" | "message" | "code" | "isFinal">;

export class CopyReports {
  #statuses = new Uint8Array(FIRST_ROWS);
  #sinceMs = new Float64Array(FIRST_ROWS);
  #generations = new Uint32Array(FIRST_ROWS);
  /** Rows that are worked on, for their object as it is now. */
  readonly #current = new Set<number>();
  readonly #failures = new Map<number, Pick<CopyReport, "message" | "code" | "isFinal">>();

  /** Work on the copy begins: `worked` counts, unless its object changes meanwhile. */
  begin(row: number): void {
    this.#current.add(row);
  }

  /** Its object has changed: what is to be said about the copy has to be found out anew. */
  outdate(row: number): void {
    this.#current.delete(row);
    if (row < this.#statuses.length) this.#statuses[row] = (this.#statuses[row] as number) & STATUS_MASK;
  }

  /** What is to be said about the copy has been found out. Returns true the first time since its object has changed. */
  worked(row: number): boolean {
    if (!this.#current.delete(row)) return false;
    this.#grow(row);
    const before = this.#statuses[row] as number;
    this.#statuses[row] = before | WORKED;
    return (before & WORKED) === 0;
  }

  isWorked(row: number): boolean {
    return ((this.#statuses[row] ?? 0) & WORKED) !== 0;
  }

  /** `generation`: that of the federated object; null = as before. True when the status, its message or its code changed. */
  report(
    row: number,
    { status, message, code, isFinal = false }: StatusFields,
    generation: number | null,
    nowMs: number,
  ): boolean {
    this.#grow(row);
    const before = this.#failures.get(row) ?? { message: null, code: null, isFinal: false };
    const number = COPY_STATUSES.indexOf(status) + 1;
    const worked = (this.#statuses[row] as number) & WORKED;
    const isSameStatus = this.#statuses[row] === (number | worked);
    if (!isSameStatus) this.#sinceMs[row] = nowMs;
    const isSame =
      isSameStatus &&
      before.message === message &&
      before.code === code &&
      (before.isFinal ?? false) === isFinal;
    this.#statuses[row] = number | worked;
    if (message === null && code === null) this.#failures.delete(row);
    else this.#failures.set(row, { message, code, ...(isFinal && { isFinal }) });
    if (generation !== null) this.#generations[row] = generation;
    return !isSame;
  }

  /** Null = nothing was reported: the copy is neither wanted nor there. */
  reportOf(row: number): Omit<CopyReport, "cluster"> | null {
    const number = (this.#statuses[row] ?? 0) & STATUS_MASK;
    if (number === 0) return null;
    const generation = this.#generations[row] ?? 0;
    return {
      status: COPY_STATUSES[number - 1] as CopyStatus,
      ...(this.#failures.get(row) ?? { message: null, code: null }),
      sinceMs: this.#sinceMs[row] as number,
      generation: generation === 0 ? null : generation,
    };
  }

  /** Rows whose copy is not as wanted, with the reason. */
  *failing(): Iterable<number> {
    for (const row of this.#failures.keys())
      if (((this.#statuses[row] as number) & STATUS_MASK) > GOOD_STATUS) yield row;
  }

  /** Nothing is to be said any more: the copy is gone and not wanted. True when something was said. */
  forgetReport(row: number): boolean {
    const before = this.#statuses[row] ?? 0;
    if ((before & STATUS_MASK) === 0) return false;
    this.#statuses[row] = before & WORKED;
    this.#generations[row] = 0;
    this.#failures.delete(row);
    return true;
  }

  /** The row is used for another object from now on. */
  protected clearReport(row: number): void {
    this.#current.delete(row);
    this.forgetReport(row);
    if (row < this.#statuses.length) this.#statuses[row] = 0;
  }

  #grow(row: number): void {
    if (row < this.#statuses.length) return;
    const rows = rowsWith(row);
    this.#statuses = grown(this.#statuses, new Uint8Array(rows));
    this.#sinceMs = grown(this.#sinceMs, new Float64Array(rows));
    this.#generations = grown(this.#generations, new Uint32Array(rows));
  }
}
