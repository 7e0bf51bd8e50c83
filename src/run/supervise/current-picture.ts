/** The picture as the supervisor reads it for reports. */
import { openPictureFile, type PictureFile } from "../../kernel/native/picture-file.ts";
import type { Scoreboard } from "../../answer/scoreboard/scoreboard.ts";

/** Maps the file again after the control process has replaced it. */
export function currentPicture(path: string, scoreboard: Scoreboard): () => PictureFile {
  let generation = -1;
  let file: PictureFile | null = null;
  return () => {
    if (file === null || scoreboard.generation !== generation) {
      file?.mapping.unmap();
      generation = scoreboard.generation;
      file = openPictureFile(path);
    }
    return file as PictureFile;
  };
}
