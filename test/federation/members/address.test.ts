/** IP addresses as text: which texts are valid, and which are equal. */
import assert from "node:assert/strict";
import { isIP, isIPv6 } from "node:net";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  type Address,
  isInside,
  type Network,
  parseAddress,
  parseNetwork,
} from "../../../src/federation/members/address.ts";

const digits = (address: Address | null): string =>
  address === null ? "null" : address.family === 4 ? address.value.toString(16) : address.value;

test("IPv4 and IPv6 literals are read in all their spellings", () => {
  const spellings: Readonly<Record<string, string>> = {
    "192.0.2.1": "c0000201",
    "255.255.255.255": "ffffffff",
    "0.0.0.0": "0",
    "::": "0".repeat(32),
    "::1": "1".padStart(32, "0"),
    "2001:DB8::0A": "20010db8000000000000000000 00000a".replace(" ", ""),
    "1:2:3:4:5:6:7:8": "00010002000300040005000600070008",
    "1:2:3:4:5:6:7::": "00010002000300040005000600070000",
    "::2:3:4:5:6:7:8": "00000002000300040005000600070008",
    "64:ff9b::192.0.2.1": "0064ff9b0000000000000000c0000201",
    "::ffff:192.0.2.1": "c0000201",
    "::FFFF:c000:201": "c0000201",
    "0:0:0:0:0:ffff:192.0.2.1": "c0000201",
  };
  for (const [text, expected] of Object.entries(spellings))
    assert.equal(digits(parseAddress(text)), expected, text);
});

test("a text is an address exactly when node:net says so", () => {
  const part = fc.constantFrom(
    "0",
    "1",
    "255",
    "256",
    "ffff",
    "fffff",
    "::",
    ":",
    ".",
    "192.0.2.1",
    "01",
    "%eth0",
    " ",
    "x",
  );
  const text = fc.oneof(
    fc.array(part, { maxLength: 12 }).map((parts) => parts.join("")),
    fc.array(part, { maxLength: 9 }).map((parts) => parts.join(":")),
    fc
      .array(fc.integer({ min: 0, max: 300 }), { minLength: 3, maxLength: 5 })
      .map((parts) => parts.join(".")),
    fc.ipV4(),
    fc.ipV6(),
  );
  fc.assert(
    fc.property(text, (candidate) => {
      // A zone index belongs to a host, not to an address that others are given.
      const isAddress = isIP(candidate) !== 0 && !candidate.includes("%");
      assert.equal(parseAddress(candidate) !== null, isAddress, candidate);
    }),
    { numRuns: 4000 },
  );
});

test("an IPv6 address is the same in its longest and shortest spelling", () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      fc.pre(isIPv6(text));
      const short = new URL(`http://[${text}]`).hostname.slice(1, -1);
      assert.deepEqual(parseAddress(short), parseAddress(text));
    }),
  );
});

test("an address is inside the networks whose prefix it has", () => {
  const network = (text: string): Network => parseNetwork(text) as Network;
  const address = (text: string): Address => parseAddress(text) as Address;
  assert.ok(isInside(address("10.255.0.1"), network("10.0.0.0/8")));
  assert.ok(!isInside(address("11.0.0.1"), network("10.0.0.0/8")));
  assert.ok(isInside(address("1.2.3.4"), network("0.0.0.0/0")));
  assert.ok(!isInside(address("::1"), network("0.0.0.0/0")));
  assert.ok(isInside(address("192.0.2.129"), network("192.0.2.128/25")));
  assert.ok(!isInside(address("192.0.2.127"), network("192.0.2.128/25")));
  assert.ok(isInside(address("2001:db8::1"), network("2001:db8::/32")));
  assert.ok(isInside(address("::ffff:10.0.0.1"), network("10.0.0.0/8")));
  for (const text of [
    "10.0.0.0",
    "10.0.0.0/33",
    "::/129",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
    "x/8",
    "10.0.0.0/",
    "10.0.0.0/1e1",
  ])
    assert.equal(parseNetwork(text), null, text);
});
