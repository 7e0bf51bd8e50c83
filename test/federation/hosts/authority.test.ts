/** Which names zones leave free for claims. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decideScope, hostAuthorityOf } from "../../../src/federation/hosts/authority.ts";
import { nameOf, root } from "../../../src/dns/message/name.ts";
import { parseRdata } from "../../../src/dns/rdata/parse.ts";
import { typeCode } from "../../../src/dns/rdata/types.ts";
import { Zone } from "../../../src/dns/zone/zone.ts";

function zone(origin: string, ...records: readonly (readonly [string, string, string])[]): Zone {
  const made = new Zone(nameOf(origin));
  for (const [name, mnemonic, text] of records) {
    const type = typeCode(mnemonic) ?? assert.fail(mnemonic);
    const rdata = parseRdata(type, text, root);
    assert.ok(typeof rdata !== "string", String(rdata));
    made.put(nameOf(name), { type, ttlSeconds: 60, rdatas: [rdata] });
  }
  return made;
}

const authority = hostAuthorityOf({
  zones: [
    zone(
      "example.com",
      ["example.com", "NS", "ns1.example.com"],
      ["ns1.example.com", "A", "192.0.2.1"],
      ["www.example.com", "A", "192.0.2.2"],
      ["*.files.example.com", "A", "192.0.2.3"],
      ["deep.down.example.com", "A", "192.0.2.4"],
      ["child.example.com", "NS", "ns.example.net"],
      ["old.example.com", "DNAME", "new.example.net"],
      ["inner.example.com", "NS", "ns1.example.com"],
    ),
    zone("inner.example.com", ["inner.example.com", "NS", "ns1.example.com"]),
    zone("moved.example.org", ["moved.example.org", "DNAME", "example.net"]),
  ],
  domains: ["example.com"],
  nameservers: ["ns1.example.com"],
});

/** "reserved: it is the name of a nameserver", or "inside". */
function scopeOf(host: string): string {
  const { scope, sentence } = decideScope(host, authority);
  return sentence === "" ? scope : `${scope}: ${sentence}`;
}

test("a name without records is free, even if a wildcard covers it or names below it have records", () => {
  for (const host of [
    "shop.example.com",
    "a.files.example.com",
    "down.example.com",
    "*.example.com",
    "*.down.example.com",
  ])
    assert.equal(scopeOf(host), "inside", host);
});

test("a name with records is reserved, wildcards included", () => {
  const taken = "reserved: the zone has records there";
  for (const host of ["www.example.com", "*.files.example.com", "deep.down.example.com", "child.example.com"])
    assert.equal(scopeOf(host), taken, host);
  assert.equal(scopeOf("ns1.example.com"), "reserved: it is the name of a nameserver");
});

test("an apex is free beside its SOA and NS records, for a rule that names it", () => {
  for (const host of ["example.com", "inner.example.com"]) {
    assert.equal(scopeOf(host), "inside", host);
    assert.equal(decideScope(host, authority).isApex, true, host);
  }
  assert.equal(scopeOf("moved.example.org"), "reserved: the zone has records there");
  assert.equal(decideScope("www.inner.example.com", authority).isApex, false);
});

test("a name below a zone cut or a DNAME is reserved", () => {
  assert.equal(
    scopeOf("a.b.child.example.com"),
    "reserved: the zone delegates child.example.com to other servers",
  );
  assert.equal(
    scopeOf("*.child.example.com"),
    "reserved: the zone delegates child.example.com to other servers",
  );
  assert.equal(
    scopeOf("a.old.example.com"),
    "reserved: the zone redirects all names below old.example.com (DNAME)",
  );
  assert.equal(
    scopeOf("a.moved.example.org"),
    "reserved: the zone redirects all names below moved.example.org (DNAME)",
  );
});

test("names are decided by the innermost zone that contains them", () => {
  assert.equal(scopeOf("a.inner.example.com"), "inside");
  assert.equal(scopeOf("example.net"), "outside: it is in none of the served zones");
});
