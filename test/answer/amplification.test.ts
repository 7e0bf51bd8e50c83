/** How much comes back to an address that may be a stranger's: max(512, 4 times the query) over UDP, unless a cookie proves it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Counter } from "../../src/answer/terms/counter.ts";
import { ask, askBytes, openFront } from "../support/worker-context.ts";
import { decode } from "../support/decode.ts";
import { encodeQuery } from "../support/query.ts";
import { onTerms, optionOf, SECRET, tcpFrom, udpFrom } from "../support/terms.ts";

const many = Array.from({ length: 60 }, (_, i) => `192.0.2.${i + 1}`);
const front = openFront(`
  answers 100
  cluster west us-west/a
    demo/big ready=1 ${many.join(" ")}
    demo/small ready=1 ${many.slice(0, 8).join(" ")}`);
const big = { name: "big.demo.myfed.svc.example.com", type: 1 };
const from = udpFrom("198.51.100.100");
const edns = { udpOctets: 1232 };

test("without a cookie a large answer is truncated, and the same question over TCP is answered whole", () => {
  const { context } = onTerms(front, { maxAmplification: 4, cookieSecrets: [SECRET] });
  const over = ask({ context }, { ...big, edns }, from);
  assert.deepEqual([over.tc, over.answer.length, over.opt?.udpOctets], [true, 0, 1232]);
  assert.equal(ask({ context }, { ...big, edns }, tcpFrom("198.51.100.100")).answer.length, 60);
  assert.deepEqual([context.counters[Counter.Truncated], context.counters[Counter.CutShort]], [1, 1]);
  const fits = ask({ context }, { ...big, name: "small.demo.myfed.svc.example.com", edns }, from);
  assert.deepEqual([fits.tc, fits.answer.length], [false, 8]);
});

test("with a good cookie the client gets what it can take, with none, a new or a wrong one it does not", () => {
  const { context } = onTerms(front, { maxAmplification: 4, cookieSecrets: [SECRET] });
  context.nowSeconds = 1_559_731_985;
  const withCookie = (hex: string): ReturnType<typeof ask> =>
    ask({ context }, { ...big, edns: { ...edns, options: [{ code: 10, hex }] } }, from);
  const first = withCookie("2464c4abcf10c957");
  assert.equal(first.tc, true);
  const good = withCookie(optionOf(first, 10) ?? "");
  assert.deepEqual([good.tc, good.answer.length], [false, 60]);
  assert.ok(good.octets > 900);
  assert.equal(withCookie("2464c4abcf10c957010000005cf79f110000000000000000").tc, true);
});

test("a longer query may have a longer answer: the bound is the factor times its octets, and never below 512", () => {
  for (const maxAmplification of [1, 4, 8]) {
    const { context } = onTerms(front, { maxAmplification });
    for (let padding = 0; padding <= 300; padding += 4) {
      const options = [{ code: 12, hex: "00".repeat(padding) }];
      const query = encodeQuery({ ...big, edns: { ...edns, options } });
      const { octets, tc, answer } = decode(askBytes({ context }, query, from));
      const bound = Math.min(1232, Math.max(512, maxAmplification * query.length));
      assert.ok(octets <= bound);
      // Header, question, 60 records, OPT, room for an extended error.
      assert.deepEqual([tc, answer.length], 12 + 36 + 960 + 17 <= bound ? [false, 60] : [true, 0]);
    }
  }
});

test("0 takes the bound away; without EDNS it is 512 in any case", () => {
  const { context } = onTerms(front, { maxAmplification: 0 });
  assert.equal(ask({ context }, { ...big, edns }, from).answer.length, 60);
  const plain = ask({ context }, big, from);
  assert.deepEqual([plain.tc, context.counters[Counter.CutShort]], [true, 0]);
});
