/** What the server says of itself: NSID (RFC 5001) and class CHAOS (RFC 4892). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, openFront } from "../support/worker-context.ts";
import { onTerms, optionOf } from "../support/terms.ts";

const TXT = 16;
const CHAOS = 3;
const front = openFront("cluster west us-west/a\n demo/hello ready=1 192.0.2.17");
const hello = { name: "hello.demo.myfed.svc.example.com", type: 1 };
const open = onTerms(front, {
  identity: { nsid: "ns1 fra", version: "fedns", hostname: "box-7", id: "fra-é" },
});

function askChaos(at: typeof open, name: string, type = TXT): ReturnType<typeof ask> {
  return ask(at, { name, type, class: CHAOS, edns: {} });
}

test("NSID is in responses to queries with the option, whatever its content, and in no others", () => {
  const value = Buffer.from("ns1 fra").toString("hex");
  for (const hex of ["", "00ff"]) {
    const asked = { ...hello, edns: { options: [{ code: 3, hex }] } };
    for (const isStream of [false, true]) assert.equal(optionOf(ask(open, asked, isStream), 3), value);
    assert.equal(optionOf(ask(front, asked), 3), null);
  }
  assert.equal(optionOf(ask(open, { ...hello, edns: {} }), 3), null);
  const twice = { ...hello, edns: { options: [3, 3].map((code) => ({ code, hex: "" })) } };
  assert.equal(optionOf(ask(open, twice), 3), value);
});

test("an NSID takes its room from the records, never from the limit", () => {
  const long = onTerms(
    openFront(`
    answers 100
    cluster west us-west/a
      demo/hello ready=1 ${Array.from({ length: 60 }, (_, i) => `192.0.2.${i + 1}`).join(" ")}`),
    {
      identity: { nsid: "x".repeat(128), version: null, hostname: null, id: null },
    },
  );
  let truncated = 0;
  for (let udpOctets = 512; udpOctets <= 1232; udpOctets++) {
    const message = ask(long, { ...hello, edns: { udpOctets, options: [{ code: 3, hex: "" }] } });
    assert.ok(message.octets <= udpOctets);
    assert.equal(optionOf(message, 3)?.length, 256);
    if (message.tc) truncated++;
    assert.equal(message.answer.length, message.tc ? 0 : 60);
  }
  // Header, question, 60 records, OPT, room for an extended error, the option.
  assert.equal(truncated, 12 + 38 + 60 * 16 + 11 + 6 + 132 - 512);
});

test("the four names of class CHAOS are TXT records with the owner as asked", () => {
  for (const [name, text] of [
    ["version.bind", "fedns"],
    ["VERSION.Bind", "fedns"],
    ["version.server", "fedns"],
    ["hostname.bind", "box-7"],
    ["id.server", "fra-\\195\\169"],
  ] as const) {
    for (const type of [TXT, 255]) {
      const { rcode, aa, tc, answer, authority, opt, question } = askChaos(open, name, type);
      assert.deepEqual([rcode, aa, tc, authority, opt?.options], [0, true, false, [], []]);
      assert.deepEqual(answer, [{ name: `${name}.`, type: TXT, class: CHAOS, ttl: 0, data: `"${text}"` }]);
      assert.equal(question?.name, `${name}.`);
    }
  }
});

test("what is hidden, other names, other types and other classes are refused", () => {
  const hidden = onTerms(front, { identity: { nsid: null, version: null, hostname: null, id: null } });
  for (const name of ["version.bind", "version.server", "hostname.bind", "id.server"]) {
    const { rcode, answer, opt } = askChaos(hidden, name);
    assert.deepEqual([rcode, answer, opt?.options], [5, [], [{ code: 15, hex: "0012" }]]);
  }
  for (const [name, type] of [
    ["authors.bind", TXT],
    ["xversion.bind", TXT],
    ["version.bind.x", TXT],
    ["bind", TXT],
    ["", TXT],
    [hello.name, 1],
    ["version.bind", 1],
  ] as const) {
    const { rcode, answer, opt } = askChaos(open, name, type);
    assert.deepEqual([rcode, answer, opt?.options], [5, [], [{ code: 15, hex: "0014" }]], name);
  }
  for (const dnsClass of [1, 2, 4, 254, 255])
    assert.equal(ask(open, { name: "version.bind", type: TXT, class: dnsClass }).rcode, 5);
});
