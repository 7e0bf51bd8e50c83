/**
 * The picture a worker reads: the file at the path, opened again when control has replaced it. A file of another format,
 * as a control process with other code writes it, is left alone: the worker goes on with the one that it can read.
 */
import { openPictureFile, type PictureFile } from "../../kernel/native/picture-file.ts";
import { OperationalError } from "../../kernel/error.ts";
import { requirePicture } from "../../picture/format/header.ts";
import { Picture } from "../../picture/format/picture.ts";
import type { Scoreboard, ScoreboardBlock } from "../scoreboard/scoreboard.ts";

export class PictureSource {
  readonly #path: string;
  readonly #scoreboard: Scoreboard;
  readonly #block: ScoreboardBlock;
  #file: PictureFile;
  #retired: PictureFile | null = null;
  /** That of the file that is read. */
  #generation: number;
  /** The newest that was looked at. */
  #seen: number;
  picture: Picture;

  constructor(path: string, scoreboard: Scoreboard, block: ScoreboardBlock) {
    this.#path = path;
    this.#scoreboard = scoreboard;
    this.#block = block;
    this.#generation = scoreboard.generation;
    this.#seen = this.#generation;
    this.#file = openOrThrow(path);
    this.picture = new Picture(this.#file.memory);
    this.#reportProgress();
  }

  /** Called once per batch. Returns true when `picture` is another one than before. */
  refresh(): boolean {
    const { generation } = this.#scoreboard;
    const isFresh = generation !== this.#seen && this.#open(generation);
    this.#reportProgress();
    return isFresh;
  }

  #open(generation: number): boolean {
    this.#seen = generation;
    const fresh = openReadable(this.#path);
    if (fresh === null) return false;
    // Nothing of the picture is kept across a batch, so the one before the last is no longer read.
    this.#retired?.mapping.unmap();
    this.#retired = this.#file;
    this.#generation = generation;
    this.#file = fresh;
    this.picture = new Picture(fresh.memory);
    return true;
  }

  #reportProgress(): void {
    this.#block.reportProgress(this.picture.serial(), this.#generation);
  }
}

/** Null when the file has another format. */
function openReadable(path: string): PictureFile | null {
  try {
    return openOrThrow(path);
  } catch (error) {
    if (error instanceof OperationalError && error.code === "PICTURE_FORMAT") return null;
    throw error;
  }
}

/** Throws an OperationalError (NO_PICTURE, PICTURE_FORMAT). */
export function openOrThrow(path: string): PictureFile {
  const file = openPictureFile(path, requirePicture);
  if (file === null) throw new OperationalError("NO_PICTURE", `there is no picture at ${path}`);
  return file;
}
