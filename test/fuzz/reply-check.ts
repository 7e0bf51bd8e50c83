/**
 * What must hold for every reply: none where none is due, otherwise a well-formed message that belongs to the query.
 */
import assert from "node:assert/strict";
import { decode, type Message } from "../support/decode.ts";

const UDP_PLAIN_MAX = 512;
const UDP_EDNS_MAX = 1232;
const RCODES = new Set([0, 1, 2, 3, 4, 5, 6, 9, 16, 23]);

export function checkReply(request: Uint8Array, reply: Uint8Array, isStream: boolean): void {
  if (reply.length === 0) {
    assert.ok(
      request.length < 12 || ((request[2] ?? 0) & 0x80) !== 0,
      "only responses and stumps get silence",
    );
    return;
  }
  const message = decode(reply);
  assert.ok(message.isResponse, "QR is set");
  assert.equal(message.id, ((request[0] ?? 0) << 8) | (request[1] ?? 0), "the ID comes back");
  assert.equal(message.opcode, ((request[2] ?? 0) >> 3) & 15, "the opcode comes back");
  assert.ok(!message.ra && message.zAdCd === 0, "no flag that is not ours");
  assert.ok(RCODES.has(message.rcode), `a response code we know, not ${message.rcode}`);
  const questionOctets = message.questionHex.length / 2;
  assert.deepEqual(
    reply.subarray(12, 12 + questionOctets),
    request.subarray(12, 12 + questionOctets),
    "the question is echoed",
  );
  const records = message.answer.length + message.authority.length + message.additional.length;
  if (message.question === null) assert.equal(records, 0, "records only with a question");
  if (message.tc) assert.equal(records, 0, "nothing in a truncated reply");
  checkAdditional(message);
  if (isStream) assert.ok(!message.tc, "streams have room");
  else checkSize(request, reply, message.opt !== null);
}

/** NS, MX, SRV: the last word of RDATA is a host. */
const WITH_HOSTS: ReadonlySet<number> = new Set([2, 15, 33]);
const BINDINGS: ReadonlySet<number> = new Set([64, 65]);

/** Addresses, each once, of servers and targets that the reply names. */
function checkAdditional({ answer, authority, additional }: Message): void {
  const named = new Set([
    ...answer.filter(({ type }) => WITH_HOSTS.has(type)).map(({ data }) => lastWord(data)),
    ...answer
      .filter(({ type }) => BINDINGS.has(type))
      .flatMap(({ name, data }) => [targetOf(data), name.toLowerCase()]),
    ...authority.filter(({ type }) => type === 2).map(({ data }) => lastWord(data)),
  ]);
  const seen = new Set<string>();
  for (const { name, type, data } of additional) {
    const owner = name.toLowerCase();
    const isKnown = type === 1 || type === 28 || BINDINGS.has(type);
    assert.ok(isKnown && named.has(owner), `an address of ${owner} is in no question`);
    assert.ok(!seen.has(`${owner} ${data}`), `${owner} ${data} comes once`);
    seen.add(`${owner} ${data}`);
  }
}

/** "1 target. ..." of SVCB. */
function targetOf(text: string): string {
  return (text.split(" ")[1] ?? "").toLowerCase();
}

function lastWord(text: string): string {
  return text.slice(text.lastIndexOf(" ") + 1).toLowerCase();
}

function checkSize(request: Uint8Array, reply: Uint8Array, hasOpt: boolean): void {
  assert.ok(reply.length <= (hasOpt ? UDP_EDNS_MAX : UDP_PLAIN_MAX), `${reply.length} octets`);
  if (reply.length <= UDP_PLAIN_MAX) return;
  const asked = ednsSizeOf(request);
  if (asked !== null) assert.ok(reply.length <= asked, `${reply.length} octets, asked for ${asked}`);
}

/** The size that the query can receive, if another decoder can read it. */
function ednsSizeOf(request: Uint8Array): number | null {
  try {
    const { opt } = decode(request);
    return opt === null ? UDP_PLAIN_MAX : opt.udpOctets;
  } catch {
    return null;
  }
}
