/** Which picture a worker reads: the file at the path, opened again when control has put a fresh one there. */
import { openPictureFile, type PictureFile } from "../../kernel/native/picture-file.ts";
import { OperationalError } from "../../kernel/error.ts";
import { Picture } from "../../picture/format/picture.ts";
import type { Scoreboard, ScoreboardBlock } from "../scoreboard/scoreboard.ts";

export class PictureSource {
  readonly #path: string;
  readonly #board: Scoreboard;
  readonly #block: ScoreboardBlock;
  #file: PictureFile;
  #retired: PictureFile | null = null;
  #generation: number;
  picture: Picture;

  constructor(path: string, board: Scoreboard, block: ScoreboardBlock) {
    this.#path = path;
    this.#board = board;
    this.#block = block;
    this.#generation = board.generation;
    this.#file = openOrThrow(path);
    this.picture = new Picture(this.#file.memory);
    this.#pass();
  }

  /** Called once per batch. Returns true when `picture` is another one than before. */
  refresh(): boolean {
    const { generation } = this.#board;
    const isFresh = generation !== this.#generation;
    if (isFresh) {
      // The one before the last is out of reach by now: nothing of it is held across a batch.
      this.#retired?.mapping.unmap();
      this.#retired = this.#file;
      this.#generation = generation;
      this.#file = openOrThrow(this.#path);
      this.picture = new Picture(this.#file.memory);
    }
    this.#pass();
    return isFresh;
  }

  #pass(): void {
    this.#block.reportProgress(this.picture.serial(), this.#generation);
  }
}

function openOrThrow(path: string): PictureFile {
  const file = openPictureFile(path);
  if (file === null) throw new OperationalError("NO_PICTURE", `there is no picture at ${path}`);
  return file;
}
