/** The picture's file: of fixed size, sparse, mapped by control, which writes it, and by every worker, which reads it. */
import { renameSync, rmSync, statSync } from "node:fs";
import { createMapping, type Mapping, openMapping } from "./mapping.ts";

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
  const file = fileOf(openMapping(path, octets & ~3));
  try {
    check(file.memory, path);
  } catch (error) {
    file.mapping.unmap();
    throw error;
  }
  return file;
}

/**
 * A fresh file, filled by `fill`, replaces what is at `path`. Readers see the old file or the whole new one, never a
 * part of it. When `fill` throws, what is at `path` stays, and the fresh file gives back its blocks.
 */
export function replacePictureFile(
  path: string,
  octets: number,
  fill: (file: PictureFile) => void,
): PictureFile {
  const fresh = freshPath(path);
  removeUnfinished(path);
  const file = fileOf(createMapping(fresh, octets));
  let isInPlace = false;
  try {
    fill(file);
    renameSync(fresh, path);
    isInPlace = true;
    return file;
  } finally {
    if (!isInPlace) {
      file.mapping.unmap();
      removeUnfinished(path);
    }
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
