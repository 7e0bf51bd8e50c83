/** Who may ask: allowQuery, and the lists of networks behind it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Counter } from "../../src/answer/terms/counter.ts";
import { Networks } from "../../src/answer/terms/networks.ts";
import { addressOctets } from "../../src/answer/terms/peer.ts";
import { ask, askBytes, openFront } from "../support/worker-context.ts";
import { encodeQuery } from "../support/query.ts";
import { onTerms, optionOf, tcpFrom, udpFrom } from "../support/terms.ts";

const front = openFront("cluster west us-west/a\n demo/hello ready=1 192.0.2.17");
const hello = { name: "hello.demo.myfed.svc.example.com", type: 1 };

test("a network has the addresses between its first and its last, of any length and either family", () => {
  const cases: readonly [string, readonly string[], readonly string[]][] = [
    ["0.0.0.0/0", ["0.0.0.0", "255.255.255.255", "::ffff:1.2.3.4"], ["::", "2001:db8::1"]],
    ["10.0.0.0/8", ["10.0.0.0", "10.255.255.255"], ["9.255.255.255", "11.0.0.0", "::a00:1"]],
    ["128.0.0.0/1", ["128.0.0.0", "255.1.1.1"], ["127.255.255.255", "0.0.0.0"]],
    ["192.0.2.128/25", ["192.0.2.128", "192.0.2.255"], ["192.0.2.127", "192.0.3.128"]],
    ["192.0.2.77/24", ["192.0.2.0", "192.0.2.255"], ["192.0.1.255"]],
    ["192.0.2.1/32", ["192.0.2.1", "::ffff:c000:201"], ["192.0.2.0", "192.0.2.2"]],
    ["::/0", ["::", "ffff::", "2001:db8::1%eth0"], ["0.0.0.0"]],
    ["2001:db8::/32", ["2001:db8::", "2001:db8:ffff::1"], ["2001:db7:ffff::", "2001:db9::"]],
    ["2001:db8:0:8000::/49", ["2001:db8:0:8000::", "2001:db8:0:ffff::"], ["2001:db8:0:7fff::"]],
    ["2001:db8::8/125", ["2001:db8::8", "2001:db8::f"], ["2001:db8::7", "2001:db8::10"]],
    ["2001:db8::1/128", ["2001:db8::1"], ["2001:db8::", "2001:db8::2", "2001:db8:1::1"]],
    ["::ffff:192.0.2.0/120", ["192.0.2.9", "::ffff:192.0.2.255"], ["192.0.3.0", "::1"]],
  ];
  for (const [cidr, inside, outside] of cases) {
    for (const list of [[cidr], ["198.18.0.0/32", "fd00::/128", cidr]]) {
      const networks = new Networks(list);
      for (const address of inside)
        assert.equal(networks.has(udpFrom(address)), true, `${address} in ${cidr}`);
      for (const address of outside)
        assert.equal(networks.has(udpFrom(address)), false, `${address} in ${cidr}`);
    }
  }
  assert.equal(new Networks([]).has(udpFrom("0.0.0.0")), false);
});

test("others than allowQuery names are refused with extended error 18, over UDP and TCP", () => {
  const { context } = onTerms(front, { allowQuery: ["192.0.2.0/24", "2001:db8::/32"] });
  for (const from of ["192.0.2.9", "::ffff:192.0.2.9", "2001:db8::9"])
    for (const peer of [udpFrom(from), tcpFrom(from)])
      assert.equal(ask({ context }, hello, peer).answer.length, 1, from);
  const questions = [hello, { ...hello, type: 252 }, { name: "version.bind", type: 16, class: 3 }];
  for (const from of ["192.0.3.9", "2001:db9::9", "::"]) {
    for (const peer of [udpFrom(from), tcpFrom(from)]) {
      for (const asked of questions) {
        const message = ask({ context }, { ...asked, edns: {} }, peer);
        assert.deepEqual([message.rcode, message.aa, message.answer], [5, false, []]);
        assert.equal(optionOf(message, 15), "0012");
        assert.equal(message.question?.type, asked.type);
      }
      assert.equal(ask({ context }, hello, peer).opt, null);
    }
  }
  assert.equal(context.counters[Counter.Prohibited], 3 * 2 * 4);
});

test("those who may not ask still get FORMERR and silence for what is neither a question", () => {
  const { context } = onTerms(front, { allowQuery: ["192.0.2.0/24"] });
  const from = udpFrom("198.51.100.1");
  assert.equal(ask({ context }, { ...hello, counts: [2, 0, 0, 0] }, from).rcode, 1);
  assert.equal(askBytes({ context }, encodeQuery({ ...hello, flags: 0x8000 }), from).length, 0);
});

test("an empty list lets everybody ask", () => {
  const { context } = onTerms(front, { allowQuery: [] });
  assert.equal(ask({ context }, hello, udpFrom("203.0.113.5")).answer.length, 1);
});

test("text that is no address matches no network, and every spelling of IPv6 that the system uses is understood", () => {
  for (const text of [
    "",
    "x",
    "1.2.3",
    "1.2.3.256",
    "1:2:3",
    "1:2:3:4:5:6:7:8:9",
    "::1.2.3",
    "g::",
    "-1.0.0.0",
  ])
    assert.equal(addressOctets(text), null, text);
  assert.deepEqual(addressOctets("fe80::1%eth0"), [0xfe, 0x80, ...Array<number>(13).fill(0), 1]);
  assert.deepEqual(
    addressOctets("1:2:3:4:5:6:7:ab8"),
    [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0x0a, 0xb8],
  );
  assert.deepEqual(addressOctets("::192.0.2.1")?.slice(10), [0, 0, 192, 0, 2, 1]);
  assert.deepEqual(addressOctets("::ffff:192.0.2.1"), [192, 0, 2, 1]);
});
