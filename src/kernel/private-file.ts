/** Small files with secrets: readable by their owner only, replaced as a whole, read with a bound. */
import { mkdir, open, rename, rm, stat, readFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Null: there is no such file. Throws when it cannot be read, or is larger than `octetsMax`. */
export async function readPrivateFile(path: string, octetsMax: number): Promise<string | null> {
  try {
    const { size } = await stat(path);
    if (size > octetsMax) throw new Error(`${path} has ${size} octets, more than ${octetsMax}`);
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Replaces the file in one step that survives a power loss; a reader sees the old text or the new one. Creates the folder. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.new`;
  // A file that is there already would keep its mode.
  await rm(fresh, { force: true });
  const file = await open(fresh, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
