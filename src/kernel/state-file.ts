/** A small JSON file in the state directory: read whole, replaced whole, and moved aside when it cannot be used. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { errorFields, messageOf } from "./error.ts";
import type { Log } from "./log.ts";

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

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
