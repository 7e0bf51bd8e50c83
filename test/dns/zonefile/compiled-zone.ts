/** A zone as BIND understands it: named-compilezone's raw format, which has RDATA as on the wire, read without our code. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../support/programs.ts";

/** "owner/type" (owner in hex, small letters) to TTL and RDATAs in hex. */
export type RRsets = Map<string, { readonly ttl: number; readonly rdatas: readonly string[] }>;

/** What BIND checks beyond the text is not the question here. */
const QUIET = ["-i", "none", "-k", "ignore", "-M", "ignore", "-m", "ignore", "-n", "ignore", "-r", "ignore"];
const MORE_QUIET = ["-S", "ignore", "-T", "ignore", "-W", "ignore"];

/** The sentence of BIND when it does not take the zone. */
export async function compileZone(origin: string, text: string, folder?: string): Promise<RRsets | string> {
  const home = mkdtempSync(join(tmpdir(), "fedns-oracle-"));
  try {
    const file = join(home, "zone");
    writeFileSync(file, text);
    const out = join(home, "raw");
    const place = folder === undefined ? [] : ["-w", folder];
    const args = [...place, ...QUIET, ...MORE_QUIET, "-F", "raw", "-o", out, origin, file];
    const ended = await run("named-compilezone", args, { timeoutMs: 60_000 });
    return ended.code === 0 ? readRaw(readFileSync(out)) : `${ended.out}${ended.err}`;
  } finally {
    rmSync(home, { recursive: true });
  }
}

/**
 * Header: format 2, version, time; version 1 has three more numbers. Then sets: length of all, class, type, covers,
 * TTL, count, length and octets of the name; for each record length and octets. Numbers are big-endian.
 */
function readRaw(bytes: Buffer): RRsets {
  const sets: RRsets = new Map();
  let at = bytes.readUInt32BE(4) === 0 ? 12 : 24;
  while (at < bytes.length) {
    const end = at + bytes.readUInt32BE(at);
    const type = bytes.readUInt16BE(at + 6);
    const ttl = bytes.readUInt32BE(at + 10);
    const count = bytes.readUInt32BE(at + 14);
    const nameOctets = bytes.readUInt16BE(at + 18);
    let next = at + 20 + nameOctets;
    const owner = Buffer.from(bytes.subarray(at + 20, next));
    for (const [i, octet] of owner.entries()) if (octet > 64 && octet < 91) owner[i] = octet + 32;
    const rdatas: string[] = [];
    for (let i = 0; i < count; i++) {
      const octets = bytes.readUInt16BE(next);
      rdatas.push(bytes.subarray(next + 2, next + 2 + octets).toString("hex"));
      next += 2 + octets;
    }
    if (next !== end) throw new Error("the raw format is not as it was thought to be");
    sets.set(`${owner.toString("hex")}/${type}`, { ttl, rdatas: rdatas.sort() });
    at = end;
  }
  return sets;
}
