/** How large an answer may be, and what is left of a larger one (RFC 2181 §9, RFC 6891 §7). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, openFront } from "../support/worker-context.ts";
import { subnet } from "../support/query.ts";

const v6 = Array.from({ length: 60 }, (_, i) => `2001:db8::${(i + 1).toString(16)}`);
const v4 = Array.from({ length: 60 }, (_, i) => `192.0.2.${i + 1}`);
const front = openFront(`
  answers 100
  cluster west us-west/a
    demo/big ready=1 ${v4.join(" ")} ${v6.join(" ")}
    demo/some ready=1 ${v4.slice(0, 20).join(" ")} ${v6.slice(0, 20).join(" ")}
  cluster east us-east/a
`);

test("without EDNS 512 octets, with EDNS what the client takes, never over 1232", () => {
  const name = "big.demo.myfed.svc.example.com";
  // Header, question and 28 octets per record.
  const octets = (records: number): number => 12 + 36 + 28 * records;
  const sizes: readonly [number | null, number][] = [
    [null, 512],
    [0, 512],
    [511, 512],
    [512, 512],
    [1000, 1000],
    [1232, 1232],
    [1233, 1232],
    [4096, 1232],
    [65_535, 1232],
  ];
  for (const [udpOctets, limit] of sizes) {
    for (const count of [1, 15, 16, 17, 18, 33, 34, 41, 42, 43, 60]) {
      const small = openFront(`
        answers ${count}
        cluster west us-west/a
          demo/big ready=1 ${v6.join(" ")}`);
      const edns = udpOctets === null ? undefined : { udpOctets };
      const message = ask(small, { name, type: 28, ...(edns && { edns }) });
      assert.ok(message.octets <= limit);
      const reserved = edns === undefined ? 0 : 11 + 6;
      const doesFit = octets(count) + reserved <= limit;
      assert.deepEqual([message.tc, message.answer.length], doesFit ? [false, count] : [true, 0]);
    }
  }
});

test("a truncated answer has its question, its OPT and no records", () => {
  const options = [subnet(2, 128, "20010db8000000000000000000000001")];
  const { tc, aa, rcode, answer, authority, opt, question, octets } = ask(front, {
    name: "big.demo.myfed.svc.us-east.example.com",
    type: 28,
    edns: { udpOctets: 1232, options },
  });
  assert.deepEqual([tc, aa, rcode, answer, authority], [true, true, 0, [], []]);
  assert.deepEqual(opt?.options, options);
  assert.equal(question?.type, 28);
  assert.ok(octets < 120);
});

test("over a stream everything is there", () => {
  for (const edns of [undefined, { udpOctets: 512 }]) {
    const asked = { name: "big.demo.myfed.svc.us-east.example.com", type: 28, ...(edns && { edns }) };
    const { tc, answer } = ask(front, asked, true);
    assert.deepEqual([tc, answer.length], [false, 61]);
  }
});

test("options added late never push an answer over the limit", () => {
  for (let udpOctets = 512; udpOctets <= 800; udpOctets++) {
    for (const options of [[], [subnet(2, 128, "20010db8000000000000000000000001")]]) {
      for (const name of ["some.demo.myfed.svc.example.com", "some.demo.myfed.svc.us-east.example.com"]) {
        const { octets } = ask(front, { name, type: 28, edns: { udpOctets, options } });
        assert.ok(octets <= udpOctets);
      }
    }
  }
});

test("every negative answer fits, also for the longest names", () => {
  const label = "x".repeat(63);
  const name = `${label}.${label}.${label}.${"y".repeat(48)}.example.com`;
  for (const edns of [undefined, { udpOctets: 512, options: [subnet(2, 128, "20010db8".padEnd(32, "0"))] }]) {
    const { tc, rcode, authority } = ask(front, { name, type: 1, ...(edns && { edns }) });
    assert.deepEqual([tc, rcode, authority.length], [false, 3, 1]);
  }
});
