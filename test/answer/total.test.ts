/** The door is total: whatever comes in, what goes out is nothing or a flawless message that belongs to it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decode } from "../support/decode.ts";
import { askBytes, openFront } from "../support/worker-context.ts";
import { encodeQuery, subnet } from "../support/query.ts";
import { onTerms, SECRET, tcpFrom, udpFrom } from "../support/terms.ts";

const front = openFront(`
  answers 20
  cluster west us-west/a us-west/b
    demo/hello ready=1 192.0.2.17 2001:db8::17
    demo/many ready=1 ${Array.from({ length: 30 }, (_, i) => `2001:db8::${i + 1}`).join(" ")}
  cluster east us-east/a
    demo/hello ready=0 192.0.2.33`);

const WORDS = "hello many demo myfed svc a b us-west us-east example com ns1 x HELLO Example".split(" ");
const labels = fc.constantFrom(...WORDS, "x".repeat(63), "\u00ff\u0000");
const names = fc.oneof(
  fc.array(labels, { maxLength: 12 }).map((list) => list.join(".")),
  fc
    .tuple(
      fc.constantFrom("hello", "many", "none"),
      fc.constantFrom("", "a.us-east.", "us-west.", "b.us-west."),
    )
    .map(([service, level]) => `${service}.demo.myfed.svc.${level}example.com`),
);
const octets = (max: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength: max }).map((bytes) => Buffer.from(bytes).toString("hex"));
const options = fc.array(
  fc.oneof(
    fc.record({ code: fc.integer({ min: 0, max: 20 }), hex: octets(12) }),
    fc.constantFrom(subnet(1, 24, "c00002"), subnet(2, 56, "20010db8000000"), subnet(0, 0, "")),
    fc.constantFrom({ code: 3, hex: "" }, { code: 10, hex: "00".repeat(8) }, { code: 11, hex: "" }),
    fc.record({ code: fc.constant(10), hex: octets(48) }),
  ),
  { maxLength: 3 },
);
const edns = fc.record({
  udpOctets: fc.integer({ min: 0, max: 65_535 }),
  version: fc.constantFrom(0, 0, 0, 1),
  flags: fc.integer({ min: 0, max: 65_535 }),
  options,
});
const queries = fc
  .record({
    name: names,
    type: fc.oneof(fc.constantFrom(1, 28, 6, 2, 5, 255, 41), fc.integer({ min: 0, max: 65_535 })),
    class: fc.constantFrom(1, 1, 1, 1, 3, 255, 0),
    id: fc.integer({ min: 0, max: 65_535 }),
    flags: fc.oneof(fc.constant(0x0100), fc.integer({ min: 0, max: 0x7fff })),
    edns: fc.option(edns, { nil: undefined }),
  })
  .filter(({ name }) => name.length < 500)
  .map(({ edns: asked, ...rest }) => encodeQuery({ ...rest, ...(asked && { edns: asked }) }));
const mutated = fc
  .tuple(
    queries,
    fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
    fc.nat(400),
  )
  .map(([bytes, changes, end]) => {
    for (const [at, octet] of changes) if (at < bytes.length) bytes[at] = octet;
    return end < bytes.length ? bytes.subarray(0, end) : bytes;
  });

/** The size that the client can take, read off the query by rules of thumb: only whole queries with a last OPT have one. */
function isSound(request: Uint8Array, response: Uint8Array, limit: number): void {
  if (response.length === 0) {
    assert.ok(request.length < 12 || ((request[2] ?? 0) & 0x80) !== 0, "only these get silence");
    return;
  }
  const message = decode(response);
  assert.ok(response.length <= limit);
  assert.ok(message.isResponse && !message.ra && message.zAdCd === 0);
  assert.deepEqual(response.subarray(0, 2), request.subarray(0, 2), "the ID comes back");
  assert.equal(message.opcode, ((request[2] ?? 0) >> 3) & 15);
  assert.ok([0, 1, 2, 3, 4, 5, 9, 16].includes(message.rcode));
  if (message.question === null) assert.equal(message.answer.length + message.authority.length, 0);
  else
    assert.deepEqual(
      response.subarray(12, 12 + message.questionHex.length / 2),
      request.subarray(12, 12 + message.questionHex.length / 2),
    );
  if (message.tc) assert.equal(message.answer.length + message.authority.length, 0);
  if (message.rcode === 3)
    assert.deepEqual(
      message.authority.map(({ type }) => type),
      [6],
    );
  if (message.rcode === 0 && message.answer.length === 0 && !message.tc)
    assert.deepEqual(
      message.authority.map(({ type }) => type),
      [6],
      "an empty answer says for how long",
    );
}

test("random octets get silence or a sound response", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (request, isStream) => {
      isSound(request, askBytes(front, request, isStream), isStream ? 65_535 : 1232);
    }),
    { numRuns: 3000 },
  );
});

test("mutated queries get silence or a sound response", () => {
  fc.assert(
    fc.property(mutated, fc.boolean(), (request, isStream) => {
      isSound(request, askBytes(front, request, isStream), isStream ? 65_535 : 1232);
    }),
    { numRuns: 5000 },
  );
});

test("sound queries get sound responses of the size they allow, with OPT if and only if they have it", () => {
  fc.assert(
    fc.property(
      names,
      fc.constantFrom(1, 28, 6, 255),
      fc.option(edns, { nil: undefined }),
      (name, type, asked) => {
        fc.pre(name.length < 200);
        const request = encodeQuery({ name, type, ...(asked && { edns: asked }) });
        const response = askBytes(front, request);
        const limit = asked === undefined ? 512 : Math.min(1232, Math.max(512, asked.udpOctets));
        isSound(request, response, limit);
        const { opt, rcode, question } = decode(response);
        assert.equal(opt !== null, asked !== undefined);
        if (asked !== undefined) assert.equal(opt?.dnssecOk, (asked.flags & 0x8000) !== 0);
        if (rcode !== 1) assert.equal(question?.type, type);
      },
    ),
    { numRuns: 3000 },
  );
});

test("on strict terms too, and over UDP never longer than 512 octets or four times the query", () => {
  const strict = onTerms(front, {
    identity: { nsid: "n".repeat(128), version: "fedns", hostname: "h", id: null },
    cookieSecrets: [SECRET],
    maxAmplification: 4,
    minimalResponses: false,
    allowQuery: ["192.0.2.0/24", "2001:db8::/32"],
    rateLimit: { responsesPerSecond: 0, slip: 1, exempt: [] },
    idleMs: 10_000,
  });
  fc.assert(
    fc.property(
      fc.oneof(mutated, queries),
      fc.constantFrom("192.0.2.1", "198.51.100.1", "2001:db8::1", "2001:db9::1"),
      fc.boolean(),
      (request, address, isStream) => {
        const response = askBytes(strict, request, isStream ? tcpFrom(address) : udpFrom(address));
        const limit = Math.min(1232, Math.max(512, 4 * request.length));
        isSound(request, response, isStream ? 65_535 : limit);
      },
    ),
    { numRuns: 5000 },
  );
});
