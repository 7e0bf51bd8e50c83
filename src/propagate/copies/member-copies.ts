/**
 * What is known about the copies in one member, in typed columns: one row for each object of the host.
 *
 *     octets per row   16 uid   8 revision   8 hash of what was applied   8 hash of our fields   8 hash of our fields when
 *                      they were verified   8 since when the status is so   4 generation   1 flags   1 status        = 62
 *
 * A million copies are 62 MB, and the garbage collector has nothing to look at. Messages of failures are kept beside the
 * columns: few copies fail.
 */
import { hashOf, uidOf, wordsOf } from "./column-words.ts";
import type { CopyOwner, LiveCopy } from "../apply/decide.ts";
import { CopyNotes } from "./copy-notes.ts";
import { FIRST_ROWS, grown, rowsWith } from "./columns.ts";
import { CopyReports } from "./copy-reports.ts";

/** Flags. Without PRESENT the others mean nothing. */
const PRESENT = 1;
const OPTED_OUT = 2;
const ADOPTED = 4;
const DELETING = 8;
const HAS_APPLIED = 16;
const OWNER_SHIFT = 5;
const OWNER_MASK = 3;
const SHARED = 128;
const OWNERS: readonly CopyOwner[] = ["nobody", "us", "kubefed", "another-federation"];
/** A revision of etcd that a float holds exactly. Other servers' versions are not kept. */
const REVISION = /^[1-9]\d{0,14}$/;

/** A copy as a member's watch, or the reply to a write, shows it. */
export type SeenCopy = {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly owner: CopyOwner;
  readonly isOptedOut: boolean;
  readonly isAdopted: boolean;
  readonly isDeleting: boolean;
  readonly isSharedWithKubefed: boolean;
  /** 16 hex digits: the value of our label; null = none. */
  readonly applied: string | null;
  /** Of our entry in managedFields; 0 = we own nothing there. */
  readonly fieldsHash: bigint;
  /** Value of the label about fields that the member does not know; null = none. */
  readonly leftOut: string | null;
};

export class MemberCopies extends CopyReports {
  readonly notes: CopyNotes = new CopyNotes();
  #flags = new Uint8Array(FIRST_ROWS);
  #uids = new BigUint64Array(2 * FIRST_ROWS);
  #revisions = new Float64Array(FIRST_ROWS);
  #applied = new BigUint64Array(FIRST_ROWS);
  #fields = new BigUint64Array(FIRST_ROWS);
  #verified = new BigUint64Array(FIRST_ROWS);
  /** Rows whose watch showed an older state than the one known, or whose answer came after a later state. */
  readonly #doubtful = new Set<number>();
  /** Rows about which a request is under way; of these, the rows that the watch has shown a change of since it was sent. */
  readonly #asked = new Set<number>();
  readonly #overtaken = new Set<number>();

  /**
   * False when a watch shows an older state than the one known: it lags behind a reply, or the member was restored from a backup.
   * False when an answer (`isRead`) took so long that the watch has shown a later state. The copy has to be read then. Any other
   * answer counts, also one with an older state.
   */
  see(row: number, copy: SeenCopy, isRead = false): boolean {
    this.#grow(row);
    const revision = REVISION.test(copy.resourceVersion) ? Number(copy.resourceVersion) : 0;
    const known = this.#revisions[row] as number;
    const isOlder = revision !== 0 && revision < known;
    const isAfterEnd = !this.isPresent(row) && revision <= known;
    const isLate = this.#isOvertaken(row, isRead) && (isOlder || isAfterEnd || revision === 0);
    if (isLate || (!isRead && isOlder)) {
      this.#doubtful.add(row);
      return false;
    }
    this.#doubtful.delete(row);
    this.#flags[row] =
      PRESENT |
      (copy.isOptedOut ? OPTED_OUT : 0) |
      (copy.isAdopted ? ADOPTED : 0) |
      (copy.isDeleting ? DELETING : 0) |
      (copy.isSharedWithKubefed ? SHARED : 0) |
      (copy.applied !== null ? HAS_APPLIED : 0) |
      (OWNERS.indexOf(copy.owner) << OWNER_SHIFT);
    const [high, low] = wordsOf(copy.uid);
    this.#uids[2 * row] = high;
    this.#uids[2 * row + 1] = low;
    this.#revisions[row] = revision;
    this.#applied[row] = hashOf(copy.applied);
    this.#fields[row] = copy.fieldsHash;
    this.notes.leftOut(row, copy.leftOut);
    return true;
  }

  /** The copy is known as this object shows it: an echo of what was read before. */
  isKnown(row: number, { uid, resourceVersion }: Pick<SeenCopy, "uid" | "resourceVersion">): boolean {
    if (!this.isPresent(row) || this.#doubtful.has(row) || !REVISION.test(resourceVersion)) return false;
    if (this.#revisions[row] !== Number(resourceVersion)) return false;
    const [high, low] = wordsOf(uid);
    return high !== 0n && this.#uids[2 * row] === high && this.#uids[2 * row + 1] === low;
  }

  /** A request about the copy is about to be sent. What its answer shows is passed to `see` or `gone`. */
  ask(row: number): void {
    this.#asked.add(row);
    this.#overtaken.delete(row);
  }

  /** For an answer (`isRead`): whether the watch has shown a change meanwhile. Notes it for what the watch shows. */
  #isOvertaken(row: number, isRead: boolean): boolean {
    if (!isRead && this.#asked.has(row)) this.#overtaken.add(row);
    if (isRead) this.#asked.delete(row);
    return isRead && this.#overtaken.delete(row);
  }

  /** What is known of it may be wrong: a write may have been carried out, or the member was restored from a backup. */
  doubt(row: number): void {
    this.#doubtful.add(row);
  }

  /** It has to be read before anything is decided about it. */
  isDoubtful(row: number): boolean {
    return this.#doubtful.has(row);
  }

  /** There is no copy, or none that is labelled. `revision` of the last state stays, so that an older one is not believed. */
  gone(row: number, isRead = false): void {
    this.#grow(row);
    if (this.#isOvertaken(row, isRead) && this.isPresent(row)) {
      this.#doubtful.add(row);
      return;
    }
    this.#doubtful.delete(row);
    this.#flags[row] = 0;
    this.#verified[row] = 0n;
    this.notes.gone(row);
  }

  /** Its fields, as they are now, cover all that was sent. */
  verified(row: number): void {
    this.#verified[row] = this.#fields[row] as bigint;
  }

  isVerified(row: number): boolean {
    const fields = this.#fields[row] ?? 0n;
    return fields !== 0n && fields === this.#verified[row];
  }

  isPresent(row: number): boolean {
    return ((this.#flags[row] ?? 0) & PRESENT) !== 0;
  }

  /** `isListed`: the member's copies of this type were listed, so that what is not here does not exist. */
  live(row: number, isListed: boolean): LiveCopy {
    const flags = this.#flags[row] ?? 0;
    if ((flags & PRESENT) === 0) return isListed ? { kind: "absent" } : { kind: "unknown" };
    return {
      kind: "present",
      owner: OWNERS[(flags >> OWNER_SHIFT) & OWNER_MASK] as CopyOwner,
      isOptedOut: (flags & OPTED_OUT) !== 0,
      isAdopted: (flags & ADOPTED) !== 0,
      isDeleting: (flags & DELETING) !== 0,
      applied:
        (flags & HAS_APPLIED) === 0 ? null : (this.#applied[row] as bigint).toString(16).padStart(16, "0"),
      isCovered: this.isVerified(row),
      isSharedWithKubefed: (flags & SHARED) !== 0,
    };
  }

  /** "" when there is no copy. */
  uid(row: number): string {
    if (!this.isPresent(row)) return "";
    return uidOf(this.#uids[2 * row] as bigint, this.#uids[2 * row + 1] as bigint);
  }

  /** null = the server's versions are no revisions. */
  resourceVersion(row: number): string | null {
    const revision = this.#revisions[row] ?? 0;
    return revision === 0 ? null : String(revision);
  }

  fieldsHash(row: number): bigint {
    return this.#fields[row] ?? 0n;
  }

  /** How many copies with our label there are in the rows that `counts` says yes to. */
  countOwn(counts: (row: number) => boolean): number {
    const own = PRESENT | (OWNERS.indexOf("us") << OWNER_SHIFT);
    const mask = PRESENT | (OWNER_MASK << OWNER_SHIFT);
    let count = 0;
    for (const [row, flags] of this.#flags.entries()) if ((flags & mask) === own && counts(row)) count += 1;
    return count;
  }

  /** The row is used for another object from now on. */
  clear(row: number): void {
    this.clearReport(row);
    if (row >= this.#flags.length) return;
    this.gone(row);
    this.#asked.delete(row);
    this.#overtaken.delete(row);
    this.notes.clear(row);
    this.#revisions[row] = 0;
    this.#fields[row] = 0n;
  }

  #grow(row: number): void {
    const before = this.#flags.length;
    if (row < before) return;
    const rows = rowsWith(row);
    this.#flags = grown(this.#flags, new Uint8Array(rows));
    this.#uids = grown(this.#uids, new BigUint64Array(2 * rows));
    this.#revisions = grown(this.#revisions, new Float64Array(rows));
    this.#applied = grown(this.#applied, new BigUint64Array(rows));
    this.#fields = grown(this.#fields, new BigUint64Array(rows));
    this.#verified = grown(this.#verified, new BigUint64Array(rows));
  }
}
