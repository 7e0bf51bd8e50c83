/** The picture's file: of fixed size, sparse, mapped by control, which writes it, and by every worker, which reads it. */
import { closeSync, fdatasyncSync, fsyncSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { createMapping, type Mapping, openMapping, openPrivateMapping } from "./mapping.ts";

export type PictureFile = {
  readonly mapping: Mapping;
  readonly memory: { readonly u8: Uint8Array; readonly u32: Uint32Array };
};

/**
 * Opens the file at `path`; null when there is none, or an empty one. Its content is checked by `check` alone: when that
 * throws, the file is closed again.
 */
export function openPictureFile(
  path: string,
  check: (memory: PictureFile["memory"], path: string) => void = () => undefined,
): PictureFile | null {
  const octets = statSync(path, { throwIfNoEntry: false })?.size;
  if (octets === undefined || octets === 0) return null;
  return checkedFile(openMapping(path, octets & ~3), path, check);
}

/** Opens it for a reader that changes what it reads, for itself alone. `check` as above. */
export function openPrivateFile(
  path: string,
  check: (memory: PictureFile["memory"], path: string) => void,
): PictureFile {
  return checkedFile(openPrivateMapping(path, statSync(path).size & ~3), path, check);
}

function checkedFile(
  mapping: Mapping,
  path: string,
  check: (memory: PictureFile["memory"], path: string) => void,
): PictureFile {
  const file = fileOf(mapping);
  try {
    check(file.memory, path);
  } catch (error) {
    mapping.unmap();
    throw error;
  }
  return file;
}

/**
 * A fresh file, filled by `fill`, replaces what is at `path`. Readers see the old file or the whole new one, never a
 * part of it. When `fill` throws, what is at `path` stays, and the fresh file gives back its blocks.
 * `isDurable`: its content is on the disk before it has its name, and so is the name at the end.
 */
export function replacePictureFile(
  path: string,
  octets: number,
  fill: (file: PictureFile) => void,
  { isDurable = false }: { readonly isDurable?: boolean } = {},
): PictureFile {
  const fresh = freshPath(path);
  removeUnfinished(path);
  const file = fileOf(createMapping(fresh, octets));
  let isInPlace = false;
  try {
    fill(file);
    if (isDurable) syncFile(fresh);
    renameSync(fresh, path);
    isInPlace = true;
    if (isDurable) syncFolder(path);
    return file;
  } finally {
    if (!isInPlace) {
      file.mapping.unmap();
      removeUnfinished(path);
    }
  }
}

/** Waits until the content of a file is on the disk. What was written through mappings counts, too. */
export function syncFile(path: string): void {
  const fd = openSync(path, "r+");
  try {
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Waits until the name of the file at `path` is on the disk. */
export function syncFolder(path: string): void {
  const fd = openSync(dirname(path), "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A process that was killed in `replacePictureFile` leaves its file, and the blocks of it. */
export function removeUnfinished(path: string): void {
  rmSync(freshPath(path), { force: true });
}

function freshPath(path: string): string {
  return `${path}.new`;
}

function fileOf(mapping: Mapping): PictureFile {
  return { mapping, memory: { u8: new Uint8Array(mapping.buffer), u32: new Uint32Array(mapping.buffer) } };
}
