/** Locks that the kernel keeps (flock(2)): they end with the process that holds them, however it ends. */
import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { OperationalError, systemSentence } from "../error.ts";
import { checked, lastError, libc } from "./libc.ts";

const O_RDONLY = 0;
const O_CREAT = 0o100;
/** A child that inherited the descriptor would hold the lock, too, and outlive its owner with it. */
const O_CLOEXEC = 0o2000000;
const LOCK_EX = 2;
const LOCK_NB = 4;

export type FileLock = {
  /** A second call does nothing. */
  release(): void;
};

type LockPaths = {
  /** The directory or file that is locked; a missing file is created. */
  readonly path: string;
  /** A file in which the holder leaves its name. May be `path` itself, if that is a file. */
  readonly notePath: string;
  readonly isDirectory: boolean;
  /** False: whoever only looks leaves no name. Absent = true. */
  readonly leavesNote?: boolean;
};

/** The lock, or the name of the process that holds it. Throws an OperationalError when the path cannot be locked at all. */
export function tryLock({
  path,
  notePath,
  isDirectory,
  leavesNote = true,
}: LockPaths): FileLock | { readonly holder: string } {
  const { open, close } = libc();
  const flags = O_RDONLY | O_CLOEXEC | (isDirectory ? 0 : O_CREAT);
  const fd = checked(open(path, flags, 0o600), `cannot open ${path}`);
  const error = flockNow(fd);
  if (error === null) {
    if (leavesNote) leaveNote(notePath);
    let isHeld = true;
    return {
      release() {
        if (isHeld) close(fd);
        isHeld = false;
      },
    };
  }
  close(fd);
  if (error.name === "EWOULDBLOCK" || error.name === "EAGAIN") return { holder: readNote(notePath) };
  throw new OperationalError(error.name, `cannot lock ${path}: ${systemSentence(error.name)}`);
}

function flockNow(fd: number): ReturnType<typeof lastError> | null {
  for (;;) {
    if (libc().flock(fd, LOCK_EX | LOCK_NB) === 0) return null;
    const error = lastError();
    if (error.name !== "EINTR") return error;
  }
}

/** It helps people only: the lock holds without it, on a full disk, for example. */
function leaveNote(path: string): void {
  try {
    writeFileSync(path, `process ${process.pid} on host ${hostname()}\n`, { mode: 0o600 });
  } catch {
    // The lock is then told without the name of its holder.
  }
}

function readNote(path: string): string {
  try {
    const [line = ""] = readFileSync(path, "utf8").slice(0, 500).split("\n");
    return line === "" ? "a process that is not known" : line;
  } catch {
    return "a process that is not known";
  }
}
