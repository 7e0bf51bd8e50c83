/** The goals of the `propagate` bench, computed, and its tables. Pure. */
import type { Goal, Table } from "../bench.ts";
import { atMost, below, median, ratioOf, round } from "../goal.ts";
import { type Spread, spreadOf } from "../load/quantile.ts";
import type { Resident } from "../memory/resident.ts";
import type { ChangeTimes } from "./changes.ts";
import type { Round } from "./end-to-end.ts";
import type { MemoryFigures } from "./in-memory.ts";
import type { Restart } from "./restart.ts";
import type { Serving } from "./serving.ts";

export type Measured = {
  readonly members: number;
  readonly objects: number;
  readonly atRest: ChangeTimes;
  readonly underLoad: ChangeTimes;
  /** Objects that change each second, under load. */
  readonly loadPerSecond: number;
  readonly made: Round;
  readonly rounds: readonly Round[];
  readonly afterStop: Restart;
  /** Null: not measured. */
  readonly afterKill: Restart | null;
  /** Requests of fedns as a whole with nothing to do, in `steadyMs`. */
  readonly steady: { readonly host: number; readonly members: number };
  readonly steadyMs: number;
  /** The propagate process without federated objects, and with all copies placed. */
  readonly empty: Resident | null;
  readonly full: Resident | null;
  readonly memory: MemoryFigures;
  readonly serving: Serving;
};

const changeBoundMs = 300;
const endToEndBound = 1.3;
const restartBoundMs = 5_000;
const octetsBound = 200;
const servingBound = 1.1;
const answerBoundMs = 100;

export function endToEndRatio({ rounds }: Pick<Measured, "rounds">): number | null {
  return ratioOf(
    rounds.map(({ fedns }) => fedns.ms),
    rounds.map(({ bare }) => bare.ms),
  );
}

/**
 * What all that is known of one copy takes, without what is known of its federated object. Null: there are so few copies that what
 * else comes and goes in the heap is more.
 */
export function octetsPerCopy({ memory: { octets, copies } }: Pick<Measured, "memory">): number | null {
  const held = octets.withCopies - octets.withoutMembers;
  return copies === 0 || held <= 0 ? null : held / copies;
}

function needlessWrites({ needless }: Restart): number {
  return Object.values(needless).reduce((sum, count) => sum + count, 0);
}

export function propagateGoals(measured: Measured): readonly Goal[] {
  const { atRest, afterStop, memory, serving } = measured;
  return [
    below("change to copy at rest, p99", spreadOf(atRest.copyMs).p99, changeBoundMs, "ms"),
    atMost("all objects change, beside bare applies", endToEndRatio(measured), endToEndBound, "x"),
    below("restart to the first change in all copies", afterStop.ms, restartBoundMs, "ms"),
    atMost("needless writes after a restart", needlessWrites(afterStop), 0, "writes"),
    atMost("memory of a copy", octetsPerCopy(measured), octetsBound, "octets"),
    atMost("needless writes with all of these copies", memory.writes, 0, "writes"),
    atMost(
      "CPU of serve per query while copies are placed, beside at rest",
      ratioOf(serving.placingMicros, serving.restMicros),
      servingBound,
      "x",
    ),
    below("change to answer meanwhile, p99", spreadOf(serving.answerMs).p99, answerBoundMs, "ms"),
  ];
}

const text = (value: number | null, digits: number): string =>
  value === null || !Number.isFinite(value) ? "-" : (round(value) ?? 0).toFixed(digits);

export function propagateTables(measured: Measured): readonly Table[] {
  return [timesTable(measured), courseTable(measured), costTable(measured)];
}

function timesTable({ atRest, underLoad, loadPerSecond, serving, members }: Measured): Table {
  const row = (name: string, { count, p50, p99, highest }: Spread): readonly string[] => [
    name,
    String(count),
    ...[p50, p99, highest].map((value) => text(value, 1)),
  ];
  const load = `while ${text(loadPerSecond, 0)} other objects change each second`;
  return {
    title: "From a change to what follows",
    columns: ["what", "times", "p50 ms", "p99 ms", "highest ms"],
    rows: [
      row("a template changes, each copy", spreadOf(atRest.copyMs)),
      row(`the last of ${members} copies`, spreadOf(atRest.lastMs)),
      row(`each copy, ${load}`, spreadOf(underLoad.copyMs)),
      row(`the last of ${members} copies, ${load}`, spreadOf(underLoad.lastMs)),
      row("a Service changes, its answer, under the same load", spreadOf(serving.answerMs)),
    ],
  };
}

function courseTable({ made, rounds, members, objects }: Measured): Table {
  const copies = members * objects;
  const row = (name: string, { fedns, bare }: Round): readonly string[] => [
    name,
    text(fedns.ms / 1_000, 2),
    text(bare.ms / 1_000, 2),
    text(fedns.ms / bare.ms, 2),
    ...[fedns.cpuMs, bare.cpuMs, fedns.membersCpuMs, bare.membersCpuMs].map((ms) =>
      text((ms * 1_000) / copies, 0),
    ),
  ];
  return {
    title: `${objects.toLocaleString("en")} objects in ${members} members at once`,
    columns: [
      "what",
      "fedns s",
      "bare s",
      "ratio",
      "fedns: CPU µs a copy",
      "bare: CPU µs a copy",
      "API servers with fedns: CPU µs a copy",
      "with bare applies: CPU µs a copy",
    ],
    rows: [row("made", made), ...rounds.map((one, n) => row(`changed, round ${n + 1}`, one))],
  };
}

function costTable(measured: Measured): Table {
  const { members, objects, afterStop, afterKill, steady, steadyMs, empty, full, memory, serving } = measured;
  const copies = members * objects;
  const perMinute = 60_000 / steadyMs;
  const mebi = (octets: number | undefined): string =>
    text(octets === undefined ? null : octets / 2 ** 20, 0);
  const perCopy = empty === null || full === null ? null : (full.rss - empty.rss) / copies;
  const writes = (restart: Restart | null): string =>
    restart === null ? "-" : (JSON.stringify(restart.needless) ?? "-");
  const seconds = (restart: Restart | null): string => text(restart === null ? null : restart.ms / 1_000, 2);
  const million = memory.copies.toLocaleString("en");
  return {
    title: "What it costs",
    columns: ["what", "figure"],
    rows: [
      ["fedns is started again: to the first change in all copies, s", seconds(afterStop)],
      ["needless writes then", writes(afterStop)],
      ["the process is killed: to the first change in all copies, s", seconds(afterKill)],
      ["needless writes then", writes(afterKill)],
      ["requests of a member at rest, each minute", text((steady.members / members) * perMinute, 1)],
      ["requests of the host at rest, each minute", text(steady.host * perMinute, 1)],
      ["propagate process without objects: RSS, PSS, MiB", `${mebi(empty?.rss)}, ${mebi(empty?.pss)}`],
      [`with ${copies.toLocaleString("en")} copies: RSS, PSS, MiB`, `${mebi(full?.rss)}, ${mebi(full?.pss)}`],
      ["RSS for each of them, octets", text(perCopy, 0)],
      [`${million} copies in memory: octets of a copy`, text(octetsPerCopy(measured), 0)],
      ["RSS of the process with all of them, MiB", mebi(memory.rss.withCopies)],
      ["to read and check one of these copies, CPU µs", text((memory.readCpuMs * 1_000) / memory.copies, 0)],
      ["one object changes, all its decisions: CPU ms, median", text(median(memory.changeCpuMs), 2)],
      ["one member is relabelled, all its decisions: CPU ms, median", text(median(memory.relabelCpuMs), 0)],
      ["serve, CPU µs per query at rest", text(medianKnown(serving.restMicros), 1)],
      ["serve, CPU µs per query while copies are placed", text(medianKnown(serving.placingMicros), 1)],
    ],
  };
}

function medianKnown(values: readonly (number | null)[]): number | null {
  return median(values.filter((value) => value !== null));
}
