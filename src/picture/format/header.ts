/** The first look at a mapped file: is it a picture, and in the format of this version? Taken wherever a picture is opened. */
import { OperationalError } from "../../kernel/error.ts";
import { FORMAT, Header, HEADER_WORDS, MAGIC_0, MAGIC_1 } from "./layout.ts";
import type { Memory } from "./memory.ts";
import { checkWords } from "./record.ts";

/** The check of the words that never change after creation. */
export function headerCheck(memory: Memory): number {
  return checkWords(memory.u32, 0, Header.Check, -1);
}

/** Why nothing else in the file may be read, as the end of "the picture ... "; null = it may. */
export function headerProblem(memory: Memory): string | null {
  const { u32 } = memory;
  if (u32.length < HEADER_WORDS || u32[Header.Magic0] !== MAGIC_0 || u32[Header.Magic1] !== MAGIC_1)
    return "is not a fedns picture";
  if (u32[Header.Format] !== FORMAT)
    return `has format ${u32[Header.Format]}; this fedns reads format ${FORMAT}`;
  if (u32[Header.Check] !== headerCheck(memory)) return "has a damaged header";
  return u32[Header.Words] === u32.length ? null : "was cut short";
}

/** Throws an OperationalError (PICTURE_FORMAT) when the file at `path` must not be read any further. */
export function requirePicture(memory: Memory, path: string): void {
  const problem = headerProblem(memory);
  if (problem !== null) throw new OperationalError("PICTURE_FORMAT", `the picture at ${path} ${problem}`);
}
