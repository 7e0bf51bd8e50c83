/**
 * Damage to the file of the picture: it is refused with a reason, or answers come from it without an error and in
 * bounded time. In some cases all checks are renewed after the damage, as a faulty writer would leave the file. Answers
 * may then be wrong, but must come in time and within the size limit.
 */
import assert from "node:assert/strict";
import { headerCheck } from "../../src/picture/format/header.ts";
import { Header, ONLY_RECORDS, onlyRecord } from "../../src/picture/format/layout.ts";
import { type Memory, memoryOf, NONE } from "../../src/picture/format/memory.ts";
import { checkWords, type RecordAt, recordWords } from "../../src/picture/format/record.ts";
import { recordsOf, NODES, SERVICES, tableAt } from "../../src/picture/format/table.ts";
import { commitCheck, recover } from "../../src/picture/write/transaction.ts";
import { reasonToRefuse } from "../../src/picture/verify/verify.ts";
import { WorkerContext } from "../../src/answer/context/worker-context.ts";
import { Picture } from "../../src/picture/format/picture.ts";
import { PictureWriter } from "../../src/picture/write/writer.ts";
import type { Random } from "./random.ts";
import { askBytes } from "../support/worker-context.ts";
import { encodeQuery, subnet } from "../support/query.ts";
import { fuzzFront } from "./front.ts";
import { join } from "./octets.ts";
import { checkReply } from "./reply-check.ts";
import type { Target } from "./target.ts";

/**
 * An input is a list of these: word offset (of the whole) and what to mix into the word; or where to cut the file
 * short; or that the checks are to be made good in the end.
 */
const CHANGE_OCTETS = 8;
const CUT = 0xffff_ffff;
const REPAIR = 0xffff_fffe;
const REPAIRED_PERCENT = 60;
const REPLY_OCTETS_MAX = 1232;

const QUESTIONS = [
  ...[
    "hello.demo.myfed.svc.example.com",
    "many.demo.myfed.svc.us-west.example.com",
    "hello.demo.myfed.svc.a.us-east.example.com",
    "example.com",
    "nothing.example.com",
    "a.b.w000003.test",
    "a.w000001.test",
    "example.org",
    "named.demo.myfed.svc.example.com",
    "inside.demo.myfed.svc.us-west.example.com",
  ].flatMap((name) => [1, 28, 2, 255].map((type) => ({ name, type }))),
  ...[
    "_http._tcp.hello.demo.myfed.svc.example.com",
    "_http._tcp.much.demo.myfed.svc.b.us-west.example.com",
  ].map((name) => ({ name, type: 33 })),
  ...["shop.example.com", "x.apps.example.com", "www.sub.example.com", "alias.example.com"].flatMap((name) =>
    [1, 33].map((type) => ({ name, type })),
  ),
].map((question) => encodeQuery({ ...question, edns: {} }));
const NEARBY = ["hello.demo.myfed.svc.example.com", "shop.example.com"].map((name) =>
  encodeQuery({ name, type: 1, edns: { options: [subnet(1, 24, "c00002")] } }),
);

export function pictureTarget(): Target {
  const { memory } = fuzzFront(1 << 20).picture;
  const whole = memory.u8.slice();
  const records = recordStarts(memory);
  return {
    boundMs: 200,
    make: (seeds, random) => makeChanges(memory, records, seeds, random),
    attack(input) {
      const { damaged, isRepaired } = withChanges(memory, records, input);
      try {
        attack(damaged, isRepaired);
      } finally {
        memory.u8.set(whole);
      }
    },
  };
}

/** Word offsets of all records that are in use. */
function recordStarts(memory: Memory): readonly RecordAt[] {
  const only = ONLY_RECORDS.map((field) => onlyRecord(memory.u32, field)).filter((at) => at !== NONE);
  return [...recordsOf(memory.u32, NODES), ...recordsOf(memory.u32, SERVICES), ...only];
}

function makeChanges(
  memory: Memory,
  records: readonly RecordAt[],
  seeds: readonly Uint8Array[],
  random: Random,
): Uint8Array {
  const isRepaired = random.percent(REPAIRED_PERCENT);
  const changes = Array.from({ length: 1 + random.below(isRepaired ? 3 : 4) }, () => {
    const offset =
      isRepaired && random.percent(80) ? wordIn(memory, records, random) : someWord(memory, random);
    const mask = random.percent(60) ? 1 << random.below(32) : random.word();
    return words(!isRepaired && random.percent(1) ? CUT : offset, mask);
  });
  if (isRepaired) changes.push(words(REPAIR, 0));
  return seeds.length > 0 && random.percent(10) ? join(random.pick(seeds), ...changes) : join(...changes);
}

/** Within a record, most often near its start, where its counts and lengths are; or a number that commits change. */
function wordIn(memory: Memory, records: readonly RecordAt[], random: Random): number {
  if (random.percent(10)) return Header.ArenaEnd + random.below(Header.SpillBelow - Header.ArenaEnd + 1);
  const at = random.pick(records);
  const count = recordWords(memory.u32, at);
  return at + random.below(random.percent(50) ? Math.min(count, 24) : count);
}

/** Where something is: in the header, in the lists, in the tables, in the records, behind the end. */
function someWord({ u32 }: Memory, random: Random): number {
  const end = u32[Header.ArenaEnd] as number;
  const nodes = tableAt(u32[Header.Nodes] as number);
  switch (random.below(5)) {
    case 0:
      return random.below(40);
    case 1:
      return 1024 + random.below(nodes - 1024);
    case 2:
      return nodes + random.below(end - nodes);
    case 3:
      return end - 1 - random.below(3000);
    default:
      return random.below(u32.length);
  }
}

function words(a: number, b: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(a >>> 0, b >>> 0).buffer);
}

type Damaged = { readonly damaged: Memory; readonly isRepaired: boolean };

function withChanges(memory: Memory, records: readonly RecordAt[], input: Uint8Array): Damaged {
  const changes = new Uint32Array(input.slice(0, input.length - (input.length % CHANGE_OCTETS)).buffer);
  let cut = memory.u32.length;
  let isRepaired = false;
  for (let i = 0; i < changes.length; i += 2) {
    const [offset, mask] = [changes[i] as number, changes[i + 1] as number];
    if (offset === CUT) cut = mask % memory.u32.length;
    else if (offset === REPAIR) isRepaired = true;
    else memory.u32[offset % memory.u32.length] = (memory.u32[offset % memory.u32.length] as number) ^ mask;
  }
  if (isRepaired) makeGood(memory, records);
  const damaged = cut === memory.u32.length ? memory : memoryOf(memory.u8.slice(0, cut * 4).buffer);
  return { damaged, isRepaired };
}

/** Renews the checks of all records, of the commit and of the header. */
function makeGood(memory: Memory, records: readonly RecordAt[]): void {
  const { u32 } = memory;
  for (const at of records) {
    const end = at + recordWords(memory.u32, at);
    if (end <= u32.length) u32[at + 2] = checkWords(u32, at, end, at + 2);
  }
  u32[Header.CommitCheck] = commitCheck((word) => u32[word] as number);
  u32[Header.Check] = headerCheck(memory);
}

/** As a start does it: finish a torn commit, check, serve, and write. */
function attack(memory: Memory, isRepaired: boolean): void {
  recover(memory);
  if (reasonToRefuse(memory) !== null) return;
  const context = new WorkerContext(new Picture(memory), { seed: 7 });
  for (const question of [...QUESTIONS, ...NEARBY]) {
    const reply = askBytes({ context }, question);
    if (isRepaired) assert.ok(reply.length <= REPLY_OCTETS_MAX, `${reply.length} octets`);
    else checkReply(question, reply, false);
  }
  void new PictureWriter(memory, { passedSerial: () => 0, reserve: () => undefined });
}
