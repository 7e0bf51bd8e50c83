/**
 * `npm test [-- PATH ...]` and `npm run test:long [-- PATH ...]`: runs the test files whose path holds one of the words, or
 * all of them. The long form has only the files that have one. Exit code 1 when a test fails.
 *
 * A single file can also be run by Node alone: `node --test test/answer/edns.test.ts`.
 */
import { globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import type { EventData } from "node:test";
import { parseArgs } from "node:util";
import { type Group, groupsOf } from "./groups.ts";
import { type Counts, Report, type TestResult } from "./report.ts";
import { LONG } from "./scale.ts";

const TOP = join(import.meta.dirname, "..", "..");
const GROUP_ENTRY = join(import.meta.dirname, "group.ts");
const TEST_BOUND_MS = 120_000;
const LONG_TEST_BOUND_MS = 1_500_000;
/** Of a whole process; the bound of a test comes first unless something keeps the process from ending. */
const GROUP_BOUND_MS = 1_600_000;
/** Two more than there are cores, because many tests wait most of their time; more would disturb each other. */
const PROCESSES = Math.min(4, availableParallelism() + 2);

/** What files with a long form import. */
const HAS_LONG_FORM = /"[./a-z]+\/(suite\/scale|kubectl-steps)\.ts"|"\.\/kubectl-steps\.ts"/;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { long: { type: "boolean", default: false } },
});

/** What Node writes for each module it compiles is read by every other process of tests, and by the next run. */
process.env["NODE_COMPILE_CACHE"] ??= join(TOP, "node_modules", ".cache", "fedns-tests");
if (values.long) process.env[LONG] = "1";

const files = testFiles();
if (files.length === 0) {
  process.stderr.write(`no test file has ${positionals.join(" or ")} in its path\n`);
  process.exitCode = 2;
} else {
  const report = new Report(process.stdout, TOP, files.length);
  const waiting = [...groupsOf(files)];
  const work = async (next: () => Group | undefined): Promise<void> => {
    for (let group = next(); group !== undefined; group = next()) await runGroup(group, report);
  };
  const isLast = (index: number): boolean => index === PROCESSES - 1;
  await Promise.all(
    Array.from({ length: PROCESSES }, (_, i) => work(() => (isLast(i) ? waiting.pop() : waiting.shift()))),
  );
  process.exitCode = report.finish() ? 0 : 1;
}

function testFiles(): readonly string[] {
  const all = globSync("test/**/*.test.ts", { cwd: TOP }).sort();
  const asked = all.filter(
    (file) => positionals.length === 0 || positionals.some((word) => file.includes(word)),
  );
  if (!values.long) return asked;
  return asked.filter((file) => HAS_LONG_FORM.test(readFileSync(join(TOP, file), "utf8")));
}

async function runGroup(group: Group, report: Report): Promise<void> {
  const startMs = performance.now();
  report.started(group.name);
  const isAlone = group.files.length === 1;
  const paths = group.files.map((file) => join(TOP, file));
  const events = run({
    files: isAlone ? paths : [GROUP_ENTRY],
    argv: isAlone ? [] : paths,
    cwd: TOP,
    concurrency: 1,
    timeout: GROUP_BOUND_MS,
    execArgv: [`--test-timeout=${values.long ? LONG_TEST_BOUND_MS : TEST_BOUND_MS}`],
  });
  let stderr = "";
  let sum: EventData.TestSummary | null = null;
  /** Names of the suites that are open, by their depth. */
  const names: string[] = [];
  const resultOf = ({ file, name, nesting, details }: Ended): TestResult => ({
    file: report.path(file ?? group.name),
    name: [...names.slice(0, nesting), name].join(" > "),
    durationMs: details.duration_ms,
  });
  for await (const { type, data } of events) {
    if (type === "test:start") names[data.nesting] = data.name;
    else if (type === "test:stderr") stderr += data.message;
    else if (type === "test:summary" && data.file === undefined) sum = data;
    else if (type === "test:pass" && data.details.type !== "suite") {
      if (data.skip === undefined || data.skip === false) report.passed(resultOf(data));
      else report.skipped({ ...resultOf(data), reason: data.skip === true ? "" : data.skip });
    } else if (type === "test:fail" && data.details.error.failureType !== "subtestsFailed") {
      const { error } = data.details;
      report.failed({ ...resultOf(data), line: data.line ?? 0, error });
    }
  }
  report.ended({
    name: group.name,
    fileCount: group.files.length,
    counts: countsOf(sum),
    isGood: sum?.success === true,
    durationMs: performance.now() - startMs,
    stderr,
  });
}

type Ended = {
  readonly file?: string;
  readonly name: string;
  readonly nesting: number;
  readonly details: { readonly duration_ms: number };
};

/** Without a summary nothing is known to have passed. */
function countsOf(sum: EventData.TestSummary | null): Counts {
  const none: Counts = { tests: 0, suites: 0, passed: 0, failed: 1, cancelled: 0, skipped: 0, todo: 0 };
  if (sum === null) return none;
  const { tests, suites, passed, cancelled, skipped, todo } = sum.counts;
  return {
    tests,
    suites,
    passed,
    failed: tests - passed - cancelled - skipped - todo,
    cancelled,
    skipped,
    todo,
  };
}
