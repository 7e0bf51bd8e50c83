/** The picture's file: of fixed size, sparse, mapped by control, which writes it, and by every worker, which reads it. */
import { renameSync, rmSync, statSync } from "node:fs";
import { createMapping, type Mapping, openMapping } from "./mapping.ts";

export type PictureFile = {
  readonly mapping: Mapping;
  readonly memory: { readonly u8: Uint8Array; readonly u32: Uint32Array };
};

/** Opens the file at `path`; null when there is none, or an empty one. Its content is not checked. */
export function openPictureFile(path: string): PictureFile | null {
  const octets = statSync(path, { throwIfNoEntry: false })?.size;
  return octets === undefined || octets === 0 ? null : fileOf(openMapping(path, octets & ~3));
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
