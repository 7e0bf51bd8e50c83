/** Names: written form, wire form, and which name is below which. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  formatName,
  isAtOrBelow,
  labelCount,
  nameOf,
  type Name,
  parentOf,
  parseName,
  prepend,
  root,
  sameName,
} from "../../../src/dns/message/name.ts";

const label = fc.uint8Array({ minLength: 1, maxLength: 63 });
/** Lower-case names in wire form, of any octets, up to the limit of 255. */
const names = fc
  .array(label, { maxLength: 8 })
  .map((labels) => labels.flatMap((octets) => [octets.length, ...octets.map(lower)]))
  .filter((octets) => octets.length < 255)
  .map((octets) => Uint8Array.from([...octets, 0]) as Name);

function lower(octet: number): number {
  return octet >= 65 && octet <= 90 ? octet + 32 : octet;
}

test("every name survives being written and read", () => {
  fc.assert(fc.property(names, (name) => assert.deepEqual(parseName(formatName(name)), name)));
});

test("a written name is printable ASCII without spaces and ends in a dot", () => {
  fc.assert(fc.property(names, (name) => assert.match(formatName(name), /^[!-~]+\.$|^\.$/)));
});

test("reading is total: a name of at most 255 octets or null, for any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      const name = parseName(text);
      if (name === null) return;
      assert.ok(name.length <= 255 && name.at(-1) === 0);
      assert.deepEqual(parseName(formatName(name)), name);
    }),
    { numRuns: 2000 },
  );
});

test("relative and absolute spellings, upper and lower case, and escapes mean the same name", () => {
  const example = nameOf("www.example.com");
  for (const text of [
    "www.example.com.",
    "WWW.Example.COM",
    "\\119ww.example.com",
    "\\w\\w\\087.example.com",
  ])
    assert.deepEqual(parseName(text), example, text);
  assert.deepEqual([...nameOf("a\\.b.c")], [3, 0x61, 0x2e, 0x62, 1, 0x63, 0]);
  assert.deepEqual([...nameOf("\\000\\255")], [2, 0, 255, 0]);
  assert.equal(formatName(nameOf('a\\.b\\\\\\032"; .c')), 'a\\.b\\\\\\032\\"\\;\\032.c.');
});

test("what is no name is null", () => {
  const long = "a".repeat(63);
  const odd = ["", "..", ".a", "a..b", "a.b..", "\\", "a\\", "\\256", "\\999", "\u0100"];
  const no = [...odd, `${long}a`, `${long}.${long}.${long}.${"a".repeat(62)}`, "a.".repeat(128)];
  for (const text of no) assert.equal(parseName(text), null, text);
  for (const text of [".", long, `${long}.${long}.${long}.${"a".repeat(61)}`, "a.".repeat(127)])
    assert.ok(parseName(text) !== null, text);
  assert.throws(() => nameOf("a..b"), RangeError);
});

test("every name is at or below each of its ancestors and below no other name", () => {
  fc.assert(
    fc.property(names, names, (name, other) => {
      let count = labelCount(name);
      for (let at = name; ; at = parentOf(at)) {
        assert.ok(isAtOrBelow(name, at));
        assert.equal(labelCount(at), count--);
        assert.equal(isAtOrBelow(at, name), sameName(at, name));
        if (sameName(at, root)) break;
      }
      const isBelow =
        formatName(name) === formatName(other) || formatName(name).endsWith(`.${formatName(other)}`);
      assert.equal(isAtOrBelow(name, other), isBelow || other.length === 1);
    }),
  );
});

test("labels, not letters, decide what lies below what", () => {
  assert.ok(!isAtOrBelow(nameOf("xexample.com"), nameOf("example.com")));
  assert.ok(!isAtOrBelow(nameOf("com"), nameOf("example.com")));
  // The octets 7 e x a m p l e 3 c o m 0 stand at the end of this name, within one label.
  assert.ok(!isAtOrBelow(nameOf("a\\007example\\003com.x"), nameOf("example.com")));
  assert.ok(!isAtOrBelow(nameOf("a\\001b"), nameOf("b")));
});

test("a label put in front is lower case, and the parent of the result is the name", () => {
  const name = prepend("US-West", nameOf("example.com"));
  assert.equal(formatName(name), "us-west.example.com.");
  assert.ok(sameName(parentOf(name), nameOf("example.com")));
  assert.equal(parentOf(root), root);
});
