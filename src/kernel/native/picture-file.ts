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
 * part of it.
 */
export function replacePictureFile(
  path: string,
  octets: number,
  fill: (file: PictureFile) => void,
): PictureFile {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  const file = fileOf(createMapping(fresh, octets));
  fill(file);
  renameSync(fresh, path);
  return file;
}

function fileOf(mapping: Mapping): PictureFile {
  return { mapping, memory: { u8: new Uint8Array(mapping.buffer), u32: new Uint32Array(mapping.buffer) } };
}
