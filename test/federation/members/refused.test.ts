/** Which addresses are never answered, which a cluster may not announce, and which lead inside a network. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Address, parseAddress } from "../../../src/federation/members/address.ts";
import { ANY_ADDRESS } from "../../support/address-rules.ts";
import {
  addressRules,
  isPrivate,
  reasonToRefuseAddress,
  refusedAs,
} from "../../../src/federation/members/refused.ts";

const address = (text: string): Address => parseAddress(text) ?? assert.fail(text);
const words = (text: string): string[] => text.trim().split(/\s+/);
const EVERYTHING = addressRules({ allow: ["0.0.0.0/0", "::/0"], deny: [] });

function refused(kind: string, list: string): void {
  it(`${kind} addresses are never answered, whatever the settings allow`, () => {
    for (const text of words(list))
      for (const rules of [ANY_ADDRESS, EVERYTHING])
        assert.equal(
          reasonToRefuseAddress(address(text), rules),
          `${kind} addresses are never answered`,
          text,
        );
  });
}

describe("networks that lead nowhere", () => {
  refused("unspecified", "0.0.0.0 0.1.2.3 :: ::ffff:0:0");
  refused("loopback", "127.0.0.1 127.255.255.255 ::1 ::ffff:127.0.0.1");
  refused("link-local", "169.254.0.1 169.254.169.254 fe80::1 febf::1 ::ffff:a9fe:1");
  refused("multicast", "224.0.0.1 239.255.255.255 ff02::1 ff0e::1");
  refused("broadcast", "255.255.255.255");
  refused("reserved", "240.0.0.1 255.255.255.254 247.1.2.3");
  refused("site-local", "fec0::1 feff::1");
  refused("protocol", "192.0.0.1 192.0.0.170 192.0.0.255");
  it("their neighbours are answered", () => {
    const neighbours = `1.0.0.0 10.0.0.1 192.168.1.1 100.64.0.1 1.1.1.1 128.0.0.1 223.255.255.255 191.255.255.255
      192.0.1.0 fd00::1 2001:db8::1 192.0.2.1 198.51.100.1 203.0.113.1 fbff::1`;
    for (const text of words(neighbours))
      assert.equal(reasonToRefuseAddress(address(text), ANY_ADDRESS), null, text);
  });
});

describe("metadata services of clouds", () => {
  refused("metadata", "168.63.129.16 100.100.100.200 192.0.0.192 fd00:ec2::254 fd20:ce::254");
  it("hosts beside them are answered", () => {
    for (const text of words("168.63.129.17 100.100.100.201 fd00:ec2::253 fd20:ce::255"))
      assert.equal(refusedAs(address(text)), null, text);
  });
});

describe("an IPv6 address that translators or tunnels turn into a refused IPv4 address", () => {
  const ways: Readonly<Record<string, (high: string, low: string) => string>> = {
    mapped: (high, low) => `::ffff:${high}:${low}`,
    compatible: (high, low) => `::${high}:${low}`,
    SIIT: (high, low) => `::ffff:0:${high}:${low}`,
    NAT64: (high, low) => `64:ff9b::${high}:${low}`,
    "NAT64 with a prefix of one's own": (high, low) => `64:ff9b:1::${high}:${low}`,
    "the same in a longer prefix": (high, low) => `64:ff9b:1:abcd::${high}:${low}`,
    "the same with a prefix of 48 bits": (high, low) =>
      `64:ff9b:1:${high}:${low.padStart(4, "0").replace(/^(..)(..)$/, "00$1:$2")}00::`,
    "6to4": (high, low) => `2002:${high}:${low}::1`,
    ISATAP: (high, low) => `2001:db8::5efe:${high}:${low}`,
    "ISATAP of a public address": (high, low) => `2001:db8::200:5efe:${high}:${low}`,
    "the server of Teredo": (high, low) => `2001:0:${high}:${low}::f7f7:f7f7`,
    "the client of Teredo": (high, low) => {
      const turned = [high, low].map((part) => (~Number.parseInt(part, 16) & 0xffff).toString(16));
      return `2001:0:102:304::${turned.join(":")}`;
    },
  };
  for (const [way, spell] of Object.entries(ways))
    it(`is refused: ${way}`, () => {
      // 168.63.129.16, 169.254.169.254, 127.0.0.1, 100.100.100.200
      for (const [high = "", low = ""] of [
        ["a83f", "8110"],
        ["a9fe", "a9fe"],
        ["7f00", "1"],
        ["6464", "64c8"],
      ])
        assert.notEqual(refusedAs(address(spell(high, low))), null, spell(high, low));
      // 8.8.8.8
      assert.equal(refusedAs(address(spell("808", "808"))), null, spell("808", "808"));
    });
  it("counts for networks that are denied, too", () => {
    const rules = addressRules({ allow: [], deny: ["10.0.0.0/8"] });
    for (const text of ["64:ff9b::10.1.2.3", "2002:a01:203::1", "::ffff:10.1.2.3"])
      assert.match(reasonToRefuseAddress(address(text), rules) ?? "", /addresses\.deny/, text);
  });
});

describe("a cluster may announce", () => {
  const reason = (text: string, allow: string[], deny: string[]): string | null =>
    reasonToRefuseAddress(address(text), addressRules({ allow, deny }));
  it("only addresses inside its networks", () => {
    const allow = ["10.0.0.0/8", "2001:db8::/32"];
    for (const text of ["10.1.2.3", "2001:db8::1"]) assert.equal(reason(text, allow, []), null);
    for (const text of ["192.0.2.1", "2001:db9::1", "11.0.0.0"])
      assert.match(reason(text, allow, []) ?? "", /outside/);
  });
  it("none in networks that are denied, although they are allowed", () => {
    const [allow, deny] = [["10.0.0.0/8"], ["10.96.0.0/12", "2001:db8:1::/48"]];
    assert.match(reason("10.100.0.1", allow, deny) ?? "", /^in a network that addresses\.deny/);
    assert.equal(reason("10.1.0.1", allow, deny), null);
    assert.match(reason("2001:db8:1::5", [], deny) ?? "", /addresses\.deny/);
    assert.equal(reason("2001:db8:2::5", [], deny), null);
  });
  it("addresses of examples, unless its rules deny documentation", () => {
    for (const text of words("192.0.2.1 198.51.100.1 203.0.113.1 2001:db8::1 3fff::1 64:ff9b::192.0.2.1")) {
      assert.equal(reason(text, [], []), null, text);
      assert.match(reason(text, [], ["documentation"]) ?? "", /addresses\.deny/, text);
    }
    assert.equal(reason("192.0.3.1", [], ["documentation"]), null);
  });
});

it("private is what leads inside a network, also through a translator", () => {
  for (const text of words(`10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.1 100.127.255.255 198.18.0.1
    fc00::1 fd12::1 ::ffff:10.0.0.1 64:ff9b::10.0.0.1 2002:c0a8:1::1`))
    assert.ok(isPrivate(address(text)), text);
  for (const text of words(
    "9.255.255.255 172.32.0.1 192.169.0.1 100.128.0.1 203.0.113.1 2001:db8::1 2600::1",
  ))
    assert.ok(!isPrivate(address(text)), text);
});
