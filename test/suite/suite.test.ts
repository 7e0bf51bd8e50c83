/** The runner itself: every file is run once, and a failure is shown and counted. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { WriteStream } from "node:tty";
import { groupsOf } from "./groups.ts";
import { type Counts, Report } from "./report.ts";

const NONE: Counts = { tests: 0, suites: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 };

/** A report that is not on a terminal, and what it has printed. */
function reportOf(fileCount: number): { readonly report: Report; readonly text: () => string } {
  let text = "";
  const out = { isTTY: false, write: (more: string) => (text += more) !== "" } as unknown as WriteStream;
  return { report: new Report(out, "/top", fileCount), text: () => text };
}

describe("the groups of test files", () => {
  const files = [
    "test/dns/message/name.test.ts",
    "test/dns/message/query.test.ts",
    "test/interop/dig.test.ts",
    "test/interop/events.test.ts",
    "test/answer/serve/udp.test.ts",
    "test/tidy.test.ts",
  ];

  it("hold every file once", () => {
    assert.deepEqual(
      groupsOf(files)
        .flatMap((group) => group.files)
        .toSorted(),
      files.toSorted(),
    );
  });

  it("put the files of a pure room together, and leave those that start programs apart", () => {
    const shared = groupsOf(files).filter((group) => group.files.length > 1);
    assert.deepEqual(
      shared.map(({ name }) => name),
      ["test/dns/message"],
    );
  });

  it("begin with what waits and end with what computes", () => {
    const names = groupsOf(files).map(({ name }) => name);
    assert.ok(names[0]?.startsWith("test/interop/"));
    assert.equal(names.at(-1), "test/tidy.test.ts");
  });
});

describe("the report", () => {
  const test = { file: "test/a.test.ts", name: "a suite > a claim", durationMs: 2_000 };
  const group = { name: "test/a.test.ts", fileCount: 1, durationMs: 2_100, stderr: "a line of a program" };

  it("shows the totals as Node's own reporter does, and is content when all passed", () => {
    const { report, text } = reportOf(1);
    report.passed(test);
    report.ended({ ...group, counts: { ...NONE, tests: 1, passed: 1 }, isGood: true });
    assert.equal(report.finish(), true);
    assert.match(text(), /✔ {2}2\.1 s {2}test\/a\.test\.ts \(1 test\)/);
    assert.match(text(), /ℹ tests 1\nℹ suites 0\nℹ pass 1\nℹ fail 0\nℹ cancelled 0\nℹ skipped 0\nℹ todo 0\n/);
    assert.match(text(), /Slowest tests\n {3}2\.0 s {2}test\/a\.test\.ts: a suite > a claim\n/);
  });

  it("shows a failure at once, with what the programs wrote, and again at the end", () => {
    const { report, text } = reportOf(1);
    report.failed({
      ...test,
      line: 7,
      error: new Error("test failed", { cause: new Error("one is not two") }),
    });
    assert.match(text(), /✖ test\/a\.test\.ts:7\n {2}a suite > a claim\n {2}Error: one is not two/);
    report.ended({ ...group, counts: { ...NONE, tests: 1, failed: 1 }, isGood: false });
    assert.equal(report.finish(), false);
    assert.match(text(), /standard error ends with\n {2}a line of a program/);
    assert.match(text(), /✖ test\/a\.test\.ts:7 {2}a suite > a claim\nℹ tests 1\n/);
  });

  it("is not content when a process failed in which no test did", () => {
    const { report } = reportOf(1);
    report.passed(test);
    report.ended({ ...group, counts: { ...NONE, tests: 1, passed: 1 }, isGood: false });
    assert.equal(report.finish(), false);
  });
});
