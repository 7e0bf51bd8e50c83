/**
 * What a person sees while the suite runs: failures at once, a line for every process of tests that has ended, and, on a
 * terminal, a line that moves on. At the end what failed, what was skipped, the slowest, and the totals as Node's own
 * reporter prints them.
 */
import { relative } from "node:path";
import type { WriteStream } from "node:tty";
import { inspect } from "node:util";

const SLOWEST_SHOWN = 10;
const STDERR_OCTETS_SHOWN = 4_000;
/** On a terminal the moving line is drawn this often; elsewhere a line says this often what is under way. */
const REDRAW_MS = 200;
const STILL_RUNNING_MS = 15_000;

export type TestResult = {
  /** Path from the top of the project. */
  readonly file: string;
  /** The names of the suites it is in, and its own. */
  readonly name: string;
  readonly durationMs: number;
};

export type Failure = TestResult & { readonly line: number; readonly error: unknown };
export type Skip = TestResult & { readonly reason: string };

export type Counts = {
  tests: number;
  suites: number;
  passed: number;
  failed: number;
  cancelled: number;
  skipped: number;
  todo: number;
};

export type GroupResult = {
  readonly name: string;
  readonly fileCount: number;
  readonly counts: Readonly<Counts>;
  readonly isGood: boolean;
  readonly durationMs: number;
  readonly stderr: string;
};

export class Report {
  readonly #out: WriteStream;
  readonly #top: string;
  readonly #total: number;
  readonly #startMs = performance.now();
  readonly #running = new Set<string>();
  readonly #tests: TestResult[] = [];
  readonly #failures: Failure[] = [];
  readonly #skips: Skip[] = [];
  readonly #groups: GroupResult[] = [];
  readonly #timer: NodeJS.Timeout;
  #testsDone = 0;
  #filesDone = 0;

  constructor(out: WriteStream, top: string, fileCount: number) {
    this.#out = out;
    this.#top = top;
    this.#total = fileCount;
    const draw = out.isTTY ? () => this.#drawProgress() : () => this.#print(`… ${this.#progress()}`);
    this.#timer = setInterval(draw, out.isTTY ? REDRAW_MS : STILL_RUNNING_MS);
  }

  started(name: string): void {
    this.#running.add(name);
  }

  passed(test: TestResult): void {
    this.#testsDone++;
    this.#tests.push(test);
  }

  skipped(test: Skip): void {
    this.#testsDone++;
    this.#skips.push(test);
  }

  failed(test: Failure): void {
    this.#testsDone++;
    this.#tests.push(test);
    this.#failures.push(test);
    this.#print(`\n✖ ${test.file}:${test.line}\n  ${test.name}\n${indented(textOf(test.error))}\n`);
  }

  ended(group: GroupResult): void {
    this.#running.delete(group.name);
    this.#groups.push(group);
    this.#filesDone += group.fileCount;
    const { tests, failed, skipped } = group.counts;
    const files = group.fileCount === 1 ? "" : `, ${group.fileCount} files`;
    const failures = failed > 0 ? `, ${failed} failed` : "";
    const skips = skipped > 0 ? `, ${skipped} skipped` : "";
    const sign = group.isGood ? "✔" : "✖";
    this.#print(
      `${sign} ${seconds(group.durationMs).padStart(6)}  ${group.name} (${tests} ${tests === 1 ? "test" : "tests"}${files}${failures}${skips})`,
    );
    if (!group.isGood && group.stderr !== "")
      this.#print(indented(`standard error ends with\n${group.stderr.slice(-STDERR_OCTETS_SHOWN)}`));
  }

  /** Prints what is to be known at the end; returns whether all is well. */
  finish(): boolean {
    clearInterval(this.#timer);
    const { counts, isGood } = this.#sum();
    this.#printSkips();
    this.#printSlowest();
    for (const { file, line, name } of this.#failures) this.#print(`✖ ${file}:${line}  ${name}`);
    for (const [word, count] of [
      ["tests", counts.tests],
      ["suites", counts.suites],
      ["pass", counts.passed],
      ["fail", counts.failed],
      ["cancelled", counts.cancelled],
      ["skipped", counts.skipped],
      ["todo", counts.todo],
      ["duration_ms", performance.now() - this.#startMs],
    ])
      this.#print(`ℹ ${word} ${count}`);
    return isGood;
  }

  #sum(): { readonly counts: Counts; readonly isGood: boolean } {
    const counts: Counts = { tests: 0, suites: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 };
    for (const group of this.#groups)
      for (const key of Object.keys(counts) as (keyof Counts)[]) counts[key] += group.counts[key];
    return { counts, isGood: this.#groups.every(({ isGood }) => isGood) && this.#failures.length === 0 };
  }

  #printSkips(): void {
    const reasons = new Map<string, number>();
    for (const { reason } of this.#skips) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    for (const [reason, count] of reasons) this.#print(`${count} skipped: ${reason || "no reason given"}`);
  }

  #printSlowest(): void {
    const files = new Map<string, number>();
    for (const { file, durationMs } of this.#tests) files.set(file, (files.get(file) ?? 0) + durationMs);
    // With what a file does before and between its tests, where that is known.
    for (const group of this.#groups) if (group.fileCount === 1) files.set(group.name, group.durationMs);
    this.#print("\nSlowest files");
    for (const [file, durationMs] of slowest([...files], ([, ms]) => ms))
      this.#print(`${seconds(durationMs).padStart(8)}  ${file}`);
    this.#print("Slowest tests");
    for (const { file, name, durationMs } of slowest(this.#tests, (test) => test.durationMs))
      this.#print(`${seconds(durationMs).padStart(8)}  ${file}: ${name}`);
    this.#print("");
  }

  #progress(): string {
    const running = [...this.#running].map((name) => name.replace(/^test\//, "")).join(", ");
    const failures = this.#failures.length > 0 ? `, ${this.#failures.length} FAILED` : "";
    const elapsed = seconds(performance.now() - this.#startMs);
    return `${elapsed}, ${this.#filesDone} of ${this.#total} files, ${this.#testsDone} tests${failures}; now ${running}`;
  }

  #drawProgress(): void {
    this.#out.write(`\r\x1b[2K${this.#progress().slice(0, this.#out.columns - 1)}`);
  }

  #print(text: string): void {
    this.#out.write(`${this.#out.isTTY ? "\r\x1b[2K" : ""}${text.replaceAll(this.#top + "/", "")}\n`);
  }

  /** Path from the top of the project. */
  path(file: string): string {
    return relative(this.#top, file);
  }
}

function slowest<T>(items: readonly T[], durationOf: (item: T) => number): readonly T[] {
  return items.toSorted((a, b) => durationOf(b) - durationOf(a)).slice(0, SLOWEST_SHOWN);
}

function seconds(ms: number): string {
  return ms < 60_000
    ? `${(ms / 1000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

/** Node wraps what a test threw; of a process that failed by itself it knows how that ended. */
function textOf(error: unknown): string {
  const { exitCode, signal } = (error ?? {}) as { readonly exitCode?: number; readonly signal?: string };
  const ended =
    exitCode === undefined ? "" : ` (the process ended with ${signal ?? `exit code ${exitCode}`})`;
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return `${typeof cause === "string" ? cause : inspect(cause, { depth: 5 })}${ended}`;
}
