/** A picture found on disk is served only when it is whole: damage anywhere is refused, or changes no answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createPicture } from "../../src/picture/write/create.ts";
import { FORMAT, Header, LEVELS_AT, ZONES_AT } from "../../src/picture/format/layout.ts";
import { type Memory, memoryOf } from "../../src/picture/format/memory.ts";
import { type RecordAt, recordWords } from "../../src/picture/format/record.ts";
import { NODES, recordsOf, SERVICES, tableAt, tableMask } from "../../src/picture/format/table.ts";
import { reasonToRefuse } from "../../src/picture/verify/verify.ts";
import { ask, openFront } from "../support/worker-context.ts";

const front = openFront(
  `cluster west us-west/a
    demo/hello ready=1 192.0.2.17 2001:db8::17
    demo/other ready=0 192.0.2.18
  cluster east us-east
    far/away ready=1 192.0.2.33`,
  1 << 20,
);
const { memory } = front.picture;
const questions = [
  { name: "hello.demo.myfed.svc.example.com", type: 1 },
  { name: "hello.demo.myfed.svc.a.us-west.example.com", type: 28 },
  { name: "other.demo.myfed.svc.a.us-west.example.com", type: 1 },
  { name: "away.far.myfed.svc.us-east.example.com", type: 1 },
  { name: "demo.myfed.svc.us-east.example.com", type: 1 },
  { name: "far.myfed.svc.example.com", type: 1 },
  { name: "example.com", type: 6 },
  { name: "example.com", type: 2 },
  { name: "ns1.example.com", type: 1 },
  { name: "svc.a.us-west.example.com", type: 1 },
  { name: "nothing.example.com", type: 1 },
  { name: "example.org", type: 1 },
];

function answers(): string {
  return JSON.stringify(questions.map((asked) => ask(front, asked)));
}

const truth = answers();

/** Damages one bit of a word, and tells whether that went unnoticed although it matters. */
function isMissed(word: number, bit: number): boolean {
  const before = memory.u32[word] as number;
  memory.u32[word] = before ^ (1 << bit);
  try {
    return reasonToRefuse(memory) === null && answers() !== truth;
  } catch {
    return true;
  } finally {
    memory.u32[word] = before;
  }
}

const BITS = [0, 1, 5, 9, 16, 23, 31];

function missedIn(words: Iterable<number>): number[] {
  const missed: number[] = [];
  for (const word of words) if (BITS.some((bit) => isMissed(word, bit))) missed.push(word);
  return missed;
}

function* range(from: number, count: number): Generator<number> {
  for (let i = 0; i < count; i++) yield from + i;
}

test("a sound picture is accepted, empty or not", () => {
  assert.equal(reasonToRefuse(memory), null);
  const empty = memoryOf(new ArrayBuffer(1 << 20));
  createPicture(empty, { seed: 1, endpointCapacity: 10 });
  assert.equal(reasonToRefuse(empty), null);
});

test("files that are foreign, empty, of another format or cut short are refused with a reason", () => {
  const refused = (change: (copy: Memory) => Memory | void, reason: RegExp): void => {
    const copy = memoryOf(memory.u8.slice().buffer);
    const other = change(copy);
    assert.match(reasonToRefuse(other ?? copy) ?? "accepted", reason);
  };
  refused(() => memoryOf(new ArrayBuffer(0)), /not a fedns picture/);
  refused(() => memoryOf(new ArrayBuffer(400)), /not a fedns picture/);
  refused(() => memoryOf(new ArrayBuffer(1 << 20)), /not a fedns picture/);
  refused((copy) => memoryOf(copy.u8.slice(0, 400).buffer), /not a fedns picture/);
  refused((copy) => memoryOf(copy.u8.slice(0, 500_000).buffer), /cut short/);
  refused(
    (copy) => void (copy.u32[Header.Format] = 2),
    new RegExp(`format 2; this fedns reads format ${FORMAT}`),
  );
  refused((copy) => void copy.u8.fill(0xff), /not a fedns picture/);
  refused((copy) => void copy.u8.fill(0, 4096), /damaged|lost/);
  refused((copy) => copy.u8.set(copy.u8.slice(0, 4096).toReversed()), /not a fedns picture/);
});

test("damage in the words that never change is refused", () => {
  for (const word of range(0, 7)) {
    for (let bit = 0; bit < 32; bit++) {
      const before = memory.u32[word] as number;
      memory.u32[word] = before ^ (1 << bit);
      assert.notEqual(reasonToRefuse(memory), null, `bit ${bit} of word ${word}`);
      memory.u32[word] = before;
    }
  }
});

test("damage in any record is refused", () => {
  for (const table of [NODES, SERVICES]) {
    for (const record of recordsOf<RecordAt>(memory.u32, table)) {
      for (const word of range(record, recordWords(memory.u32, record))) {
        for (const bit of BITS) {
          const before = memory.u32[word] as number;
          memory.u32[word] = before ^ (1 << bit);
          assert.notEqual(reasonToRefuse(memory), null, `bit ${bit} of word ${word - record}`);
          memory.u32[word] = before;
        }
      }
    }
  }
});

test("damage in the tables of names and services is refused or harmless", () => {
  // All slots in use, and some of the empty ones.
  const words = [Header.Nodes, Header.Services].flatMap((table) => {
    const place = memory.u32[table] as number;
    const at = tableAt(place);
    return [...range(at, 2 * (tableMask(place) + 1))].filter(
      (word) => (memory.u32[word] as number) > 0 || (word - at) % 101 === 0,
    );
  });
  const missed = missedIn(words);
  assert.deepEqual(missed, []);
});

test("damage in the words of the header that commits change is refused or harmless", () => {
  const words = Object.entries(Header).filter(([, word]) => word > Header.Check && word !== Header.Serial);
  const missed = words.filter(([, word]) => missedIn([word]).length > 0).map(([name]) => name);
  assert.deepEqual(missed, []);
});

test("damage in the lists of zones and levels is refused or harmless", () => {
  const missed = missedIn([...range(ZONES_AT, 4), ...range(LEVELS_AT, 12)]);
  assert.deepEqual(
    missed.map((word) => (word < LEVELS_AT ? `zone ${word - ZONES_AT}` : `level ${word - LEVELS_AT}`)),
    [],
  );
});

test("a damaged count of used slots is refused: a table without an empty slot would never end a search", () => {
  for (const word of [Header.NodesUsed, Header.ServicesUsed]) {
    const before = memory.u32[word] as number;
    memory.u32[word] = 0;
    const reason = reasonToRefuse(memory);
    memory.u32[word] = before;
    assert.notEqual(reason, null);
  }
});

test("a damaged end of endpoints is refused: two services would share their health", () => {
  const before = memory.u32[Header.EndpointsEnd] as number;
  memory.u32[Header.EndpointsEnd] = 0;
  const reason = reasonToRefuse(memory);
  memory.u32[Header.EndpointsEnd] = before;
  assert.notEqual(reason, null);
});

test("a damaged place of the clusters' record is refused: a restart reads it as JSON", () => {
  const before = memory.u32[Header.Clusters] as number;
  for (const wrong of [5, before + 1, memory.u32.length - 1, 0xffff_ffff]) {
    memory.u32[Header.Clusters] = wrong;
    const reason = reasonToRefuse(memory);
    memory.u32[Header.Clusters] = before;
    assert.notEqual(reason, null, `word ${wrong}`);
  }
});
