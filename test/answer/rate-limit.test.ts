/** Response rate limiting: what a host and the networks around it may get, and what happens to the rest. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Counter } from "../../src/answer/terms/counter.ts";
import type { WorkerContext } from "../../src/answer/context/worker-context.ts";
import type { Peer } from "../../src/answer/terms/peer.ts";
import { RateLimit } from "../../src/answer/terms/rate-limit.ts";
import type { RateLimitSettings } from "../../src/answer/terms/terms.ts";
import { decode } from "../support/decode.ts";
import { ask, askBytes, openFront } from "../support/worker-context.ts";
import { type Asked, encodeQuery } from "../support/query.ts";
import { onTerms, optionOf, SECRET, tcpFrom, udpFrom } from "../support/terms.ts";

const front = openFront("cluster west us-west/a\n demo/hello ready=1 192.0.2.17 2001:db8::17");
const hello: Asked = { name: "hello.demo.myfed.svc.example.com", type: 1 };
const query = encodeQuery(hello);
const RATE = 10;
/** 2.5 seconds' worth. */
const BURST = 25;

function newContext(rateLimit: Partial<RateLimitSettings> = {}): WorkerContext {
  const settings = { responsesPerSecond: RATE, slip: 0, exempt: [], ...rateLimit };
  const { context } = onTerms(front, { rateLimit: settings, cookieSecrets: [SECRET] });
  context.nowMs[0] = 1_000_000;
  context.nowSeconds = 1000;
  return context;
}

function pass({ nowMs }: WorkerContext, ms: number): void {
  nowMs[0] = (nowMs[0] ?? 0) + ms;
}

/** How many of `count` queries get a whole answer. */
function whole(context: WorkerContext, from: Peer, count: number): number {
  let answered = 0;
  for (let i = 0; i < count; i++) {
    const bytes = askBytes({ context }, query, from);
    if (bytes.length > 0 && !decode(bytes).tc) answered++;
  }
  return answered;
}

test("a quiet host has 2.5 seconds' worth at once, then what the rate allows, and the burst again after silence", () => {
  const context = newContext();
  const from = udpFrom("192.0.2.1");
  assert.equal(whole(context, from, 1000), BURST);
  for (let second = 0; second < 5; second++) {
    pass(context, 1000);
    assert.equal(whole(context, from, 1000), RATE);
  }
  pass(context, 500);
  assert.equal(whole(context, from, 1000), RATE / 2);
  pass(context, 60_000);
  assert.equal(whole(context, from, 1000), BURST);
});

test("a client that stays under the rate is never limited", () => {
  const context = newContext();
  const from = udpFrom("2001:db8::1");
  for (let i = 0; i < 1000; i++) {
    pass(context, 1000 / RATE);
    assert.equal(whole(context, from, 1), 1);
  }
});

test("each network may have its multiple of what a host may, and its neighbour is not touched", () => {
  const networks: readonly [string, number, (host: number) => string, string][] = [
    ["v4 /24", 32, (host) => `192.0.2.${host & 255}`, "192.0.3.1"],
    ["v4 /20", 256, (host) => `198.51.${96 + ((host >> 8) & 15)}.${host & 255}`, "198.51.112.1"],
    ["v4 /18", 768, (host) => `203.0.${64 + ((host >> 8) & 63)}.${host & 255}`, "203.0.128.1"],
    ["v6 /64", 2, (host) => `2001:db8::${host.toString(16)}`, "2001:db8:0:1::"],
    ["v6 /56", 3, (host) => `2001:db8:0:${(0x100 + (host & 255)).toString(16)}::1`, "2001:db8:0:200::1"],
    ["v6 /48", 4, (host) => `2001:db8:1:${(host & 255).toString(16)}00::1`, "2001:db8:2::1"],
  ];
  const at = Float64Array.of(1000);
  for (const [name, times, address, neighbour] of networks) {
    const limit = new RateLimit({ responsesPerSecond: RATE, slip: 0, seed: 12_345 });
    let allowed = 0;
    // Ever new hosts, spread over the whole network: none of them has too many itself.
    for (let i = 0; i < times * BURST + 500; i++)
      if (!limit.isOver(udpFrom(address((i * 2_654_435_761) >>> 16)), at)) allowed++;
    // Narrower networks run into each other by chance, at most a few.
    assert.ok(allowed <= times * BURST && allowed > 0.9 * times * BURST, `${name}: ${allowed}`);
    assert.equal(limit.isOver(udpFrom(neighbour), at), false, name);
  }
});

test("slip says how many of the limited answers go out, empty, truncated and no longer than the query", () => {
  for (const [slip, expected] of [
    [0, 0],
    [1, 100],
    [2, 50],
    [7, 14],
  ] as const) {
    const context = newContext({ slip });
    const from = udpFrom("192.0.2.1");
    whole(context, from, BURST);
    let slipped = 0;
    for (let i = 0; i < 100; i++) {
      const bytes = askBytes({ context }, query, from);
      if (bytes.length === 0) continue;
      slipped++;
      const { tc, rcode, answer, authority, question, octets } = decode(bytes);
      assert.deepEqual([tc, rcode, answer, authority, question?.type], [true, 0, [], [], 1]);
      assert.ok(octets <= query.length);
    }
    assert.equal(slipped, expected);
    assert.deepEqual(
      [context.counters[Counter.RateSlipped], context.counters[Counter.RateDropped]],
      [slipped, 100 - slipped],
    );
  }
});

test("every kind of answer counts, and what cannot be read gets no second try", () => {
  const kinds: readonly Uint8Array[] = [
    encodeQuery({ name: "nothing.example.com", type: 1 }),
    encodeQuery({ name: "example.org", type: 1 }),
    encodeQuery({ ...hello, flags: 0x2800 }),
    encodeQuery({ ...hello, counts: [2, 0, 0, 0] }),
    encodeQuery({ ...hello, edns: { version: 1 } }),
    encodeQuery({ name: "version.bind", type: 16, class: 3 }),
  ];
  for (const bytes of kinds) {
    const context = newContext({ slip: 1 });
    const from = udpFrom("192.0.2.1");
    for (let i = 0; i < BURST; i++) assert.ok(askBytes({ context }, bytes, from).length > 0);
    assert.equal(whole(context, from, 1), 0);
    const last = askBytes({ context }, bytes, from);
    assert.ok(last.length === 0 || decode(last).tc);
  }
  const context = newContext({ slip: 1 });
  whole(context, udpFrom("192.0.2.1"), BURST);
  assert.equal(askBytes({ context }, kinds[3] as Uint8Array, udpFrom("192.0.2.1")).length, 0);
});

test("silence is not an answer, and is not counted", () => {
  const context = newContext();
  const response = encodeQuery({ ...hello, flags: 0x8100 });
  for (let i = 0; i < 1000; i++) askBytes({ context }, response, udpFrom("192.0.2.1"));
  assert.equal(whole(context, udpFrom("192.0.2.1"), 1000), BURST);
});

test("TCP is neither limited nor counted", () => {
  const context = newContext();
  assert.equal(whole(context, tcpFrom("192.0.2.1"), 1000), 1000);
  assert.equal(whole(context, udpFrom("192.0.2.1"), 1000), BURST);
  assert.equal(whole(context, tcpFrom("192.0.2.1"), 1000), 1000);
});

test("a good cookie frees from the limit, a wrong one does not, and the slipped answer has one to learn", () => {
  const context = newContext({ slip: 1 });
  const from = udpFrom("192.0.2.1");
  whole(context, from, BURST);
  const withCookie = (hex: string): Asked => ({ ...hello, edns: { options: [{ code: 10, hex }] } });
  const slipped = ask({ context }, withCookie("2464c4abcf10c957"), from);
  const cookie = optionOf(slipped, 10) ?? "";
  assert.deepEqual([slipped.tc, slipped.answer.length, cookie.length], [true, 0, 48]);
  for (let i = 0; i < 1000; i++) assert.equal(ask({ context }, withCookie(cookie), from).answer.length, 1);
  assert.equal(
    ask({ context }, withCookie(cookie.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"))), from).tc,
    true,
  );
  assert.equal(
    ask({ context }, withCookie(cookie), udpFrom("192.0.2.2")).tc,
    false,
    "another host, below its limit",
  );
});

test("exempt networks are counted up to the limit and answered beyond it; others near them are not harmed", () => {
  const context = newContext({ exempt: ["192.0.2.0/28", "2001:db8::/32"] });
  for (const address of ["192.0.2.1", "192.0.2.15", "2001:db8:ffff::1", "::ffff:192.0.2.3"])
    assert.equal(whole(context, udpFrom(address), 2000), 2000, address);
  assert.equal(context.counters[Counter.RateExempt], 4 * (2000 - BURST));
  assert.equal(whole(context, udpFrom("192.0.2.16"), 2000), BURST);
  assert.equal(whole(context, udpFrom("2001:db9::1"), 2000), BURST);
});

test("a rate of 0 is no limit", () => {
  assert.equal(whole(newContext({ responsesPerSecond: 0 }), udpFrom("192.0.2.1"), 5000), 5000);
});

test("random sources at a hundred times the rate of one leave a calm client alone", () => {
  const limit = new RateLimit({ responsesPerSecond: 1000, slip: 1, seed: 99 });
  const calm = udpFrom("192.0.2.1");
  const stranger = udpFrom("0.0.0.0");
  const nowMs = new Float64Array(1);
  let limited = 0;
  let state = 1;
  for (let i = 0; i < 500_000; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    stranger.view.setInt32(0, state);
    nowMs[0] = i / 100;
    limit.isOver(stranger, nowMs);
    if (i % 1000 === 0 && limit.isOver(calm, nowMs)) limited++;
  }
  assert.equal(limited, 0);
});
