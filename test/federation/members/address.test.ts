/** IP addresses as text: which texts are valid, which are equal, and which addresses are never answered. */
import assert from "node:assert/strict";
import { isIP, isIPv4, isIPv6 } from "node:net";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  type Address,
  isInside,
  type Network,
  parseAddress,
  parseNetwork,
  reasonToRefuseAddress,
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

test("unspecified, loopback, link-local and multicast addresses are refused", () => {
  const refused =
    `0.0.0.0 0.1.2.3 127.0.0.1 127.255.255.255 169.254.0.1 169.254.169.254 224.0.0.1 239.255.255.255
    255.255.255.255 :: ::1 fe80::1 febf::1 ff02::1 ff0e::1 ::ffff:127.0.0.1 ::ffff:a9fe:1 ::ffff:0:0`.split(
      /\s+/,
    );
  const everything = [parseNetwork("0.0.0.0/0"), parseNetwork("::/0")] as Network[];
  for (const text of refused) {
    assert.match(reasonToRefuseAddress(parseAddress(text) as Address, []) ?? "", /never answered/, text);
    assert.match(
      reasonToRefuseAddress(parseAddress(text) as Address, everything) ?? "",
      /never answered/,
      text,
    );
  }
  for (const text of [
    "10.0.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "1.1.1.1",
    "128.0.0.1",
    "223.255.255.255",
    "fec0::1",
    "fd00::1",
    "2001:db8::1",
  ])
    assert.equal(reasonToRefuseAddress(parseAddress(text) as Address, []), null, text);
});

test("an IPv6 address that embeds a refused IPv4 address is refused", () => {
  for (const text of ["::127.0.0.1", "64:ff9b::127.0.0.1", "2002:7f00:1::1", "::ffff:0:127.0.0.1"])
    assert.notEqual(reasonToRefuseAddress(parseAddress(text) as Address, []), null, text);
});

test("a cluster may only announce addresses inside its networks", () => {
  const allowed = [parseNetwork("10.0.0.0/8"), parseNetwork("2001:db8::/32")] as Network[];
  const reason = (text: string): string | null =>
    reasonToRefuseAddress(parseAddress(text) as Address, allowed);
  for (const text of ["10.1.2.3", "2001:db8::1"]) assert.equal(reason(text), null);
  for (const text of ["192.0.2.1", "2001:db9::1", "11.0.0.0"]) assert.match(reason(text) ?? "", /outside/);
  assert.ok(isIPv4("10.1.2.3"));
});
