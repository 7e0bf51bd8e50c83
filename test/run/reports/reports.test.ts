/** Reports: of bounded size whatever is in them, made once for all who ask, and never the end of a process. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { bounded, reported } from "../../../src/run/reports/bounded.ts";
import { sharedReport } from "../../../src/run/reports/shared-report.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const HUGE = 1 << 20;

test("a report that is small stays as it is", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      assert.deepEqual(bounded(value), { value, cut: [] });
    }),
    { numRuns: 50 },
  );
});

test("long lists, large tables and long texts are cut, and it is told where", () => {
  const clusters = [{ name: "west", refusals: Array.from({ length: 5000 }, (_, at) => at) }];
  const hosts = Object.fromEntries(Array.from({ length: 1200 }, (_, at) => [`h${at}`, "x"]));
  const { cut, ...kept } = reported({ clusters, hosts, problem: "p".repeat(2000) });
  assert.deepEqual(cut, [
    "clusters[0].refusals: 1000 of 5000",
    "hosts: 1000 of 1200",
    "problem: 1000 of 2000 characters",
  ]);
  assert.equal(kept.clusters[0]?.refusals.length, 1000);
  assert.equal(Object.keys(kept.hosts).length, 1000);
  assert.equal(kept.problem, `${"p".repeat(1000)}…`);
});

const LARGE: Readonly<Record<string, unknown>> = {
  "a list of lists": Array.from({ length: 1000 }, () => Array.from({ length: 1000 }, () => "0123456789")),
  "128 clusters with 900 refusals each": Array.from({ length: 128 }, () => ({
    refusals: Array.from({ length: 900 }, () => ({ address: "192.0.2.1", reason: "x".repeat(100) })),
  })),
  "a tower of records": tower(200),
  "records of records": wide(3),
};

for (const [what, value] of Object.entries(LARGE))
  test(`${what} has its bound`, () => {
    for (const octetsMax of [HUGE, 4 << 20]) {
      const { value: kept, cut } = bounded(value, octetsMax);
      assert.ok(JSON.stringify(kept).length <= octetsMax, String(JSON.stringify(kept).length));
      assert.ok(cut.length > 0 && cut.length <= 100);
    }
  });

function tower(height: number): unknown {
  return height === 0 ? "top" : { up: tower(height - 1) };
}

function wide(depth: number): unknown {
  const key = "k".repeat(200);
  return depth === 0
    ? "leaf"
    : Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`${key}${at}`, wide(depth - 1)]));
}

test("a report is made once for all who ask within its time, and again when it failed", async () => {
  const clock = new FakeClock();
  let made = 0;
  let isBroken = false;
  const report = sharedReport(clock, 1000, async () => {
    made++;
    if (isBroken) throw new Error("broken");
    return made;
  });
  assert.deepEqual(await Promise.all([report(), report(), report()]), [1, 1, 1]);
  assert.equal(await report(), 1);
  clock.advance(1000);
  assert.equal(await report(), 2);
  clock.advance(1000);
  isBroken = true;
  await assert.rejects(Promise.all([report(), report()]), /broken/);
  assert.equal(made, 3);
  isBroken = false;
  assert.equal(await report(), 4);
});

for (const [then, status, after] of [
  ["end", 1, ""],
  ["go on", 0, "went on"],
] as const)
  test(`a rejection that nobody handled is a line of the log; then: ${then}`, () => {
    const program = `
      import { createLog, logMistakes } from "./src/kernel/log.ts";
      logMistakes(createLog({ level: "info", process: "control", pretty: false }), ${JSON.stringify(then)});
      setTimeout(() => console.log("went on"), 20);
      void Promise.reject(new Error("planted"));
      setTimeout(() => { throw new RangeError("thrown"); }, 5);`;
    const {
      status: code,
      stdout,
      stderr,
    } = spawnSync(process.execPath, ["--input-type=module-typescript", "-e", program], { encoding: "utf8" });
    assert.deepEqual([code, stdout.trim()], [status, after], stderr);
    const lines = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ level, error }) => [level, error]),
      then === "end"
        ? [[50, "planted"]]
        : [
            [50, "planted"],
            [50, "thrown"],
          ],
    );
  });
