/** The picture's file: fixed size, sparse, mapped by control (which writes) and by every worker (which reads). */
import { renameSync, rmSync, statSync } from "node:fs";
import { createMapping, type Mapping, openMapping } from "./mapping.ts";

export type PictureFile = {
  readonly mapping: Mapping;
  readonly memory: { readonly u8: Uint8Array; readonly u32: Uint32Array };
};

/** Opens what is at `path`; null when there is nothing. Says nothing about its content. */
export function openPictureFile(path: string): PictureFile | null {
  const octets = statSync(path, { throwIfNoEntry: false })?.size;
  return octets === undefined || octets === 0 ? null : fileOf(openMapping(path, octets & ~3));
}

/**
 * A fresh file, filled by `fill`, takes the place of whatever is at `path`: readers see the old one or the whole new
 * one, never something between.
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
