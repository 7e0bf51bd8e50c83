/**
 * The finished table as a file in the state directory. The builder's process hands it over in this file, and a restart
 * begins with it.
 *
 *   SHA-256 of all that follows (32 octets), FORMAT, octets of JSON (a word each), JSON, padded to words, the words of
 *   the table; words in the byte order of this machine
 */
import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { endianness } from "node:os";
import { checkClients } from "../../picture/clients/check.ts";
import type { ClientTable } from "./table.ts";

/** The inputs of a table; when they differ, the table does. */
export type TableKey = {
  /** Of the file or library, "" = none. */
  readonly database: string;
  readonly networks: string;
};

type SavedTable = { readonly key: TableKey; readonly table: ClientTable };

/** Raised when the same database gives a different table, or the layout of the file changes. */
const TABLE_FORMAT = 2;
/** "FCL", and the byte order, so that a file of another machine is refused. */
const MAGIC = Buffer.from(`FCL${endianness() === "LE" ? "l" : "b"}`).readUInt32LE() ^ (TABLE_FORMAT << 8);
const DIGEST_OCTETS = 32;
const HEAD_OCTETS = DIGEST_OCTETS + 8;

/** Readers see the old file or the whole new one. */
export function writeTable(path: string, { key, table }: SavedTable): void {
  const { words, ...rest } = table;
  const json = Buffer.from(JSON.stringify({ key, ...rest }));
  const wordsAt = HEAD_OCTETS + ((json.length + 3) & ~3);
  const file = Buffer.alloc(wordsAt + words.byteLength);
  file.writeUInt32LE(MAGIC >>> 0, DIGEST_OCTETS);
  file.writeUInt32LE(json.length, DIGEST_OCTETS + 4);
  json.copy(file, HEAD_OCTETS);
  file.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), wordsAt);
  digestOf(file).copy(file);
  // Two builders may be at work while control is replaced.
  const fresh = `${path}.${process.pid}.new`;
  try {
    writeFileSync(fresh, file, { mode: 0o600 });
    renameSync(fresh, path);
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** Null when there is none, or it is not whole, or of another format. */
export function readTable(path: string): SavedTable | null {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch {
    return null;
  }
  if (file.length < HEAD_OCTETS || file.readUInt32LE(DIGEST_OCTETS) !== MAGIC >>> 0) return null;
  if (!digestOf(file).equals(file.subarray(0, DIGEST_OCTETS))) return null;
  const jsonOctets = file.readUInt32LE(DIGEST_OCTETS + 4);
  const wordsAt = HEAD_OCTETS + ((jsonOctets + 3) & ~3);
  const { key, ...rest } = JSON.parse(file.toString("utf8", HEAD_OCTETS, HEAD_OCTETS + jsonOctets)) as Omit<
    ClientTable,
    "words"
  > & { readonly key: TableKey };
  const octets = file.byteOffset % 4 === 0 ? file : Buffer.from(file);
  const words = new Uint32Array(octets.buffer, octets.byteOffset + wordsAt, (octets.length - wordsAt) >> 2);
  return checkClients(words, 0, words.length) === null ? { key, table: { ...rest, words } } : null;
}

function digestOf(file: Buffer): Buffer {
  return createHash("sha256").update(file.subarray(DIGEST_OCTETS)).digest();
}
