/** Before anything is started: is there a picture to serve, and may it be served? */
import { randomInt } from "node:crypto";
import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { OperationalError } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import { openPictureFile, type PictureFile, removeUnfinished } from "../../kernel/native/picture-file.ts";
import { freeOctets } from "../../kernel/native/reservation.ts";
import { bootId, markBoot, readMark } from "../keep/boot-mark.ts";
import { copyPath } from "../keep/copy.ts";
import { reserveIn, reserveUsed } from "../write/reserve.ts";
import { recover } from "../write/transaction.ts";
import { reasonToRefuse } from "../verify/verify.ts";
import { hasUnread, unreadRecord } from "../content/unread.ts";
import { Header, header } from "../format/layout.ts";
import { type Memory, NONE } from "../format/memory.ts";
import { raiseAllCachedUntil } from "./cached-addresses.ts";
import { replaceWithEmpty } from "./picture-store.ts";
import { markOutdated, useCopy } from "../keep/use-copy.ts";

type Prepared = {
  /** True when queries can be answered from the picture of an earlier run. */
  readonly isRestored: boolean;
};

/** What a new picture takes before it grows. */
const FRESH_OCTETS = 8 << 20;

/**
 * Leaves a sound picture at `path`:
 *
 *   the one that is there       if it is sound, and the machine runs since it was written or was stopped in order
 *   the saved copy (keep/)      if the machine was started anew since (a power loss leaves pages of different times), or if
 *                               the picture is missing or not sound
 *   the one that is there       if it is sound, and there is no sound copy
 *   an empty one                otherwise
 *
 * A file that is damaged, foreign or of another format is never served; it is moved to `path`.refused, where it can be
 * examined, as long as it does not take the room that the new one needs. Throws an OperationalError (NO_ROOM) when there is
 * no room all the same. `boot` is the machine's boot id.
 */
export function preparePicture(
  path: string,
  log: Log,
  wallMs: number,
  boot: string | null = bootId(),
): Prepared {
  removeUnfinished(path);
  removeUnfinished(copyPath(path));
  const isRestored = choosePicture(path, log, wallMs, boot);
  markBoot(path, boot);
  return { isRestored };
}

/** Returns true when answers can be given from it. */
function choosePicture(path: string, log: Log, wallMs: number, boot: string | null): boolean {
  const mark = existsSync(path) ? readMark(path, boot) : "coherent";
  const isOtherBoot = mark === "other boot";
  const why = `the machine ${isOtherBoot ? "was" : "may have been"} started anew, and pages of the picture may be of different times`;
  if (mark !== "coherent" && useCopy(path, why, log)) return usePicture(path, log, wallMs) ?? false;
  const isThere = existsSync(path);
  const isComplete = usePicture(path, log, wallMs);
  if (isOtherBoot && isComplete !== null) {
    log.warn(
      { path },
      "the machine was started anew, and there is no saved copy; every record of the picture is sound",
    );
    markOutdated(path, log);
  }
  if (isComplete !== null) return isComplete;
  const lost = isThere ? "the picture was refused" : "there is no picture";
  if (useCopy(path, lost, log)) return usePicture(path, log, wallMs) ?? false;
  createEmpty(path, log);
  return false;
}

/** Whether it is complete; null when there is none, or none that may be served: then it is out of the way. */
function usePicture(path: string, log: Log, wallMs: number): boolean | null {
  if (isTooShort(path)) putAside(path, "is not a fedns picture", log);
  const found = openPictureFile(path);
  if (found === null) return null;
  try {
    const reason = takeOver(found, path, log, wallMs);
    if (reason === null) return isWhole(found.memory);
    putAside(path, reason, log);
    return null;
  } finally {
    found.mapping.unmap();
  }
}

/** Control has written it, and every member that it knows was read once. */
function isWhole({ u32 }: Memory): boolean {
  const unread = unreadRecord(u32);
  return header(u32, Header.CommittedAt) !== 0 && (unread === NONE || !hasUnread(u32, unread));
}

/** Returns why it must not be served, as the end of "the picture ... ", or null. */
function takeOver(file: PictureFile, path: string, log: Log, wallMs: number): string | null {
  const { memory } = file;
  const isFinished = recover(memory);
  const reason = reasonToRefuse(memory);
  if (reason !== null) return reason;
  if (isFinished) log.info({ path }, "finished the commit that the last run had begun");
  reserveUsed(memory, reserveIn(file));
  // The last second before the stop may be missing: every address counts as handed out just now.
  raiseAllCachedUntil(memory, Math.floor(wallMs / 1000));
  return null;
}

/** Fewer than four octets, but not empty: such a file cannot be mapped. */
function isTooShort(path: string): boolean {
  const octets = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return octets > 0 && octets < 4;
}

function putAside(path: string, reason: string, log: Log): void {
  const refused = `${path}.refused`;
  rmSync(refused, { force: true });
  const takenOctets = statSync(path).blocks * 512;
  const free = freeOctets(path);
  const isRoom = free === null || free >= takenOctets + FRESH_OCTETS;
  if (isRoom) renameSync(path, refused);
  else rmSync(path);
  const kept = isRoom ? refused : "no: there is no room for it beside the new one";
  log.warn({ path, kept }, `the picture ${reason}; starting without it`);
}

/** A picture that was refused earlier gives up its room when the new one needs it. */
function createEmpty(path: string, log: Log): void {
  const refused = `${path}.refused`;
  const create = (): void => replaceWithEmpty(path, randomInt(2 ** 32)).mapping.unmap();
  try {
    create();
  } catch (error) {
    const isFull = error instanceof OperationalError && error.code === "NO_ROOM";
    if (!isFull || !existsSync(refused)) throw error;
    rmSync(refused);
    log.warn({ removed: refused }, "removed the picture that was refused: the new one needs its room");
    create();
  }
}
