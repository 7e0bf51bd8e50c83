/**
 * The token that this process was issued by one member, in the state directory. It counts only for the API server that
 * issued it: a KubeFedCluster that points elsewhere gets none of it.
 */
import { rm } from "node:fs/promises";
import { readPrivateFile, writePrivateFile } from "../../kernel/private-file.ts";
import { number, object, oneOf, readShape, text } from "../../kernel/shape.ts";
import type { IssuedToken } from "./token-request.ts";

const FILE_OCTETS_MAX = 64 * 1024;
const YEAR_9999_MS = 253_402_300_799_000;

const time = number(0, YEAR_9999_MS);
const savedToken = object({
  version: oneOf(1),
  server: text(1, 100),
  account: object({ namespace: text(1, 63), name: text(1, 253) }),
  token: text(1, 8_000, { pattern: /^[\x21-\x7e]+$/, problem: "is no token" }),
  issuedMs: time,
  expiresMs: time,
});

/** Null: there is none, or it is of another server. Throws when the file cannot be read or has another content. */
export async function readToken(path: string, server: string): Promise<IssuedToken | null> {
  const content = await readPrivateFile(path, FILE_OCTETS_MAX);
  if (content === null) return null;
  const read = readShape(savedToken, jsonOf(content));
  if ("problem" in read) throw new Error(`${path}: ${read.problem}`);
  const { server: issuer, account, token, issuedMs, expiresMs } = read.value;
  return issuer === server ? { account, token, issuedMs, expiresMs } : null;
}

export function writeToken(path: string, server: string, token: IssuedToken): Promise<void> {
  return writePrivateFile(path, JSON.stringify({ version: 1, server, ...token }));
}

export function removeToken(path: string): Promise<void> {
  return rm(path, { force: true });
}

function jsonOf(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return null;
  }
}
