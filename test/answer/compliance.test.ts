/**
 * The probes of an EDNS compliance tester (RFC 8906 §8), each checked as the tester checks it: a reply with
 * the right rcode, its opcode and RD, no flag that must be zero, OPT if and only if asked, DO as asked, nothing
 * unknown echoed, and no octets behind the end (the decoder refuses those).
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, type Message } from "../support/decode.ts";
import { askBytes, openFront } from "../support/worker-context.ts";
import { type Asked, type EdnsAsked, encodeQuery, subnet } from "../support/query.ts";
import { onTerms, optionOf, SECRET, tcpFrom, udpFrom } from "../support/terms.ts";

const front = openFront("cluster west us-west/a\n demo/hello ready=1 192.0.2.17 2001:db8::17");
const server = onTerms(front, {
  identity: { nsid: "ns1", version: "fedns", hostname: null, id: null },
  cookieSecrets: [SECRET],
  maxAmplification: 4,
  minimalResponses: false,
  idleMs: 10_000,
  rateLimit: { responsesPerSecond: 1000, slip: 1, exempt: [] },
});

const SOA = 6;
const NSID = { code: 3, hex: "" };
const EXPIRE = { code: 9, hex: "" };
const COOKIE = { code: 10, hex: "2464c4abcf10c957" };
const UNKNOWN = { code: 100, hex: "" };
const ECS = subnet(1, 0, "");
const DO = 0x8000;
const RD = 0x0100;
const [NOERROR, NOTIMP, NOTAUTH, BADVERS] = [0, 4, 9, 16];

type Probe = {
  readonly edns?: EdnsAsked;
  readonly flags?: number;
  readonly type?: number;
  readonly isStream?: boolean;
  readonly rcode?: number;
  /** Codes of options that must be in the reply; no others may be. */
  readonly options?: readonly number[];
  /** The apex has no records of this type. */
  readonly isEmpty?: boolean;
};

const PROBES: Readonly<Record<string, Probe>> = {
  dns: {},
  aa: { flags: 0x0400 },
  ad: { flags: 0x0020 },
  cd: { flags: 0x0010 },
  ra: { flags: 0x0080 },
  rd: { flags: RD },
  tc: { flags: 0x0200 },
  zflag: { flags: 0x0040 },
  opcode: { flags: 15 << 11, rcode: NOTIMP },
  opcodeflg: { flags: (15 << 11) | 0x07f0, rcode: NOTIMP },
  type666: { type: 666, isEmpty: true },
  type1000: { type: 1000, isEmpty: true },
  tcp: { isStream: true },
  edns: { edns: {} },
  edns1: { edns: { version: 1 }, rcode: BADVERS },
  ednsopt: { edns: { options: [UNKNOWN] } },
  edns1opt: { edns: { version: 1, options: [UNKNOWN] }, rcode: BADVERS },
  do: { edns: { flags: DO } },
  docd: { edns: { flags: DO }, flags: 0x0010 },
  edns1do: { edns: { version: 1, flags: DO }, rcode: BADVERS },
  ednsflags: { edns: { flags: 0x0080 } },
  edns1flags: { edns: { version: 1, flags: 0x0080 }, rcode: BADVERS },
  "edns@512": { type: 48, edns: { udpOctets: 512, flags: DO }, isEmpty: true },
  ednstcp: { edns: { udpOctets: 512, flags: DO }, isStream: true },
  ednsnsid: { edns: { options: [NSID] }, options: [3] },
  edns1nsid: { edns: { version: 1, options: [NSID] }, rcode: BADVERS },
  ednscookie: { edns: { options: [COOKIE] }, options: [10] },
  edns1cookie: { edns: { version: 1, options: [COOKIE] }, rcode: BADVERS },
  ednsexpire: { edns: { options: [EXPIRE] } },
  edns1expire: { edns: { version: 1, options: [EXPIRE] }, rcode: BADVERS },
  ednssubnet: { edns: { options: [ECS] }, options: [8] },
  edns1subnet: { edns: { version: 1, options: [ECS] }, rcode: BADVERS },
  optlist: { edns: { options: [NSID, ECS, EXPIRE, COOKIE] }, options: [3, 8, 10] },
  bind11: { edns: { udpOctets: 4096, flags: DO, options: [COOKIE] }, options: [10] },
  dig11: { flags: RD | 0x0020, edns: { udpOctets: 4096, options: [COOKIE] }, options: [10] },
};

function askProbe({ edns, flags = 0, type = SOA, isStream = false }: Probe): Message {
  const asked: Asked = { name: "example.com", type, flags, ...(edns && { edns }) };
  const peer = isStream ? tcpFrom("198.51.100.100") : udpFrom("198.51.100.100");
  return decode(askBytes(server, encodeQuery(asked), peer));
}

for (const [name, probe] of Object.entries(PROBES)) {
  test(`the probe "${name}" is answered as it should be`, () => {
    const message = askProbe(probe);
    const { edns, flags = 0, rcode = NOERROR } = probe;
    const opcode = (flags >> 11) & 15;
    assert.deepEqual([message.rcode, message.opcode, message.isResponse], [rcode, opcode, true]);
    assert.equal(message.rd, opcode === 0 && (flags & RD) !== 0, "RD comes back with opcode 0 only");
    assert.deepEqual([message.ra, message.zAdCd, message.tc], [false, 0, false]);
    assert.equal(message.aa, rcode === NOERROR);
    assert.equal(message.opt === null, edns === undefined, "OPT if and only if asked");
    assert.deepEqual(
      message.answer.map(({ type }) => type),
      rcode === NOERROR && probe.isEmpty !== true ? [SOA] : [],
    );
    assert.equal(message.authority.length, probe.isEmpty === true ? 1 : 0);
    assert.equal(message.question === null, rcode === NOTIMP);
    assert.ok(message.octets <= Math.max(512, probe.isStream === true ? 0xffff : (edns?.udpOctets ?? 512)));
    if (message.opt === null) return;
    assert.deepEqual([message.opt.version, message.opt.mustBeZero], [0, 0]);
    assert.equal(message.opt.dnssecOk, ((edns?.flags ?? 0) & DO) !== 0);
    const codes = message.opt.options.map(({ code }) => code);
    assert.deepEqual(
      codes.toSorted((a, b) => a - b),
      probe.options ?? [],
    );
  });
}

test('the probe "dnswkk", a TSIG of a well-known key, is NOTAUTH with TSIG error BADKEY and no signature', () => {
  // Owner ".", TSIG, ANY, TTL 0; hmac-sha256, time, fudge 300, MAC of 32 octets, ID, no error, nothing else.
  const algorithm = "0b686d61632d73686132353600";
  const rdata = `${algorithm}00005cf79f11012c0020${"ab".repeat(32)}123400000000`;
  const tsig = `0000fa00ff00000000${(rdata.length / 2).toString(16).padStart(4, "0")}${rdata}`;
  const query = encodeQuery({ name: "example.com", type: SOA, counts: [1, 0, 0, 1], trailing: tsig });
  const { rcode, question, answer, additional, opt } = decode(askBytes(server, query, udpFrom("192.0.2.1")));
  assert.deepEqual([rcode, question?.type, answer, opt], [NOTAUTH, SOA, [], null]);
  assert.deepEqual(
    additional.map(({ name, type, class: dnsClass, ttl, data }) => [name, type, dnsClass, ttl, data]),
    [[".", 250, 255, 0, `${algorithm}00005cf79f11012c0000123400110000`]],
  );
});

test("each query type of the IANA list has an answer that is no silence and no SERVFAIL", () => {
  const meta = new Set([41, 128, 249, 250, 251, 252, 253, 254]);
  for (let type = 1; type <= 300; type++) {
    const message = askProbe({ type, edns: {} });
    const allowed = meta.has(type) ? [1, NOTIMP] : [NOERROR];
    assert.ok(allowed.includes(message.rcode), `TYPE${type}: rcode ${message.rcode}`);
  }
});

test("asked together over TCP, every option has its answer once", () => {
  const options = [
    NSID,
    COOKIE,
    ECS,
    { code: 11, hex: "" },
    UNKNOWN,
    EXPIRE,
    { code: 12, hex: "00".repeat(50) },
  ];
  const message = askProbe({ edns: { options }, isStream: true });
  assert.deepEqual(
    message.opt?.options.map(({ code }) => code),
    [3, 10, 11, 8],
  );
  assert.equal(optionOf(message, 11), "0064");
});
