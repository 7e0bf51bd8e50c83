/** Signed zone files, as BIND's dnssec-signzone writes them: what is served of them is the zone before it was signed. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { formatName, nameOf } from "../../../src/dns/message/name.ts";
import { formatRdata } from "../../../src/dns/rdata/format.ts";
import { typeName } from "../../../src/dns/rdata/types.ts";
import type { ParsedZone } from "../../../src/dns/zonefile/zone-file.ts";
import { parseZoneFile } from "../../../src/dns/zonefile/zone-reader.ts";
import { needs, run } from "../../support/programs.ts";

const ZONE = `$TTL 300
@ SOA ns.other. h.other. 7 14400 3600 604800 300
@ NS ns.other.
www A 192.0.2.1
*.w TXT x
x.ent A 192.0.2.3
kid NS ns.kid
ns.kid A 192.0.2.2
kid DS 1 13 2 ${"00".repeat(32)}
`;

function parse(text: string): ParsedZone {
  const readInclude = (): { readonly problem: string } => ({ problem: "no" });
  return parseZoneFile({ name: "z", text, origin: nameOf("e.test"), readInclude });
}

function namesOf({ zone }: ParsedZone): string[] {
  return [...zone.nodes]
    .map(({ name, rrsets }) => {
      const sets = rrsets.map(({ type, rdatas }) =>
        [typeName(type), ...rdatas.map((rdata) => formatRdata(type, rdata)).sort()].join(" "),
      );
      return [formatName(name), ...sets.sort()].join("; ");
    })
    .sort();
}

describe("a signed zone file", needs("dnssec-signzone", "bind9-utils"), () => {
  for (const [chain, ...options] of [["NSEC"], ["NSEC3", "-3", "ab"]] as const) {
    it(`with ${chain} becomes the zone before it was signed, with one warning`, async () => {
      const home = mkdtempSync(join(tmpdir(), "fedns-signed-"));
      try {
        writeFileSync(join(home, "z"), ZONE);
        const keys = ["-q", "-a", "ECDSAP256SHA256", "-K", home];
        for (const use of [["-f", "KSK"], []])
          assert.equal((await run("dnssec-keygen", [...keys, ...use, "e.test"])).code, 0);
        const files = ["-d", home, "-K", home, "-f", join(home, "signed"), join(home, "z")];
        const signed = await run("dnssec-signzone", ["-S", "-o", "e.test", ...options, ...files]);
        assert.equal(signed.code, 0, signed.err);
        const parsed = parse(readFileSync(join(home, "signed"), "utf8"));
        assert.deepEqual(namesOf(parsed), namesOf(parse(ZONE)));
        assert.deepEqual(
          parsed.problems.map(({ severity }) => severity),
          ["warning"],
        );
        assert.match(parsed.problems[0]?.message ?? "", /^\d+ records of DNSSEC \(RRSIG, /);
      } finally {
        rmSync(home, { recursive: true });
      }
    });
  }
});
