/** The lock of the writer of the picture: a second writer waits for one whose supervisor is gone, and that will end soon. */
import type { Clock } from "../../kernel/clock.ts";
import { OperationalError } from "../../kernel/error.ts";
import { type FileLock, tryLock } from "../../kernel/native/lock.ts";

/** A process that is in the middle of a long list notices only afterwards that its supervisor is gone. */
const WAIT_MS = 10_000;
const RETRY_MS = 20;

/** The lock, or the name of the process that holds it. Throws an OperationalError when the lock cannot be used at all. */
export function tryLockPicture(path: string): ReturnType<typeof tryLock> {
  const file = `${path}.lock`;
  return tryLock({ path: file, notePath: file, isDirectory: false });
}

/** `path` is that of the picture. Rejects with an OperationalError (PICTURE_BUSY) after `waitMs`. */
export async function lockPicture(path: string, clock: Clock, waitMs: number = WAIT_MS): Promise<FileLock> {
  const startMs = clock.nowMs();
  for (;;) {
    const lock = tryLockPicture(path);
    if ("release" in lock) return lock;
    if (clock.nowMs() - startMs >= waitMs) {
      const message = `${lock.holder} still writes ${path} after ${waitMs / 1000} s; end it, with kill -9 if it hangs`;
      throw new OperationalError("PICTURE_BUSY", message);
    }
    await new Promise<void>((resolve) => {
      clock.after(RETRY_MS, resolve);
    });
  }
}
