/** Headers, questions and framing (RFC 1035 §4.1): malformed messages get silence or FORMERR, and odd ones an answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../support/decode.ts";
import { ask, askBytes, openFront } from "../support/worker-context.ts";
import { encodeQuery, wireName } from "../support/query.ts";

const front = openFront("cluster west us-west/a\n demo/hello ready=1 192.0.2.17 2001:db8::17");
const hello = "hello.demo.myfed.svc.example.com";

/** A header and nothing else, with this rcode and the ID of the query. */
function isHeaderOnly(bytes: Uint8Array, rcode: number): void {
  const message = decode(bytes);
  assert.equal(bytes.length, 12);
  assert.equal(message.rcode, rcode);
  assert.equal(message.id, 0x1234);
  assert.ok(message.isResponse && !message.aa && !message.tc && !message.ra);
}

test("messages without a whole header and responses get silence", () => {
  const query = encodeQuery({ name: hello, type: 1 });
  for (let octets = 0; octets < 12; octets++)
    assert.equal(askBytes(front, query.subarray(0, octets)).length, 0);
  assert.equal(askBytes(front, encodeQuery({ name: hello, type: 1, flags: 0x8100 })).length, 0);
  assert.equal(askBytes(front, encodeQuery({ name: hello, type: 1, flags: 0xffff })).length, 0);
});

test("every opcode but QUERY gets NOTIMP with its opcode and no RD", () => {
  for (let opcode = 1; opcode < 16; opcode++) {
    const bytes = askBytes(front, encodeQuery({ name: hello, type: 1, flags: (opcode << 11) | 0x7ff }));
    isHeaderOnly(bytes, 4);
    assert.equal(decode(bytes).opcode, opcode);
    assert.equal(decode(bytes).rd, false);
  }
});

test("AA, TC, RA, Z, AD, CD and rcode bits of a query mean nothing, RD comes back", () => {
  for (const flags of [0x0000, 0x0100, 0x0400, 0x0200, 0x0080, 0x0040, 0x0020, 0x0010, 0x000f, 0x07ff]) {
    const message = ask(front, { name: hello, type: 1, flags });
    assert.deepEqual(
      [message.rcode, message.aa, message.tc, message.ra, message.zAdCd, message.answer.length],
      [0, true, false, false, 0, 1],
    );
    assert.equal(message.rd, (flags & 0x100) !== 0);
  }
});

test("no question, or more than one, is FORMERR", () => {
  isHeaderOnly(askBytes(front, encodeQuery({ name: hello, type: 1, counts: [0, 0, 0, 0] })), 1);
  for (const count of [2, 255, 256, 65_535])
    isHeaderOnly(askBytes(front, encodeQuery({ name: hello, type: 1, counts: [count, 0, 0, 0] })), 1);
  const second = [...wireName(hello), 0, 1, 0, 1]
    .map((octet) => octet.toString(16).padStart(2, "0"))
    .join("");
  const two = encodeQuery({ name: hello, type: 1, counts: [2, 0, 0, 0], trailing: second });
  isHeaderOnly(askBytes(front, two), 1);
});

test("records of the answer and authority sections are skipped when sound, FORMERR when not", () => {
  const record = "c00c0001000100000000000401020304";
  for (const counts of [
    [1, 1, 0, 0],
    [1, 0, 1, 0],
    [1, 0, 0, 1],
  ] as const) {
    const sound = ask(front, { name: hello, type: 1, counts, trailing: record });
    assert.deepEqual([sound.rcode, sound.answer.length], [0, 1]);
    isHeaderOnly(askBytes(front, encodeQuery({ name: hello, type: 1, counts, trailing: "40" + record })), 1);
    for (let octets = 0; octets < record.length; octets += 2)
      isHeaderOnly(
        askBytes(front, encodeQuery({ name: hello, type: 1, counts, trailing: record.slice(0, octets) })),
        1,
      );
  }
});

test("counts larger than the data end at the first missing record", () => {
  const startMs = performance.now();
  for (let i = 0; i < 2000; i++)
    isHeaderOnly(
      askBytes(front, encodeQuery({ name: hello, type: 1, counts: [1, 65_535, 65_535, 65_535] })),
      1,
    );
  assert.ok(performance.now() - startMs < 2000);
});

test("octets behind the last record are ignored", () => {
  const message = ask(front, { name: hello, type: 1, trailing: "00ff4141" });
  assert.deepEqual([message.rcode, message.answer.length], [0, 1]);
});

test("names that are cut short, compressed or of unknown label types are FORMERR", () => {
  const names = ["c00c", "c000", "03777777c00c", "40", "80", "4001", "bf", "ff", "3f61", "0161"];
  for (const name of names) {
    const bytes = Uint8Array.from(name.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    isHeaderOnly(askBytes(front, encodeQuery({ name: bytes, type: 1 })), 1);
  }
  const query = encodeQuery({ name: hello, type: 1 });
  for (let octets = 12; octets < query.length; octets++)
    isHeaderOnly(askBytes(front, query.subarray(0, octets)), 1);
});

test("a name may have 255 octets and not 256, 127 labels and labels of 63 octets", () => {
  const label = "a".repeat(63);
  const full = [label, label, label, "b".repeat(61)].join(".");
  assert.equal(ask(front, { name: full, type: 1 }).rcode, 5);
  assert.equal(ask(front, { name: full, type: 1 }).question?.name, `${full}.`);
  isHeaderOnly(askBytes(front, encodeQuery({ name: `${full}b`, type: 1 })), 1);
  const many = Array.from({ length: 127 }, () => "x").join(".");
  assert.equal(ask(front, { name: many, type: 1 }).rcode, 5);
  isHeaderOnly(askBytes(front, encodeQuery({ name: `x.${many}`, type: 1 })), 1);
  const inside = `${Array.from({ length: 120 }, () => "x").join(".")}.example.com`;
  assert.equal(ask(front, { name: inside, type: 1 }).rcode, 3);
});

test("labels may hold any octet, and the question comes back octet for octet", () => {
  for (let octet = 0; octet < 256; octet++) {
    const name = [3, octet, 0x41, octet, ...wireName("ExAmple.com")];
    const query = encodeQuery({ name: Uint8Array.from(name), type: 1 });
    const response = askBytes(front, query);
    assert.deepEqual(response.subarray(12, 12 + name.length + 4), query.subarray(12));
    assert.equal(decode(response).rcode, 3);
  }
});

test("letters match in either case, and no other octets match each other", () => {
  for (let octet = 0; octet < 256; octet++) {
    const name = Uint8Array.from([5, octet, ...wireName("ello.demo.myfed.svc.example.com").slice(1)]);
    const { rcode } = ask(front, { name, type: 1 });
    assert.equal(rcode, octet === 0x68 || octet === 0x48 ? 0 : 3, `octet ${octet}`);
  }
});

test("the ID comes back, all 65536 of them", () => {
  for (let id = 0; id < 65_536; id += 257) assert.equal(ask(front, { name: hello, type: 1, id }).id, id);
});

test("an answer says nothing of the question before it", () => {
  const long = `${"w".repeat(60)}.${"y".repeat(60)}.${"z".repeat(60)}.example.com`;
  const edns = { flags: 0x8000, options: [{ code: 8, hex: "00011800010203" }] };
  for (const before of [
    encodeQuery({ name: long, type: 28, edns }),
    encodeQuery({ name: hello, type: 1, edns: { ...edns, version: 1 } }),
    encodeQuery({ name: hello, type: 250, edns: { rdataHex: "00" } }),
    encodeQuery({ name: hello, type: 1, flags: 0x2900 }),
  ]) {
    askBytes(front, before);
    const message = ask(front, { name: hello, type: 1 });
    assert.deepEqual([message.rcode, message.answer.length, message.opt], [0, 1, null]);
    askBytes(front, before);
    isHeaderOnly(askBytes(front, encodeQuery({ name: hello, type: 1, counts: [0, 0, 0, 0] })), 1);
  }
});
