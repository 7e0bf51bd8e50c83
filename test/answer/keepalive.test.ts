/** edns-tcp-keepalive (RFC 7828): clients that ask over TCP get the idle time-out; over UDP none does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, openFront } from "../support/worker-context.ts";
import { onTerms, optionOf } from "../support/terms.ts";

const KEEPALIVE = 11;
const front = openFront("cluster west us-west/a\n demo/hello ready=1 192.0.2.17");
const hello = { name: "hello.demo.myfed.svc.example.com", type: 1 };

function askWith(idleMs: number, hex: string | null, isStream: boolean): ReturnType<typeof ask> {
  const options = hex === null ? [] : [{ code: KEEPALIVE, hex }];
  return ask(onTerms(front, { idleMs }), { ...hello, edns: { options } }, isStream);
}

test("over TCP the time-out comes in units of 100 ms, in every kind of answer", () => {
  for (const [idleMs, hex] of [
    [10_000, "0064"],
    [100, "0001"],
    [99, "0000"],
    [3_600_000, "8ca0"],
    [10_000_000, "ffff"],
  ] as const)
    assert.equal(optionOf(askWith(idleMs, "", true), KEEPALIVE), hex);
  const refused = { name: "example.org", type: 1, edns: { options: [{ code: KEEPALIVE, hex: "" }] } };
  assert.equal(optionOf(ask(onTerms(front, { idleMs: 1000 }), refused, true), KEEPALIVE), "000a");
});

test("only clients that ask are told a timeout, and only over TCP", () => {
  assert.equal(optionOf(askWith(10_000, null, true), KEEPALIVE), null);
  for (const hex of ["", "0064", "00"]) {
    const message = askWith(10_000, hex, false);
    assert.deepEqual([optionOf(message, KEEPALIVE), message.rcode, message.answer.length], [null, 0, 1]);
  }
});

test("a client that sends a time-out itself gets FORMERR over TCP", () => {
  for (const hex of ["0064", "00", "000000"]) {
    const message = askWith(10_000, hex, true);
    assert.deepEqual(
      [message.rcode, message.question, message.answer, message.opt?.version],
      [1, null, [], 0],
    );
  }
});
