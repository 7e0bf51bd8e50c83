/** Zone files in tests: parsed, with their records and problems as lines of text. */
import assert from "node:assert/strict";
import { formatName, nameOf } from "../../../src/dns/message/name.ts";
import { formatRdata } from "../../../src/dns/rdata/format.ts";
import { typeName } from "../../../src/dns/rdata/types.ts";
import { formatProblem } from "../../../src/dns/zone/problem.ts";
import type { ParsedZone } from "../../../src/dns/zonefile/zone-file.ts";
import { parseZoneFile } from "../../../src/dns/zonefile/zone-reader.ts";

export const SOA = "@ 3600 SOA ns.example.net. h.example.net. 1 4h 1h 2w 5m\n";

export function parse(text: string | Uint8Array, files: Readonly<Record<string, string>> = {}): ParsedZone {
  return parseZoneFile({
    name: "zones/example.org.zone",
    text,
    origin: nameOf("example.org"),
    readInclude: (path) =>
      Object.hasOwn(files, path)
        ? { text: files[path] as string }
        : { problem: "cannot be read: there is no such file" },
  });
}

export function recordsOf({ zone }: ParsedZone): string[] {
  const lines: string[] = [];
  for (const { name, rrsets } of zone.nodes) {
    for (const { type, ttlSeconds, rdatas } of rrsets) {
      for (const rdata of rdatas)
        if (type !== 6)
          lines.push(`${formatName(name)} ${ttlSeconds} ${typeName(type)} ${formatRdata(type, rdata)}`);
    }
  }
  return lines;
}

/** The records behind a SOA; there must be no problem. */
export function records(text: string, files: Readonly<Record<string, string>> = {}): string[] {
  const parsed = parse(text, files);
  assert.deepEqual(parsed.problems, []);
  return recordsOf(parsed);
}

export function problems(text: string | Uint8Array, files: Readonly<Record<string, string>> = {}): string[] {
  return parse(text, files).problems.map(formatProblem);
}
