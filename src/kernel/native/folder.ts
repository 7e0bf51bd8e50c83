/** Folders that fedns writes into: made with their parents, and who or what prevents that, before and after it is tried. */
import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { failedCall, reasonOf } from "../error.ts";

const PERMISSION_BITS = 0o7777;

/** What keeps this process from making `path` and writing files into it, as a clause; null = nothing is known that does. */
export function folderProblem(path: string): string | null {
  const target = resolve(path);
  const nearest = nearestOf(target);
  const where = nearest === target ? "" : `${nearest}: `;
  try {
    if (!statSync(nearest).isDirectory()) return `${where}it is a file and no directory`;
    accessSync(nearest, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return `${where}${explained(error, nearest)}`;
  }
}

/**
 * Makes the folder and its parents; no fault when it is there. Throws an Error whose message says in a clause what prevents it.
 * The recursive form of node:fs does not return where a file system refuses new folders with ENOENT (/proc).
 */
export function makeFolder(path: string, mode: number): void {
  const problem = folderProblem(path);
  if (problem !== null) throw new Error(problem);
  const missing: string[] = [];
  const nearest = nearestOf(resolve(path));
  for (let one = resolve(path); one !== nearest; one = dirname(one)) missing.unshift(one);
  for (const one of missing) {
    try {
      mkdirSync(one, { mode });
    } catch (error) {
      if (failedCall(error)?.code !== "EEXIST")
        throw new Error(`${dirname(one)}: ${explained(error, dirname(one))}`, { cause: error });
    }
  }
}

/** `path`, or what is nearest above it and can be looked at or is in the way. */
function nearestOf(path: string): string {
  const parent = dirname(path);
  if (parent === path) return path;
  try {
    statSync(path);
    return path;
  } catch (error) {
    return failedCall(error)?.code === "ENOENT" ? nearestOf(parent) : pathThatFails(path);
  }
}

/** The first part of the path that cannot be looked into. */
function pathThatFails(path: string): string {
  const parent = dirname(path);
  try {
    accessSync(parent, constants.X_OK);
    return path;
  } catch {
    return parent === path ? path : pathThatFails(parent);
  }
}

function explained(error: unknown, path: string): string {
  const code = failedCall(error)?.code;
  const isDenied = code === "EACCES" || code === "EPERM";
  return `${reasonOf(error)}${isDenied ? ownerOf(path) : ""}`;
}

function ownerOf(path: string): string {
  try {
    const { uid, mode } = statSync(path);
    return `; it belongs to uid ${uid} with mode ${(mode & PERMISSION_BITS).toString(8)}: run fedns as its owner, or chown it`;
  } catch {
    return "; let this user look into it";
  }
}
