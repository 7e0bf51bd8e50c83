/** The file that a command is given, as text; `-` is standard input. */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { OperationalError, reasonOf } from "../../kernel/error.ts";

/** `name`: for messages. */
type InputFile = { readonly name: string; readonly content: string };

/** Throws an OperationalError (INPUT_UNREADABLE). */
export async function readInput(file: string): Promise<InputFile> {
  const name = file === "-" ? "standard input" : file;
  try {
    return { name, content: await (file === "-" ? text(process.stdin) : readFile(file, "utf8")) };
  } catch (error) {
    throw new OperationalError("INPUT_UNREADABLE", `${name} cannot be read: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
