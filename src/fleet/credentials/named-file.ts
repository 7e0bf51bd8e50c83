/**
 * Files that settings and kubeconfigs name: read with a bound, and only if they are files. A name must not make us wait for a
 * pipe, read a device, or, in a kubeconfig, read what is outside the folders that it may read.
 */
import { constants } from "node:fs";
import { type FileHandle, open, realpath, stat } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { reasonOf } from "../../kernel/error.ts";
import { isRecord } from "../kube/kube-error.ts";
import { shown } from "../plugins/plugin-spec.ts";
import { configError } from "./kubeconfig-entry.ts";

/** A kubeconfig of 200 contexts has half of it; more would block the process while it is parsed. */
const OCTETS_MAX: number = 1024 * 1024;
const CHUNK_OCTETS: number = 64 * 1024;
/** A mounted Secret may be exchanged while it is read. */
const TRIES = 3;

/** Absolute paths of folders, without links; "any" = all. */
type Folders = readonly string[] | "any";

/** It is in none of the folders. `folder`: the one that would have to be allowed. */
export class Outside extends Error {
  readonly folder: string;
  constructor(folder: string) {
    super(`is in ${folder}, which is not allowed`);
    this.folder = folder;
  }
}

/** The folders that exist, without links. */
export async function realFolders(folders: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(folders.map((folder) => realpath(folder).catch(() => null)));
  return found.filter((folder) => folder !== null);
}

/** Throws OperationalError KUBE_CONFIG, and Outside where a link or the name itself leads out of the folders. */
export async function readNamed(path: string, what: string, folders: Folders = "any"): Promise<Buffer> {
  for (let tries = 1; ; tries += 1) {
    try {
      const octets = await readOnce(path, folders);
      if (octets !== null) return octets;
    } catch (error) {
      if (error instanceof Outside) throw error;
      if (tries >= TRIES || codeOf(error) !== "ENOENT")
        throw configError(`${what} ${shown(path)} cannot be read: ${reasonOf(error)}`, error);
    }
    if (tries >= TRIES) throw configError(`${what} ${shown(path)} cannot be read: it changes all the time`);
  }
}

/** Null: it was exchanged between two looks. */
async function readOnce(path: string, folders: Folders): Promise<Buffer | null> {
  // Whether a file exists outside of the folders is nothing that a kubeconfig should find out.
  const real = await realpath(path).catch((error: unknown) => {
    if (folders === "any" || isWithin(path, folders)) throw error;
    throw new Outside(dirname(path));
  });
  if (folders !== "any" && !isWithin(real, folders)) throw new Outside(dirname(real));
  const seen = await stat(real);
  if (!seen.isFile()) throw new Error(seen.isDirectory() ? "it is a directory" : "it is not a regular file");
  // Should it be a pipe by now, opening it does not wait for a writer.
  const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const opened = await file.stat();
    if (opened.ino !== seen.ino || opened.dev !== seen.dev) return null;
    return await readBounded(file);
  } finally {
    await file.close();
  }
}

async function readBounded(file: FileHandle): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(CHUNK_OCTETS) });
    if (bytesRead === 0) return Buffer.concat(chunks, length);
    chunks.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
    if (length > OCTETS_MAX) throw new Error(`it has more than ${OCTETS_MAX} octets`);
  }
}

function isWithin(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => {
    const way = relative(folder, resolve(path));
    return way !== "" && way !== ".." && !way.startsWith(`..${sep}`);
  });
}

function codeOf(error: unknown): unknown {
  return isRecord(error) ? error["code"] : undefined;
}
