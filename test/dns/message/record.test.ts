/** RDATA of SOA records, and the names in RDATA that may be compressed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "../../../src/dns/message/hex.ts";
import { nameOf } from "../../../src/dns/message/name.ts";
import { compressibleNames, nameLength, soaRdata } from "../../../src/dns/message/record.ts";
import { unhex } from "../../support/decode.ts";

test("an SOA is two names and five numbers of 32 bits", () => {
  const soa = {
    mname: nameOf("a.b"),
    rname: nameOf("c"),
    serial: 0xffff_ffff,
    refreshSeconds: 1,
    retrySeconds: 2,
    expireSeconds: 0x7fff_ffff,
    negativeTtlSeconds: 0,
  };
  assert.equal(
    toHex(soaRdata(soa)),
    "01610162000163 00 ffffffff 00000001 00000002 7fffffff 00000000".replaceAll(" ", ""),
  );
});

test("only names in RDATA of the first RFC's types may be compressed (RFC 3597)", () => {
  const soa = unhex("0161000162 00".replace(" ", "").padEnd(52, "0"));
  assert.deepEqual(compressibleNames(6, soa), [0, 3]);
  for (const type of [2, 5, 12]) assert.deepEqual(compressibleNames(type, unhex("016100")), [0]);
  assert.deepEqual(compressibleNames(15, unhex("000a016100")), [2]);
  for (const type of [1, 16, 28, 33, 39, 46, 47, 64, 65, 257])
    assert.deepEqual(compressibleNames(type, unhex("016100")), []);
  assert.equal(nameLength(unhex("ff0161016200ff"), 1), 5);
});

test("octets survive being written as hex digits", () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(fromHex(toHex(all)), all);
  assert.equal(toHex(Uint8Array.of(0, 15, 16, 255)), "000f10ff");
});
