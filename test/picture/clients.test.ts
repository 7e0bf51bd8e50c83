/** The table of clients: every look-up finds the longest prefix, and the length it tells is safe to tell resolvers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { checkClients } from "../../src/picture/clients/check.ts";
import { encodeClients } from "../../src/picture/clients/encode.ts";
import {
  AT_START,
  CLASS_SPECIAL,
  classOfV4,
  classOfV6,
  CLIENTS_HEAD_WORDS,
  CLIENTS_LEAVES_V4,
  type ClientsAt,
} from "../../src/picture/clients/client-table.ts";
import { PrefixTree } from "../../src/traffic/locate/prefix-tree.ts";
import {
  addresses,
  contains,
  cut,
  longestMatch,
  type Prefix,
  prefixes,
  treeOf,
} from "../traffic/locate/prefixes.ts";

const CLASSES = 6;
/** The record need not stand at the front. */
const AT = 5 as ClientsAt;

function encoded(v4: readonly Prefix[], v6: readonly Prefix[]): Uint32Array {
  const words = encodeClients({ classes: CLASSES, v4: treeOf(v4).nodes, v6: treeOf(v6).nodes });
  assert.equal(checkClients(words, 0, words.length), null);
  const placed = new Uint32Array(AT + words.length);
  placed.set(words, AT);
  return placed;
}

const families = [
  {
    bits: 32,
    name: "IPv4",
    find: (u32: Uint32Array, [high]: readonly [number, number]) => classOfV4(u32, AT, high),
  },
  {
    bits: 64,
    name: "IPv6",
    find: (u32: Uint32Array, [high, low]: readonly [number, number]) => classOfV6(u32, AT, high, low),
  },
] as const;

for (const { bits, name, find } of families) {
  const encode = (all: readonly Prefix[]): Uint32Array => (bits === 32 ? encoded(all, []) : encoded([], all));
  /** Addresses anywhere, and at the borders of the prefixes, where look-ups go wrong. */
  const questions = prefixes(bits).chain((all) => {
    const borders = all.flatMap(({ high, low, length }) => {
      const mask = cut(-1, -1, length);
      const last = [high | ~mask.high, low | ~mask.low] as const;
      return [[high, low] as const, last];
    });
    const border = borders.length === 0 ? addresses(bits) : fc.constantFrom(...borders);
    const asked = fc.array(fc.oneof(addresses(bits), border), { minLength: 1, maxLength: 30 });
    return fc.record({ all: fc.constant(all), asked });
  });

  describe(`a look-up of ${name}`, () => {
    it("finds the class of the longest prefix that contains the address", () => {
      fc.assert(
        fc.property(questions, ({ all, asked }) => {
          const u32 = encode(all);
          for (const address of asked) assert.equal(find(u32, address) & 0xffff, longestMatch(all, address));
        }),
        { numRuns: 500 },
      );
    });

    it("tells a prefix in which every address has that class, and the shortest one that has", () => {
      fc.assert(
        fc.property(questions, ({ all, asked }) => {
          const u32 = encode(all);
          for (const [high, low] of asked) {
            const found = find(u32, [high, low]);
            const prefix = { ...cut(high, low, found >>> 16), length: found >>> 16 };
            assert.ok(prefix.length <= bits);
            const isUniform = ({ length }: { length: number }): boolean => {
              const wider = { ...cut(high, low, length), length };
              const inside = all.filter(
                (other) => other.length >= length && contains(wider, [other.high, other.low]),
              );
              const borders = inside.flatMap((other) => {
                const mask = cut(-1, -1, other.length);
                const beyond = [other.high | ~mask.high, other.low | ~mask.low] as const;
                return [[other.high, other.low] as const, beyond, ...neighbours(beyond)];
              });
              return [[wider.high, wider.low] as const, ...borders]
                .filter((address) => contains(wider, address))
                .every((address) => longestMatch(all, address) === (found & 0xffff));
            };
            assert.ok(isUniform(prefix), "an exception lies inside");
            if (prefix.length > 0)
              assert.ok(!isUniform({ length: prefix.length - 1 }), "a shorter one would do");
          }
        }),
        { numRuns: 300 },
      );
    });

    it("ends with some number, whatever the words are", () => {
      const words = fc.uint32Array({ minLength: 0, maxLength: 40 });
      fc.assert(
        fc.property(words, addresses(bits), fc.nat(CLIENTS_HEAD_WORDS), (noise, address, from) => {
          const u32 = new Uint32Array(AT + CLIENTS_HEAD_WORDS + 8);
          for (let i = 0; i < u32.length; i++) u32[i] = noise[(i + from) % noise.length] ?? 0xffffffff;
          const found = find(u32, address);
          assert.ok(Number.isInteger(found) && found >= 0 && found >>> 16 <= 127);
        }),
        { numRuns: 500 },
      );
    });
  });

  /** The addresses just behind and just before: where the next prefix starts. */
  function neighbours([high, low]: readonly [number, number]): readonly (readonly [number, number])[] {
    if (bits === 32) return [[(high + 1) | 0, 0]];
    return [[low === -1 ? (high + 1) | 0 : high, (low + 1) | 0]];
  }
}

describe("the table of clients", () => {
  it("says length 0 when nothing tells clients apart", () => {
    const u32 = encoded([], []);
    assert.equal(classOfV4(u32, AT, 0x01020304), 0);
    assert.equal(classOfV6(u32, AT, 0x20010db8, 0), 0);
    assert.equal(u32.length, AT + CLIENTS_HEAD_WORDS);
  });

  it("keeps special addresses apart from the classes", () => {
    const tree = new PrefixTree();
    tree.set(0x0a000000, 0, 8, CLASS_SPECIAL);
    tree.set(0x0a080000, 0, 16, 1);
    const words = encodeClients({ classes: 2, v4: tree.nodes, v6: new PrefixTree().nodes });
    assert.equal(checkClients(words, 0, words.length), null);
    assert.equal(classOfV4(words, AT_START, 0x0a080101), (16 << 16) | 1);
    assert.equal(classOfV4(words, AT_START, 0x0a000001), (13 << 16) | CLASS_SPECIAL);
    assert.equal(classOfV4(words, AT_START, 0x0b000001), 8 << 16);
  });

  it("holds every length of both families", () => {
    for (const { bits } of families) {
      for (let length = 1; length <= bits; length++) {
        const { high, low } = cut(0x29292929, 0x5a5a5a5a, length);
        const one = [{ high, low, length, value: 1 }];
        const found =
          bits === 32 ? classOfV4(encoded(one, []), AT, high) : classOfV6(encoded([], one), AT, high, low);
        assert.equal(found, (length << 16) | 1);
      }
    }
  });

  it("is refused when it is cut short, miscounted, or any bit of its structure is another", () => {
    const all: Prefix[] = [
      { high: 0x0a000000, low: 0, length: 8, value: 1 },
      { high: 0x0a010200, low: 0, length: 24, value: 2 },
      { high: 0x0a010280, low: 0, length: 25, value: 3 },
    ];
    const words = encoded(all, all).subarray(AT);
    assert.equal(checkClients(words, 0, words.length), null);
    assert.match(checkClients(words, 0, words.length - 1) ?? "", /damaged|cut short/);
    assert.match(checkClients(words, 0, 100) ?? "", /cut short/);
    for (let at = 3; at < words.length; at++) {
      for (const bit of [0, 3, 15, 16, 17, 20, 24, 31]) {
        const before = words[at] as number;
        words[at] = before ^ (1 << bit);
        const reason = checkClients(words, 0, words.length);
        // A class may be another class: the check over the record's words is for that.
        if (reason === null) assert.ok(bit < 16 && at !== CLIENTS_LEAVES_V4, `word ${at}, bit ${bit}`);
        words[at] = before;
      }
    }
  });
});
