/** The picture a worker reads: the file at the path, opened again when control has replaced it. */
import { openPictureFile, type PictureFile } from "../../kernel/native/picture-file.ts";
import { OperationalError } from "../../kernel/error.ts";
import { Picture } from "../../picture/format/picture.ts";
import type { Scoreboard, ScoreboardBlock } from "../scoreboard/scoreboard.ts";

export class PictureSource {
  readonly #path: string;
  readonly #scoreboard: Scoreboard;
  readonly #block: ScoreboardBlock;
  #file: PictureFile;
  #retired: PictureFile | null = null;
  #generation: number;
  picture: Picture;

  constructor(path: string, scoreboard: Scoreboard, block: ScoreboardBlock) {
    this.#path = path;
    this.#scoreboard = scoreboard;
    this.#block = block;
    this.#generation = scoreboard.generation;
    this.#file = openOrThrow(path);
    this.picture = new Picture(this.#file.memory);
    this.#reportProgress();
  }

  /** Called once per batch. Returns true when `picture` is another one than before. */
  refresh(): boolean {
    const { generation } = this.#scoreboard;
    const isFresh = generation !== this.#generation;
    if (isFresh) {
      // Nothing of the picture is kept across a batch, so the one before the last is no longer read.
      this.#retired?.mapping.unmap();
      this.#retired = this.#file;
      this.#generation = generation;
      this.#file = openOrThrow(this.#path);
      this.picture = new Picture(this.#file.memory);
    }
    this.#reportProgress();
    return isFresh;
  }

  #reportProgress(): void {
    this.#block.reportProgress(this.picture.serial(), this.#generation);
  }
}

function openOrThrow(path: string): PictureFile {
  const file = openPictureFile(path);
  if (file === null) throw new OperationalError("NO_PICTURE", `there is no picture at ${path}`);
  return file;
}
