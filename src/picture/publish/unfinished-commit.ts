/**
 * Completes the commit that a writer was in the middle of when it was killed. Until then readers cannot answer. The
 * supervisor does this at once, since the next writer takes a second until it opens the picture.
 */
import { errorFields } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import { openPictureFile } from "../../kernel/native/picture-file.ts";
import { headerProblem } from "../format/header.ts";
import { recover } from "../write/transaction.ts";
import { tryLockPicture } from "./picture-lock.ts";

/**
 * `path` is that of the picture. Does nothing while a writer holds the lock: one that lives completes its commit itself,
 * and one that opens the picture completes that of another. Never throws.
 */
export function completeCommit(path: string, log: Log): void {
  try {
    const lock = tryLockPicture(path);
    if (!("release" in lock)) return;
    try {
      completeIn(path, log);
    } finally {
      lock.release();
    }
  } catch (error) {
    log.warn(errorFields(error), "could not look for an unfinished commit of the picture");
  }
}

function completeIn(path: string, log: Log): void {
  const file = openPictureFile(path);
  if (file === null) return;
  try {
    if (headerProblem(file.memory) === null && recover(file.memory))
      log.warn({ path }, "completed the commit that the control process was in the middle of when it ended");
  } finally {
    file.mapping.unmap();
  }
}
