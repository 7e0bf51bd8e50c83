/** EDNS(0), client subnets and extended errors (RFC 6891, RFC 7871, RFC 8914). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, type Message } from "../support/decode.ts";
import { ask, askBytes, openFront } from "../support/worker-context.ts";
import { type EdnsAsked, encodeQuery, optRecord, subnet } from "../support/query.ts";

const front = openFront("cluster west us-west/a\n demo/hello ready=1 192.0.2.17 2001:db8::17");
const hello = "hello.demo.myfed.svc.example.com";
const questions = [
  { name: hello, type: 1, rcode: 0 },
  { name: hello, type: 16, rcode: 0 },
  { name: "nothing.example.com", type: 1, rcode: 3 },
  { name: "example.org", type: 1, rcode: 5 },
  { name: "example.com", type: 6, rcode: 0 },
  { name: hello, type: 252, rcode: 4 },
  { name: hello, type: 250, rcode: 1 },
];

function askHello(edns: EdnsAsked): Message {
  return ask(front, { name: hello, type: 1, edns });
}

function hexOf(octets: readonly number[]): string {
  return octets.map((octet) => octet.toString(16).padStart(2, "0")).join("");
}

test("OPT is in every response to a query with OPT, errors too, and in no other", () => {
  for (const { name, type, rcode } of questions) {
    const plain = ask(front, { name, type });
    assert.deepEqual([plain.rcode, plain.opt], [rcode, null]);
    for (const flags of [0, 0x8000]) {
      const { opt, ...message } = ask(front, { name, type, edns: { flags } });
      assert.equal(message.rcode, rcode);
      assert.deepEqual(
        [opt?.version, opt?.udpOctets, opt?.dnssecOk, opt?.mustBeZero],
        [0, 1232, flags !== 0, 0],
      );
    }
  }
});

test("flags other than DO, and an extended rcode in a query, are ignored", () => {
  const { rcode, opt, answer } = askHello({ flags: 0x7fff, extendedRcode: 255 });
  assert.deepEqual([rcode, opt?.dnssecOk, opt?.mustBeZero, answer.length], [0, false, 0, 1]);
});

test("versions above 0 get BADVERS with version 0, the question, and nothing else", () => {
  const options = [{ code: 100, hex: "01" }, subnet(1, 24, "c00002"), { code: 10, hex: "0011223344556677" }];
  for (const version of [1, 2, 255]) {
    for (const edns of [{ version }, { version, options }, { version, rdataHex: "0064ffff" }]) {
      const message = askHello(edns);
      assert.deepEqual(
        [message.rcode, message.opt?.version, message.opt?.options, message.question?.name],
        [16, 0, [], `${hello}.`],
      );
      assert.deepEqual(
        [message.aa, message.answer, message.authority, message.opt?.udpOctets],
        [false, [], [], 1232],
      );
    }
  }
});

test("options we do not know or do not offer are ignored and not echoed", () => {
  for (const code of [
    0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 13, 14, 15, 16, 18, 19, 100, 26_946, 65_001, 65_535,
  ]) {
    for (const hex of ["", "0011223344556677"]) {
      const { rcode, opt, answer } = askHello({ options: [{ code, hex }] });
      assert.deepEqual([rcode, opt?.options, answer.length], [0, [], 1], `option ${code}`);
    }
  }
});

test("options that run past the record are FORMERR with OPT", () => {
  for (const rdataHex of ["00", "0064", "006400", "00640001", "00640004010203", "0064000000", "000affff00"]) {
    const { rcode, opt, question, octets } = askHello({ rdataHex });
    assert.deepEqual([rcode, opt?.version, question, octets], [1, 0, null, 23], rdataHex);
  }
});

test("two OPT records, an owner that is not the root, and OPT in other sections are FORMERR", () => {
  const opt = hexOf(optRecord({}));
  const owned = hexOf(optRecord({}, [1, 0x61, 0]));
  const pointed = hexOf(optRecord({}, [0xc0, 0x0c]));
  const bad: readonly [readonly [number, number, number, number], string][] = [
    [[1, 0, 0, 2], opt + opt],
    [[1, 0, 0, 1], owned],
    [[1, 0, 0, 1], pointed],
    [[1, 1, 0, 0], opt],
    [[1, 0, 1, 0], opt],
    [[1, 1, 0, 1], opt + opt],
  ];
  for (const [counts, trailing] of bad)
    assert.equal(ask(front, { name: hello, type: 1, counts, trailing }).rcode, 1, trailing);
  const between = "00000100010000000000021234";
  const { rcode, opt: read } = ask(front, {
    name: hello,
    type: 1,
    counts: [1, 0, 0, 2],
    trailing: between + opt,
  });
  assert.deepEqual([rcode, read?.version], [0, 0]);
});

test("a client subnet comes back as it was sent, with scope 0, in every kind of answer", () => {
  const sound = [
    subnet(1, 24, "c00002"),
    subnet(1, 0, ""),
    subnet(1, 32, "c0000201"),
    subnet(1, 20, "c00000"),
    subnet(1, 1, "80"),
    subnet(2, 56, "20010db8000000"),
    subnet(2, 0, ""),
    subnet(2, 128, "20010db8000000000000000000000001"),
    subnet(2, 33, "20010db880"),
    subnet(0, 0, ""),
  ];
  for (const option of sound) {
    for (const { name, type, rcode } of questions) {
      const message = ask(front, { name, type, edns: { options: [option] } });
      const echoed = message.opt?.options.filter(({ code }) => code === 8);
      assert.deepEqual([message.rcode, echoed], [rcode, [option]], `${name} ${option.hex}`);
    }
  }
});

test("without a client subnet in the query there is none in the response", () => {
  assert.deepEqual(askHello({}).opt?.options, []);
});

test("a malformed client subnet is FORMERR with OPT", () => {
  const malformed = [
    subnet(1, 24, "c00002", 24),
    subnet(1, 24, "c00002", 1),
    subnet(1, 24, "c00002ff"),
    subnet(1, 24, "c000"),
    subnet(1, 20, "c00001"),
    subnet(1, 25, "c0000201"),
    subnet(1, 33, "c000020100"),
    subnet(1, 255, "c0000201"),
    subnet(2, 129, "20010db800000000000000000000000100"),
    subnet(2, 48, "20010db8"),
    subnet(0, 24, "c00002"),
    subnet(0, 0, "00"),
    subnet(3, 0, ""),
    subnet(3, 24, "c00002"),
    subnet(65_535, 0, ""),
    { code: 8, hex: "0001" },
    { code: 8, hex: "" },
    { code: 8, hex: "000118" },
  ];
  for (const option of malformed) {
    const message = askHello({ options: [option] });
    assert.deepEqual([message.rcode, message.opt?.version], [1, 0], option.hex);
    assert.deepEqual([message.answer, message.question], [[], null]);
  }
  const twice = askHello({ options: [subnet(1, 24, "c00002"), subnet(1, 24, "c00002")] });
  assert.equal(twice.rcode, 1);
});

test("extended errors come with EDNS only: 20 outside our zones, 14 before the members are known", () => {
  const { opt } = ask(front, { name: "example.org", type: 1, edns: {} });
  assert.deepEqual(opt?.options, [{ code: 15, hex: "0014" }]);
  const unsynced = openFront("unsynced\ncluster west us-west/a");
  const { rcode, opt: notReady } = ask(unsynced, {
    name: hello,
    type: 1,
    edns: { options: [subnet(1, 0, "")] },
  });
  assert.deepEqual([rcode, notReady?.options], [2, [subnet(1, 0, ""), { code: 15, hex: "000e" }]]);
  assert.equal(ask(unsynced, { name: hello, type: 1 }).rcode, 2);
});

test("a query for NXNAME is FORMERR with extended error 30", () => {
  const { rcode, opt } = ask(front, { name: hello, type: 128, edns: {} });
  assert.equal(rcode, 1);
  assert.deepEqual(opt?.options, [{ code: 15, hex: "001e" }]);
});

test("the probes of an EDNS compliance tester get the expected replies", () => {
  const all = [
    { code: 3, hex: "" },
    subnet(1, 0, ""),
    { code: 9, hex: "" },
    { code: 10, hex: "0011223344556677" },
  ];
  const soa = { name: "example.com", type: 6 };
  const optlist = ask(front, { ...soa, edns: { options: all } });
  assert.deepEqual([optlist.rcode, optlist.aa, optlist.answer.length], [0, true, 1]);
  assert.deepEqual(optlist.opt?.options, [subnet(1, 0, "")]);
  const edns1 = ask(front, { ...soa, edns: { version: 1, flags: 0x8000, options: all } });
  assert.deepEqual([edns1.rcode, edns1.answer.length, edns1.opt?.version], [16, 0, 0]);
  const small = askBytes(
    front,
    encodeQuery({ name: "example.com", type: 48, edns: { udpOctets: 512, flags: 0x8000 } }),
  );
  assert.ok(small.length <= 512);
  assert.equal(decode(small).opt?.dnssecOk, true);
});
