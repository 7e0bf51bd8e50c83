/** $INCLUDE: what it may name, and what the included file inherits. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FILES_MAX } from "../../../src/dns/zonefile/include.ts";
import { problems, records, SOA } from "./parsed.ts";

describe("$INCLUDE", () => {
  it("reads a file with its own origin, and restores origin and owner afterwards", () => {
    const files = { "sub/x.inc": " 5 TXT inherited\n@ 5 A 192.0.2.1\n$ORIGIN deep\ny 5 A 192.0.2.2\n" };
    assert.deepEqual(
      records(
        `${SOA}a 5 A 192.0.2.9\n$INCLUDE sub/x.inc hosts ; a comment\n 5 TXT here\nb 5 A 192.0.2.3\n`,
        files,
      ),
      [
        "a.example.org. 5 A 192.0.2.9",
        'a.example.org. 5 TXT "inherited"',
        'a.example.org. 5 TXT "here"',
        "hosts.example.org. 5 A 192.0.2.1",
        "y.deep.hosts.example.org. 5 A 192.0.2.2",
        "b.example.org. 5 A 192.0.2.3",
      ],
    );
  });

  it("keeps the origin when it names none, and accepts quoted file names", () => {
    assert.deepEqual(records(`${SOA}$ORIGIN a\n$INCLUDE "x y"\n`, { "x y": "@ 5 A 192.0.2.1\n" }), [
      "a.example.org. 5 A 192.0.2.1",
    ]);
  });

  for (const [path, sentence] of [
    ["/etc/passwd", '$INCLUDE "/etc/passwd": a path that begins with / leads out of the zone\'s folder'],
    ["../x", '$INCLUDE "../x": a path with .. leads out of the zone\'s folder'],
    ["a/../../x", '$INCLUDE "a/../../x": a path with .. leads out of the zone\'s folder'],
    ["./../x", '$INCLUDE "./../x": a path with .. leads out of the zone\'s folder'],
    ["./", "$INCLUDE needs the name of a file"],
    ["./a/./gone", '$INCLUDE "./a/./gone": cannot be read: there is no such file'],
    ["a\\\\x", '$INCLUDE "a\\\\x": the path has a backslash'],
    ['""', "$INCLUDE needs the name of a file"],
    ["gone", '$INCLUDE "gone": cannot be read: there is no such file'],
    ["a b c", "$INCLUDE needs a file and, optionally, an origin"],
    ["a b..c", '$INCLUDE: "b..c" is not a name: a label is empty'],
  ] as const) {
    it(`refuses ${path}`, () => {
      assert.deepEqual(problems(`${SOA}$INCLUDE ${path}\n`), [
        `zones/example.org.zone:2: error: ${sentence}`,
      ]);
    });
  }

  it("reads a path with steps that lead nowhere", () => {
    const files = { "sub/x": "$INCLUDE .//sub/./y\n", "sub/y": "a 5 A 192.0.2.1\n" };
    assert.deepEqual(records(`${SOA}$INCLUDE ./sub/x\n`, files), ["a.example.org. 5 A 192.0.2.1"]);
    assert.deepEqual(problems(`${SOA}$INCLUDE a\n`, { a: "$INCLUDE ./a\n" }), [
      "zones/a:1: error: $INCLUDE: the file includes itself",
    ]);
  });

  it("refuses circles, and limits depth and number", () => {
    assert.deepEqual(problems(`${SOA}$INCLUDE a\n`, { a: "$INCLUDE b\n", b: "\n$INCLUDE a\n" }), [
      "zones/b:2: error: $INCLUDE: the file includes itself",
    ]);
    const deep = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, `$INCLUDE f${i + 1}\n`]));
    assert.deepEqual(problems(`${SOA}$INCLUDE f0\n`, deep), [
      "zones/f7:1: error: $INCLUDE: more than 8 files inside each other",
    ]);
    const wide = { a: "$INCLUDE b\n".repeat(40), b: "$INCLUDE c\n".repeat(40), c: "; nothing\n" };
    assert.equal(
      problems(`${SOA}$INCLUDE a\n`, wide)[0],
      `zones/b:14: error: $INCLUDE: the zone has more than ${FILES_MAX} files`,
    );
  });
});
