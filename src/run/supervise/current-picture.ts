/** The picture as the supervisor reads it for reports. */
import { openPictureFile, type PictureFile } from "../../kernel/native/picture-file.ts";
import { headerProblem } from "../../picture/format/header.ts";
import type { Scoreboard } from "../../answer/scoreboard/scoreboard.ts";

/** Maps the file again after the control process has replaced it. One of another format is left alone: reports keep the one before. */
export function currentPicture(path: string, scoreboard: Scoreboard): () => PictureFile {
  let generation = -1;
  let file: PictureFile | null = null;
  return () => {
    if (file === null || scoreboard.generation !== generation) {
      generation = scoreboard.generation;
      const fresh = openPictureFile(path);
      const isReadable = fresh !== null && (file === null || headerProblem(fresh.memory) === null);
      (isReadable ? file : fresh)?.mapping.unmap();
      if (isReadable) file = fresh;
    }
    return file as PictureFile;
  };
}
