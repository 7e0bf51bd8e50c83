/** The `attack` bench's pure parts: reports read, the order of closing judged, goals computed and never met by nothing. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Crowd,
  type Flood,
  outOfOrder,
  readCrowd,
  readFlood,
  readSockstat,
} from "../../bench/attack/crowd-report.ts";
import {
  attackGoals,
  attackTables,
  warningsOf,
  type Limits,
  type Phase,
  shareOfAllowance,
} from "../../bench/attack/goals.ts";

const limits: Limits = { maxConnections: 1_000, responsesPerSecond: 1_000, burstSeconds: 2.5, workers: 1 };
const mebi = 2 ** 20;
const crowd: Crowd = {
  opened: 3_000,
  failed: 0,
  closedByServer: 2_000,
  openMost: 1_020,
  openAtEnd: 1_000,
  outOfOrder: 0,
};
const flood: Flood = {
  sent: 400_000,
  sentOctets: 16_000_000,
  received: 400_000,
  receivedOctets: 16_000_000,
  whole: 10_500,
  seconds: 8,
};

function phase(more: Partial<Phase>): Phase {
  const asked = { udp: [1, 2, 3], tcp: [4, 5, 6] };
  const rss = { rssMost: 110 * mebi, rssAfter: 105 * mebi, buffersMost: 2 * mebi };
  return { name: "some", kind: "connections", asked, ...rss, crowd: null, flood: null, ...more };
}

const fine: readonly Phase[] = [
  phase({ kind: "calm", asked: { udp: [null], tcp: [900] } }),
  phase({ crowd }),
  phase({ kind: "flood", flood }),
  phase({ kind: "limited", flood }),
];

const unmet = (phases: readonly Phase[], rssBefore: number | null = 100 * mebi): string[] =>
  attackGoals(phases, rssBefore, limits)
    .filter(({ met }) => !met)
    .map(({ name }) => name.split(" ").slice(0, 2).join(" "));

describe("the goals of attack", () => {
  it("are met when the well-behaved client notices nothing, however slow the machine was before", () => {
    assert.deepEqual(unmet(fine), []);
  });

  it("count every lost query of every attack", () => {
    const lossy = phase({ kind: "limited", flood, asked: { udp: [1, null], tcp: [null, 1] } });
    const [lost] = attackGoals([...fine, lossy], 100 * mebi, limits);
    assert.deepEqual([lost?.value, lost?.met], [2, false]);
  });

  it("look at the worst attack: TCP where connections are abused, UDP in floods", () => {
    const slowTcp = phase({ crowd, asked: { udp: [500], tcp: [100] } });
    assert.deepEqual(unmet([...fine, slowTcp]), ["TCP p99"]);
    const slowUdp = phase({ kind: "flood", flood, asked: { udp: [10.1], tcp: [500] } });
    assert.deepEqual(unmet([...fine, slowUdp]), ["UDP p99"]);
  });

  it("bound memory, connections and what a limited flood gets", () => {
    assert.deepEqual(unmet([...fine, phase({ crowd, rssMost: 164 * mebi })]), ["RSS of"]);
    assert.deepEqual(unmet([...fine, phase({ crowd: { ...crowd, openAtEnd: 1_051 } })]), [
      "connections held",
    ]);
    const loud = phase({ kind: "limited", flood: { ...flood, whole: 12_000 } });
    assert.deepEqual(unmet([...fine, loud]), ["whole answers"]);
  });

  it("are not met by what was not measured", () => {
    assert.equal(unmet([]).length, 6);
    assert.deepEqual(unmet(fine, null), ["RSS of"]);
    assert.deepEqual(unmet([...fine, phase({ crowd, asked: { udp: [1], tcp: [] } })]), ["TCP p99"]);
  });
});

describe("the tables of attack", () => {
  it("have a row for each attack, and memory over what was there before", () => {
    const [client, crowds, floods] = attackTables(fine, 100 * mebi);
    assert.deepEqual([client?.rows.length, crowds?.rows.length, floods?.rows.length], [4, 1, 2]);
    assert.deepEqual(client?.rows[0]?.slice(0, 6), ["some", "1", "1", "-", "-", "-"]);
    assert.deepEqual(client?.rows[1]?.slice(-3), ["10.0", "5.0", "2.0"]);
    for (const table of [client, crowds, floods])
      for (const row of table?.rows ?? []) assert.equal(row.length, table?.columns.length);
  });
});

describe("warningsOf", () => {
  it("reports a machine that is slow without any attack, and nothing else", () => {
    assert.deepEqual(warningsOf([phase({ kind: "calm" }), phase({ asked: { udp: [500], tcp: [500] } })]), []);
    const annotations = warningsOf([phase({ kind: "calm", asked: { udp: [19.3], tcp: [12] } })]);
    assert.equal(annotations.length, 1);
    assert.match(annotations.join(), /UDP p99 was 19\.30 ms without any attack/);
  });
});

describe("shareOfAllowance", () => {
  it("is 1 for exactly the allowance of an address, its burst included", () => {
    assert.equal(shareOfAllowance(flood, limits), 1);
  });
});

describe("outOfOrder", () => {
  it("forgives neighbours and counts those closed before much older ones", () => {
    assert.equal(outOfOrder([0, 2, 1, 3]), 0);
    assert.equal(outOfOrder([0, 500, 1, 600]), 1);
    assert.equal(outOfOrder([]), 0);
  });
});

describe("readSockstat", () => {
  it("reads the pages of TCP and of nothing else", () => {
    const text = "sockets: used 9\nTCP: inuse 3 orphan 0 tw 1 alloc 4 mem 10\nUDP: inuse 2 mem 77\n";
    assert.equal(readSockstat(text), 40_960);
    assert.equal(readSockstat("UDP: inuse 2 mem 77\n"), null);
  });
});

describe("the report of a crowd", () => {
  it("is parsed as printed, and refused if a figure is missing", () => {
    assert.deepEqual(readCrowd(`${JSON.stringify(crowd)}\n`), crowd);
    assert.deepEqual(readFlood(JSON.stringify(flood)), flood);
    for (const text of ["", "null", "[]", '{"opened":1}']) {
      assert.throws(() => readCrowd(text), { code: "BENCH_LOAD_REPORT" });
      assert.throws(() => readFlood(text), { code: "BENCH_LOAD_REPORT" });
    }
  });
});
