/** dig with options that servers often mishandle (RFC 8906, RFC 6891, RFC 7871). */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type DataPlane, HELLO, startDataPlane, WIDE } from "../answer/serve/data-plane.ts";
import { type Dig, dig, needsDig, needsKdig } from "../support/dig.ts";
import { run, suiteScope } from "../support/programs.ts";

type Expected = {
  readonly status: string;
  readonly answers: number;
  readonly flags?: readonly string[];
  readonly text?: RegExp;
};

const CASES: Readonly<Record<string, readonly [args: readonly string[], expected: Expected]>> = {
  "a plain question": [[HELLO], { status: "NOERROR", answers: 1, flags: ["qr", "aa", "rd"] }],
  "no EDNS": [["+noedns", HELLO], { status: "NOERROR", answers: 1 }],
  "a small buffer, truncated": [
    ["+bufsize=512", "+ignore", WIDE],
    { status: "NOERROR", answers: 0, flags: ["qr", "aa", "tc", "rd"] },
  ],
  "a small buffer, then TCP": [["+bufsize=512", WIDE], { status: "NOERROR", answers: 40 }],
  "TCP at once": [["+tcp", WIDE], { status: "NOERROR", answers: 40 }],
  "a client subnet": [
    ["+subnet=198.51.100.0/24", HELLO],
    { status: "NOERROR", answers: 1, text: /CLIENT-SUBNET: 198\.51\.100\.0\/24\/0/ },
  ],
  "a client subnet that is kept secret": [
    ["+subnet=0.0.0.0/0", HELLO],
    { status: "NOERROR", answers: 1, text: /CLIENT-SUBNET: 0\.0\.0\.0\/0\/0/ },
  ],
  NSID: [["+nsid", HELLO], { status: "NOERROR", answers: 1 }],
  "a cookie": [
    ["+cookie=0102030405060708", HELLO],
    { status: "NOERROR", answers: 1, text: /COOKIE: 0102030405060708[0-9a-f]{16,64} \(good\)/ },
  ],
  "an unknown option": [["+ednsopt=65001:beef", HELLO], { status: "NOERROR", answers: 1 }],
  "unknown EDNS flags": [
    ["+ednsflags=0x40", HELLO],
    { status: "NOERROR", answers: 1, text: /flags:; udp: 1232/ },
  ],
  "DNSSEC wanted": [["+dnssec", HELLO], { status: "NOERROR", answers: 1, text: /flags: do; udp: 1232/ }],
  "a later EDNS version": [["+edns=1", "+noednsnegotiation", HELLO], { status: "BADVERS", answers: 0 }],
  "another opcode": [["+opcode=15", HELLO], { status: "NOTIMP", answers: 0 }],
  "every type": [[HELLO, "ANY"], { status: "NOERROR", answers: 1, text: /HINFO\s+"RFC8482" ""/ }],
  "an unknown type": [[HELLO, "TYPE666"], { status: "NOERROR", answers: 0 }],
  "who we are": [["version.bind", "CH", "TXT"], { status: "NOERROR", answers: 1, text: /"fedns/ }],
  "anything else of the chaos class": [[HELLO, "CH", "TXT"], { status: "REFUSED", answers: 0 }],
  "a foreign zone": [["example.net"], { status: "REFUSED", answers: 0, flags: ["qr", "rd"] }],
  "the root": [[".", "NS"], { status: "REFUSED", answers: 0 }],
  "no recursion wanted": [["+norec", HELLO], { status: "NOERROR", answers: 1, flags: ["qr", "aa"] }],
  "flags that are ours to set": [
    ["+adflag", "+cdflag", "+aaflag", "+zflag", HELLO],
    { status: "NOERROR", answers: 1, flags: ["qr", "aa", "rd"] },
  ],
};

describe("dig", needsDig, () => {
  const scope = suiteScope();
  let plane: DataPlane;
  before(async () => {
    plane = await startDataPlane(scope);
  });

  for (const [what, [args, expected]] of Object.entries(CASES)) {
    it(`is satisfied with the answer to ${what}`, async () => {
      const seen: Dig = await dig(plane, ...args);
      assert.deepEqual([seen.status, seen.answer.length], [expected.status, expected.answers], seen.text);
      if (expected.flags !== undefined) {
        assert.deepEqual(
          seen.flags.filter((flag) => flag !== "cd" && flag !== "ad"),
          expected.flags,
        );
      }
      if (expected.text !== undefined) assert.match(seen.text, expected.text);
      assert.doesNotMatch(
        seen.text,
        /Malformed|malformed|\bbad |Warning: Message parser|extra bytes/,
        seen.text,
      );
    });
  }

  it("gets no zone transfer over TCP or UDP", async () => {
    for (const how of ["+tcp", "+notcp"]) {
      const { text } = await dig(plane, how, "example.com", "AXFR");
      assert.doesNotMatch(text, /192\.0\.2\./);
      assert.match(text, /Transfer failed|NOTIMP|REFUSED/);
    }
  });

  it("gets names back in the letter case it sent", async () => {
    const { answer } = await dig(plane, "HeLLo.demo.MYFED.svc.example.COM");
    assert.match(answer[0] ?? "", /^HeLLo\.demo\.MYFED\.svc\.example\.COM\. /);
  });
});

describe("kdig", needsKdig, () => {
  it("gets three answers over one TCP connection", async (t) => {
    const plane = await startDataPlane(t);
    const args = ["@127.0.0.1", "-p", String(plane.port), "+tcp", "+keepopen", "+short"];
    const { code, out } = await run("kdig", [...args, HELLO, "A", HELLO, "AAAA", "example.com", "NS"]);
    assert.equal(code, 0, out);
    assert.deepEqual(out.trim().split("\n"), ["192.0.2.1", "2001:db8:1::1", "ns1.example.com."]);
  });
});
