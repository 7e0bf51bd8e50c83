/** Damage to the picture's file: it is refused with a reason, or answered from without an error and without end. */
import { reasonToRefuse } from "../../src/snapshot/verify.ts";
import { Header, type Memory, memoryOf } from "../../src/snapshot/layout.ts";
import { recover } from "../../src/snapshot/transaction.ts";
import { Desk } from "../../src/answer/desk.ts";
import { Picture } from "../../src/snapshot/picture.ts";
import { PictureWriter } from "../../src/snapshot/writer.ts";
import type { Random } from "./random.ts";
import { askBytes } from "../support/desk.ts";
import { encodeQuery } from "../support/query.ts";
import { fuzzFront } from "./front.ts";
import { join } from "./octets.ts";
import { checkReply } from "./reply-check.ts";
import type { Target } from "./target.ts";

/** An input is a list of these: word offset (of the whole) and what to mix into the word; or where to cut the file short. */
const CHANGE_OCTETS = 8;
const CUT = 0xffff_ffff;

const QUESTIONS = [
  "hello.demo.myfed.svc.example.com",
  "many.demo.myfed.svc.us-west.example.com",
  "hello.demo.myfed.svc.a.us-east.example.com",
  "example.com",
  "nothing.example.com",
  "a.b.w000003.test",
  "a.w000001.test",
  "example.org",
].flatMap((name) => [1, 28, 2, 255].map((type) => encodeQuery({ name, type, edns: {} })));

export function pictureTarget(): Target {
  const { memory } = fuzzFront(1 << 20).picture;
  const whole = memory.u8.slice();
  return {
    boundMs: 200,
    make: (seeds, random) => makeChanges(memory, seeds, random),
    attack(input) {
      const damaged = withChanges(memory, input);
      try {
        attack(damaged);
      } finally {
        memory.u8.set(whole);
      }
    },
  };
}

function makeChanges(memory: Memory, seeds: readonly Uint8Array[], random: Random): Uint8Array {
  const changes = Array.from({ length: 1 + random.below(4) }, () => {
    const offset = random.percent(1) ? CUT : someWord(memory, random);
    const mask = random.percent(60) ? 1 << random.below(32) : random.word();
    return words(offset, mask);
  });
  return seeds.length > 0 && random.percent(10) ? join(random.pick(seeds), ...changes) : join(...changes);
}

/** Where something is: in the header, in the lists, in the tables, in the records, behind the end. */
function someWord({ u32 }: Memory, random: Random): number {
  const end = u32[Header.ArenaEnd] as number;
  const nodes = u32[Header.Nodes] as number;
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

function withChanges(memory: Memory, input: Uint8Array): Memory {
  const changes = new Uint32Array(input.slice(0, input.length - (input.length % CHANGE_OCTETS)).buffer);
  let cut = memory.u32.length;
  for (let i = 0; i < changes.length; i += 2) {
    const [offset, mask] = [changes[i] as number, changes[i + 1] as number];
    if (offset === CUT) cut = mask % memory.u32.length;
    else memory.u32[offset % memory.u32.length] = (memory.u32[offset % memory.u32.length] as number) ^ mask;
  }
  return cut === memory.u32.length ? memory : memoryOf(memory.u8.slice(0, cut * 4).buffer);
}

/** As a start does it: finish a torn commit, check, serve, and write. */
function attack(memory: Memory): void {
  recover(memory);
  if (reasonToRefuse(memory) !== null) return;
  const desk = new Desk(new Picture(memory), { seed: 7 });
  for (const question of QUESTIONS) checkReply(question, askBytes({ desk }, question), false);
  void new PictureWriter(memory, { passedSerial: () => 0, reserve: () => undefined });
}
