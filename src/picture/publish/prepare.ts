/** Before anything is started: is there a picture to serve, and may it be served? */
import { randomInt } from "node:crypto";
import { renameSync, statSync } from "node:fs";
import type { Log } from "../../kernel/log.ts";
import { openPictureFile } from "../../kernel/native/picture-file.ts";
import { recover } from "../write/transaction.ts";
import { reasonToRefuse } from "../verify/verify.ts";
import { Header } from "../format/layout.ts";
import { raiseAllCachedUntil } from "./cached-addresses.ts";
import { replaceWithEmpty } from "./picture-store.ts";

type Prepared = {
  /** True when answers can be given from what an earlier run has left. */
  readonly isSaved: boolean;
};

/**
 * Leaves a sound picture at `path`: the saved one, or a new empty one. A file that is damaged, foreign or of another
 * format is never served; it is moved to `path`.refused, where it can be examined.
 */
export function preparePicture(path: string, log: Log, wallMs: number): Prepared {
  if (isTooShort(path)) putAside(path, "is not a fedns picture", log);
  const found = openPictureFile(path);
  if (found !== null) {
    const isFinished = recover(found.memory);
    const reason = reasonToRefuse(found.memory);
    if (reason === null) {
      if (isFinished) log.info({ path }, "finished the commit that the last run had begun");
      const isSaved = found.memory.u32[Header.Complete] === 1;
      // The last second before the stop may be missing: every address counts as handed out just now.
      raiseAllCachedUntil(found.memory, Math.floor(wallMs / 1000));
      found.mapping.unmap();
      return { isSaved };
    }
    found.mapping.unmap();
    putAside(path, reason, log);
  }
  replaceWithEmpty(path, randomInt(2 ** 32)).mapping.unmap();
  return { isSaved: false };
}

/** Not a word in it, and no empty file either: such a one cannot even be mapped. */
function isTooShort(path: string): boolean {
  const octets = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return octets > 0 && octets < 4;
}

function putAside(path: string, reason: string, log: Log): void {
  renameSync(path, `${path}.refused`);
  log.warn({ path, kept: `${path}.refused` }, `the picture ${reason}; starting without it`);
}
