/** The file that a command is given, as text; `-` is standard input. */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { messageOf, OperationalError } from "../../kernel/error.ts";

/** `name`: for messages. */
type InputFile = { readonly name: string; readonly content: string };

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "its permissions do not allow it",
};

/** Throws an OperationalError (INPUT_UNREADABLE). */
export async function readInput(file: string): Promise<InputFile> {
  const name = file === "-" ? "standard input" : file;
  try {
    return { name, content: await (file === "-" ? text(process.stdin) : readFile(file, "utf8")) };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const why = REASONS[code] ?? messageOf(error);
    throw new OperationalError("INPUT_UNREADABLE", `${name} cannot be read: ${why}`, { cause: error });
  }
}
