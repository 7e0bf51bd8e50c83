/** The saved copy takes the place of a picture that cannot be used. */
import { renameSync, statSync } from "node:fs";
import { errorFields, OperationalError } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import { openPictureFile, type PictureFile, replacePictureFile } from "../../kernel/native/picture-file.ts";
import { encodeOutdated, unreadRecord } from "../content/unread.ts";
import { Header } from "../format/layout.ts";
import { copyPath } from "./copy.ts";
import { reasonToRefuse } from "../verify/verify.ts";
import { compactInto } from "../write/compact.ts";
import { reserveIn } from "../write/reserve.ts";

/** `why`: a clause for the log. Returns false when there is no sound copy; then nothing has changed. */
export function useCopy(path: string, why: string, log: Log): boolean {
  const copy = copyPath(path);
  if ((statSync(copy, { throwIfNoEntry: false })?.size ?? 0) < 4) return false;
  const file = openPictureFile(copy);
  if (file === null) return false;
  try {
    const reason = reasonToRefuse(file.memory);
    if (reason !== null) log.warn({ path: copy }, `the saved copy of the picture ${reason}; not using it`);
    if (reason !== null || file.memory.u32[Header.CommittedAt] === 0) return false;
    install(file, copy, path);
    const committedAt = new Date((file.memory.u32[Header.CommittedAt] as number) * 1000).toISOString();
    log.warn({ path: copy, committedAt }, `starting from the saved copy of the picture: ${why}`);
    return true;
  } finally {
    file.mapping.unmap();
  }
}

/**
 * The picture at `path` may have lost its latest commits: what it does not have is no more denied than by a copy. Without
 * room for a fresh file it stays as it is.
 */
export function markOutdated(path: string, log: Log): void {
  const file = openPictureFile(path);
  if (file === null) return;
  try {
    const { u32 } = file.memory;
    const unread = encodeOutdated(u32, unreadRecord(u32));
    const fill = (fresh: PictureFile): void =>
      compactInto(file.memory, fresh.memory, reserveIn(fresh), unread);
    replacePictureFile(path, file.mapping.octets, fill).mapping.unmap();
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    log.warn(errorFields(error), "could not note in the picture that it may lack names; they are NXDOMAIN");
  } finally {
    file.mapping.unmap();
  }
}

/** Where there is no room for both, the copy itself becomes the picture; the next copy is made when that is complete. */
function install(copy: PictureFile, copyAt: string, path: string): void {
  try {
    const fill = (file: PictureFile): void => compactInto(copy.memory, file.memory, reserveIn(file));
    replacePictureFile(path, copy.mapping.octets, fill).mapping.unmap();
  } catch (error) {
    if (!(error instanceof OperationalError && error.code === "NO_ROOM")) throw error;
    renameSync(copyAt, path);
  }
}
