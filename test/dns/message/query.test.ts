/** Reading a query gives the same name and facts wherever in a buffer the message is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createQuery } from "../../../src/dns/message/query-record.ts";
import { readQuery, QueryStatus } from "../../../src/dns/message/query.ts";
import { foldWord, viewOfBytes } from "../../../src/dns/message/wire.ts";
import { encodeQuery } from "../../support/query.ts";

const name = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { maxLength: 10 })
  .map((labels) => Uint8Array.from([...labels.flatMap((label) => [label.length, ...label]), 0]))
  .filter((octets) => octets.length <= 255);
const u16 = fc.integer({ min: 0, max: 65_535 });

test("name, labels, type and class are read as they were written, in lower case", () => {
  const query = createQuery();
  fc.assert(
    fc.property(name, u16, u16, fc.integer({ min: 0, max: 40 }), (octets, type, qclass, start) => {
      const message = encodeQuery({ name: octets, type, class: qclass });
      const bytes = new Uint8Array(start + message.length + 3).fill(0x41);
      bytes.set(message, start);
      assert.equal(readQuery(bytes, viewOfBytes(bytes), start, message.length, query), QueryStatus.Ok);
      const lower = octets.map((octet) => (octet >= 65 && octet <= 90 ? octet + 32 : octet));
      assert.deepEqual(query.name.bytes.slice(0, query.name.octets), lower);
      assert.deepEqual([query.type, query.class], [type, qclass]);
      const starts: number[] = [];
      for (let at = 0; octets[at] !== 0; at += (octets[at] as number) + 1) starts.push(at);
      assert.deepEqual(query.name.labels.slice(0, query.name.labelCount), Uint8Array.from(starts));
      assert.equal(query.name.labels[query.name.labelCount], octets.length - 1);
    }),
    { numRuns: 1000 },
  );
});

test("no octet of the message is changed by reading it", () => {
  const query = createQuery();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (message) => {
      const bytes = new Uint8Array([...message, 1, 2, 3]);
      const before = bytes.slice();
      readQuery(bytes, viewOfBytes(bytes), 0, message.length, query);
      assert.deepEqual(bytes, before);
    }),
  );
});

test("four octets are folded at once as they would be one by one", () => {
  const fold = (octet: number): number => (octet >= 65 && octet <= 90 ? octet + 32 : octet);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 }), (octets) => {
      const view = new DataView(Uint8Array.from(octets).buffer);
      view.setInt32(0, foldWord(view.getInt32(0, true)), true);
      assert.deepEqual([...new Uint8Array(view.buffer)], octets.map(fold));
    }),
    { numRuns: 2000 },
  );
  for (let octet = 0; octet < 256; octet++)
    assert.equal(foldWord(octet * 0x01010101) >>> 0, (fold(octet) * 0x01010101) >>> 0);
});
