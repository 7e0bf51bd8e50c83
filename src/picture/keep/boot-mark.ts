/**
 * Whether the pages of the picture on the disk are of one moment. While the machine runs they are those in memory, however
 * a process ends. After a power loss each may be older or newer than the next. So the machine's boot id is kept beside the
 * picture, or, after an orderly stop, which waits for the disk, the word "clean".
 */
import { closeSync, fdatasyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { syncFile, syncFolder } from "../../kernel/native/picture-file.ts";

const BOOT_ID = "/proc/sys/kernel/random/boot_id";
const CLEAN = "clean";

/** null where the system does not say. */
export function bootId(): string | null {
  try {
    return readFileSync(BOOT_ID, "utf8").trim();
  } catch {
    return null;
  }
}

/** "unknown": no mark, as an older version leaves it, and a disk without room. */
type Coherence = "coherent" | "other boot" | "unknown";

export function readMark(path: string, boot: string | null): Coherence {
  try {
    const mark = readFileSync(markPath(path), "utf8").trim();
    return mark === CLEAN || mark === boot ? "coherent" : "other boot";
  } catch {
    return "unknown";
  }
}

/** Before the picture is written for the first time since it was read. */
export function markBoot(path: string, boot: string | null): void {
  mark(path, boot ?? "unknown");
}

/** After the last write: when everything is on the disk, it is said so. */
export function markClean(path: string): void {
  try {
    syncFile(path);
  } catch {
    return;
  }
  mark(path, CLEAN);
}

function markPath(path: string): string {
  return `${path}.boot`;
}

/** Without room no mark remains. */
function mark(path: string, text: string): void {
  const fresh = `${markPath(path)}.new`;
  try {
    const fd = openSync(fresh, "w", 0o600);
    try {
      writeSync(fd, `${text}\n`);
      fdatasyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(fresh, markPath(path));
    syncFolder(path);
  } catch {
    rmSync(fresh, { force: true });
    rmSync(markPath(path), { force: true });
  }
}
