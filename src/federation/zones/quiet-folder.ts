/**
 * When a change of the folder counts. Editors and rsync write in steps, and volumes may be unmounted for a moment:
 *
 *   a file changed, came or went      when two looks in a row agree, or it was last modified QUIET_MS ago
 *   all zone files went at once       after EMPTY_AFTER_MS: an unmounted volume leaves an empty mount point
 *   the folder cannot be listed       never
 *
 * Pure: looks and times are arguments.
 */
import { changedPaths, type FolderLook, isSameFile, NOTHING_SEEN } from "./folder-look.ts";

/** How soon the folder is looked at again after a change that does not count yet. */
export const QUIET_MS = 500;
export const EMPTY_AFTER_MS = 60_000;

type FolderChange =
  | "none"
  /** Something is being written: look again after QUIET_MS. */
  | "unsettled"
  /** All zone files are gone, for less than EMPTY_AFTER_MS. */
  | "emptied"
  | "changed";

export class QuietFolder {
  #taken: FolderLook = NOTHING_SEEN;
  #last: FolderLook = NOTHING_SEEN;
  #emptySinceMs: number | null = null;

  /** The files have been read as this look shows them. */
  take(look: FolderLook): void {
    this.#taken = look;
    this.#last = look;
    this.#emptySinceMs = null;
  }

  /** Compares a look with the one that was taken. `wallMs`: wall time, as of file times. */
  judge(look: FolderLook, wallMs: number): FolderChange {
    const last = this.#last;
    this.#last = look;
    const changed = changedPaths(this.#taken, look);
    if (hasZoneFiles(look) || !hasZoneFiles(this.#taken)) this.#emptySinceMs = null;
    else {
      this.#emptySinceMs ??= wallMs;
      if (wallMs - this.#emptySinceMs < EMPTY_AFTER_MS) return "emptied";
    }
    if (changed.length === 0) return "none";
    const isSettled = changed.every((path) => isSameFile(last, look, path) || isQuiet(look, path, wallMs));
    return isSettled ? "changed" : "unsettled";
  }
}

function hasZoneFiles(look: FolderLook): boolean {
  return [...look.keys()].some((path) => path.endsWith(".zone"));
}

function isQuiet(look: FolderLook, path: string, wallMs: number): boolean {
  const facts = look.get(path);
  return facts !== undefined && facts !== null && wallMs - facts.modifiedMs >= QUIET_MS;
}
