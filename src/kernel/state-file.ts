/** A small JSON file in the state directory: read whole, replaced whole, and moved aside when it cannot be used. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { errorFields, messageOf } from "./error.ts";
import type { Log } from "./log.ts";
import { list, object, oneOf, readShape, type ValueShape } from "./shape.ts";

/** `value`: what JSON.parse returns; null when it is no JSON. */
type StateFile =
  | { readonly kind: "none" }
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "problem"; readonly problem: string };

/** Never throws. */
export function readStateFile(path: string): StateFile {
  try {
    return { kind: "json", value: jsonOf(readFileSync(path, "utf8")) };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { kind: "none" };
    return { kind: "problem", problem: messageOf(error) };
  }
}

/** The previous file stays until the new one is complete and on the disk. Throws what the file system throws. */
export function replaceStateFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}

/** Renames the file to PATH.refused, where it can be examined. Never throws. */
export function putStateFileAside(path: string, log: Log): void {
  try {
    renameSync(path, `${path}.refused`);
  } catch (error) {
    log.error({ path, ...errorFields(error) }, "cannot move an unreadable file of the state directory aside");
  }
}

/** A list under one name, with the version of its form: {"version":1,"places":[...]}. */
export class StateList<T> {
  readonly #name: string;
  readonly #what: string;
  readonly #shape: ValueShape<Record<string, unknown>>;

  /** `what`: of the list, for problems ("remembered places"). `most`: a longer list is a problem. */
  constructor(name: string, what: string, most: number, item: ValueShape<T>) {
    this.#name = name;
    this.#what = what;
    this.#shape = object<Record<string, unknown>>({ version: oneOf(1), [name]: list(most, item) });
  }

  text(items: readonly T[]): string {
    return `${JSON.stringify({ version: 1, [this.#name]: items }, null, 1)}\n`;
  }

  /** Never throws. A file that cannot be used is moved aside, and `complaint` logged; `problem` says so for the status. */
  load(
    path: string,
    log: Log,
    complaint: string,
  ): { readonly items: readonly T[]; readonly problem: string | null } {
    const file = readStateFile(path);
    if (file.kind === "none") return { items: [], problem: null };
    const read = file.kind === "json" ? readShape(this.#shape, file.value) : file;
    if ("value" in read) return { items: read.value[this.#name] as readonly T[], problem: null };
    const problem =
      file.kind === "json" ? `not a file of ${this.#what} (version 1): ${read.problem}` : read.problem;
    log.error({ path, problem }, complaint);
    putStateFileAside(path, log);
    return { items: [], problem: `${path}: ${problem}; it is kept as ${path}.refused` };
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
