/** One look at the folder of zone files: which files are there, and whether one of them has changed since an earlier look. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

type FileFacts = {
  readonly octets: number;
  /** Wall time in ms. */
  readonly modifiedMs: number;
  /** Another number at the same path: the file was put there whole, by a rename. */
  readonly inode: number;
};

/** All files below the folder by their relative paths. Null: the file is there and cannot be examined. */
export type FolderLook = ReadonlyMap<string, FileFacts | null>;

export const NOTHING_SEEN: FolderLook = new Map();

/** Resolves with null when the folder cannot be listed: nothing is known then, and nothing has changed. Never rejects. */
export async function lookInto(folder: string): Promise<FolderLook | null> {
  const entries = await readdir(folder, { recursive: true }).catch(() => null);
  if (entries === null) return null;
  const facts = await Promise.all(entries.map((entry) => factsOf(join(folder, entry))));
  const look = new Map<string, FileFacts | null>();
  for (const [i, entry] of entries.entries()) {
    const fact = facts[i];
    if (fact !== "gone" && fact !== undefined) look.set(entry, fact);
  }
  return look;
}

async function factsOf(path: string): Promise<FileFacts | null | "gone"> {
  try {
    const { size, mtimeMs, ino } = await stat(path);
    return { octets: size, modifiedMs: mtimeMs, inode: ino };
  } catch (error) {
    const isGone = error instanceof Error && "code" in error && error.code === "ENOENT";
    return isGone ? "gone" : null;
  }
}

/** Paths that came, went or changed between two looks. */
export function changedPaths(before: FolderLook, now: FolderLook): string[] {
  const paths = new Set([...before.keys(), ...now.keys()]);
  return [...paths].filter((path) => !isSameFile(before, now, path));
}

export function isSameFile(a: FolderLook, b: FolderLook, path: string): boolean {
  if (a.has(path) !== b.has(path)) return false;
  const [one, other] = [a.get(path) ?? null, b.get(path) ?? null];
  if (one === null || other === null) return one === other;
  return one.octets === other.octets && one.modifiedMs === other.modifiedMs && one.inode === other.inode;
}
