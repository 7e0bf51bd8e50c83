/** DNS cookies: the examples of RFC 9018 appendix A, and the rules of RFC 7873. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Counter } from "../../src/answer/terms/counter.ts";
import type { WorkerContext } from "../../src/answer/context/worker-context.ts";
import type { Message } from "../support/decode.ts";
import { decode } from "../support/decode.ts";
import { ask, askBytes, openFront } from "../support/worker-context.ts";
import { encodeQuery } from "../support/query.ts";
import { onTerms, optionOf, SECRET, tcpFrom, udpFrom } from "../support/terms.ts";

const front = openFront("cluster west us-west/a\n demo/hello ready=1 192.0.2.17 2001:db8::17");
const hello = "hello.demo.myfed.svc.example.com";
const COOKIE = 10;
const CLIENT = "2464c4abcf10c957";
const ADDRESS = "198.51.100.100";

type Asking = {
  readonly cookie: string;
  readonly from?: string;
  readonly at: number;
  readonly context: WorkerContext;
};

function askWith({ cookie, from = ADDRESS, at, context }: Asking): Message {
  context.nowSeconds = at;
  const edns = { options: [{ code: COOKIE, hex: cookie }] };
  return ask({ context }, { name: hello, type: 1, edns }, udpFrom(from));
}

function newContext(...cookieSecrets: string[]): WorkerContext {
  return onTerms(front, { cookieSecrets }).context;
}

function shown({ counters }: WorkerContext): readonly (number | undefined)[] {
  return [counters[Counter.CookieClientOnly], counters[Counter.CookieWrong], counters[Counter.CookieGood]];
}

test("a client that learns gets the cookie of RFC 9018 A.1, and its answer with it", () => {
  const context = newContext(SECRET);
  const message = askWith({ context, cookie: CLIENT, at: 1_559_731_985 });
  assert.equal(optionOf(message, COOKIE), "2464c4abcf10c957010000005cf79f111f8130c3eee29480");
  assert.deepEqual([message.rcode, message.answer.length, shown(context)], [0, 1, [1, 0, 0]]);
});

test("a good cookie of more than half an hour is good, and renewed (A.2)", () => {
  const context = newContext(SECRET);
  const cookie = "2464c4abcf10c957010000005cf79f111f8130c3eee29480";
  const message = askWith({ context, cookie, at: 1_559_734_385 });
  assert.equal(optionOf(message, COOKIE), "2464c4abcf10c957010000005cf7a871d4a564a1442aca77");
  assert.deepEqual(shown(context), [0, 0, 1]);
});

test("reserved octets are hashed as they come and go out as zeros (A.3)", () => {
  const from = "203.0.113.203";
  const cookie = "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5";
  const context = newContext(SECRET);
  const young = askWith({ context, cookie, from, at: 1_559_727_985 + 60 });
  assert.deepEqual(
    [shown(context), optionOf(young, COOKIE)?.slice(0, 24)],
    [[0, 0, 1], "fc93fc62807ddb8601000000"],
  );
  const late = askWith({ context, cookie, from, at: 1_559_734_700 });
  assert.equal(optionOf(late, COOKIE), "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e");
  assert.deepEqual(shown(context), [0, 1, 1]);
});

test("after a rollover the old secret's cookie is good and the new secret makes the next, over IPv6 (A.4)", () => {
  const old = "dd3bdf9344b678b185a6f5cb60fca715";
  const context = newContext("445536bcd2513298075a5d379663c962", old);
  const from = "2001:db8:220:1:59de:d0f4:8769:82b8";
  const cookie = "22681ab97d52c298010000005cf7c57926556bd0934c72f8";
  const message = askWith({ context, cookie, from, at: 1_559_741_961 });
  assert.equal(optionOf(message, COOKIE), "22681ab97d52c298010000005cf7c609a6bb79d16625507a");
  assert.deepEqual(shown(context), [0, 0, 1]);
  const without = newContext("445536bcd2513298075a5d379663c962");
  askWith({ context: without, cookie, from, at: 1_559_741_961 });
  assert.deepEqual(shown(without), [0, 1, 0]);
});

test("a young good cookie comes back as it is, the first time and every time", () => {
  for (const maker of [newContext(SECRET), null]) {
    const context = newContext(SECRET);
    const cookie = optionOf(askWith({ context: maker ?? context, cookie: CLIENT, at: 1000 }), COOKIE) ?? "";
    for (let age = 0; age <= 1800; age += 300)
      assert.equal(optionOf(askWith({ context, cookie, at: 1000 + age }), COOKIE), cookie);
    assert.notEqual(optionOf(askWith({ context, cookie, at: 2801 }), COOKIE), cookie);
    assert.deepEqual(shown(context).slice(1), [0, 8]);
  }
});

test("a cookie is good for an hour, and from five minutes before, also where the seconds wrap", () => {
  for (const made of [10_000, 2 ** 31 - 10, 2 ** 32 - 10]) {
    const cookie = optionOf(askWith({ context: newContext(SECRET), cookie: CLIENT, at: made }), COOKIE) ?? "";
    for (const [after, isGood] of [
      [-301, false],
      [-300, true],
      [0, true],
      [3600, true],
      [3601, false],
      [1_000_000, false],
    ] as const) {
      const context = newContext(SECRET);
      askWith({ context, cookie, at: (made + after) % 2 ** 32 });
      assert.deepEqual(shown(context), isGood ? [0, 0, 1] : [0, 1, 0], `${made} + ${after}`);
    }
  }
});

test("one bit of difference makes a cookie wrong, remembered or not, and so does another address", () => {
  const context = newContext(SECRET);
  const cookie = optionOf(askWith({ context, cookie: CLIENT, at: 1000 }), COOKIE) ?? "";
  askWith({ context, cookie, at: 1000 });
  assert.deepEqual(shown(context), [1, 0, 1]);
  const bytes = Buffer.from(cookie, "hex");
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const forged = Buffer.from(bytes);
    forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const message = askWith({ context, cookie: forged.toString("hex"), at: 1000 });
    assert.deepEqual([message.rcode, message.answer.length], [0, 1], "answered all the same");
    assert.notEqual(optionOf(message, COOKIE), forged.toString("hex"));
  }
  for (const from of ["198.51.100.101", "198.51.100.36", "::198.51.100.100", "2001:db8::1"])
    askWith({ context, cookie, from, at: 1000 });
  assert.deepEqual(shown(context), [1, 8 * 24 + 4, 1]);
  askWith({ context, cookie, from: `::ffff:${ADDRESS}`, at: 1000 });
  assert.deepEqual(shown(context), [1, 8 * 24 + 4, 2], "IPv4 in IPv6 is the same client");
});

test("lengths other than 8 and 16 to 40 are FORMERR with OPT and no cookie", () => {
  for (let octets = 0; octets <= 64; octets++) {
    const context = newContext(SECRET);
    const message = askWith({ context, cookie: "ab".repeat(octets), at: 1000 });
    const isSound = octets === 8 || (octets >= 16 && octets <= 40);
    assert.equal(message.rcode, isSound ? 0 : 1, `${octets} octets`);
    assert.equal(optionOf(message, COOKIE)?.length ?? 0, isSound ? 48 : 0);
    assert.equal(message.opt?.version, 0);
  }
});

test("of two cookies the first one counts", () => {
  const context = newContext(SECRET);
  context.nowSeconds = 1000;
  const options = [CLIENT, "ff".repeat(8)].map((hex) => ({ code: COOKIE, hex }));
  const message = ask({ context }, { name: hello, type: 1, edns: { options } }, udpFrom(ADDRESS));
  assert.equal(optionOf(message, COOKIE)?.slice(0, 16), CLIENT);
});

test("a query without a question gets a cookie if it has one, and FORMERR if not", () => {
  const { context } = onTerms(front, { cookieSecrets: [SECRET] });
  context.nowSeconds = 1_559_731_985;
  const opt = (options: readonly { code: number; hex: string }[]): Uint8Array => {
    const whole = encodeQuery({ name: "", type: 1, edns: { options } });
    // Header, with no question counted; then the OPT record behind the five octets of the question.
    return Uint8Array.from([...whole.subarray(0, 4), 0, 0, ...whole.subarray(6, 12), ...whole.subarray(17)]);
  };
  const message = decode(askBytes({ context }, opt([{ code: COOKIE, hex: CLIENT }]), udpFrom(ADDRESS)));
  assert.deepEqual([message.rcode, message.question, message.answer, message.aa], [0, null, [], false]);
  assert.equal(optionOf(message, COOKIE), "2464c4abcf10c957010000005cf79f111f8130c3eee29480");
  for (const options of [[], [{ code: 3, hex: "" }], [{ code: COOKIE, hex: "00" }]]) {
    const refused = decode(askBytes({ context }, opt(options), udpFrom(ADDRESS)));
    assert.deepEqual([refused.rcode, refused.question, refused.octets], [1, null, 23]);
  }
});

test("errors carry the cookie too, BADVERS and unreadable ones do not", () => {
  const { context } = onTerms(front, { cookieSecrets: [SECRET] });
  const options = [{ code: COOKIE, hex: CLIENT }];
  const cookieFor = (name: string, type: number, version = 0): string | null =>
    optionOf(ask({ context }, { name, type, edns: { options, version } }, udpFrom(ADDRESS)), COOKIE);
  for (const [name, type] of [
    ["example.org", 1],
    ["nothing.example.com", 1],
    [hello, 252],
    [hello, 250],
  ] as const)
    assert.equal(cookieFor(name, type)?.length, 48, `${name} ${type}`);
  assert.equal(cookieFor(hello, 1, 1), null);
});

test("cookies come over TCP as well, and a server without secrets speaks of none", () => {
  const { context } = onTerms(front, { cookieSecrets: [SECRET] });
  const asked = { name: hello, type: 1, edns: { options: [{ code: COOKIE, hex: CLIENT }] } };
  assert.equal(optionOf(ask({ context }, asked, tcpFrom(ADDRESS)), COOKIE)?.length, 48);
  assert.equal(optionOf(ask(front, asked, udpFrom(ADDRESS)), COOKIE), null);
});

test("a flood of wrong cookies does not make a good one forgotten or wrong", () => {
  const context = newContext(SECRET);
  const cookie = optionOf(askWith({ context, cookie: CLIENT, at: 1000 }), COOKIE) ?? "";
  for (let i = 0; i < 3000; i++)
    askWith({ context, cookie: CLIENT + "01000000000003e8" + i.toString(16).padStart(16, "0"), at: 1000 });
  assert.equal(optionOf(askWith({ context, cookie, at: 1000 }), COOKIE), cookie);
});
