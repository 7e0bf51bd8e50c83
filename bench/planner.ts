/**
 * The `planner` bench: how fast replicas are planned, without anything around it. A process of its own plans objects over ten
 * members, with equal and with uneven weights, with and without bounds, with and without what runs; then it decides for all of
 * them again when one member is away.
 */
import { loadavg } from "node:os";
import { join } from "node:path";
import type { Bench, BenchReport, BenchSetting, Goal, Table } from "./bench.ts";
import { atMost, below, medianOf } from "./goal.ts";
import type { PlannerFigures } from "./planner/figures.ts";

type Plan = { readonly objects: number; readonly members: number; readonly rounds: number };

const fullPlan: Plan = { objects: 100_000, members: 10, rounds: 7 };
const quickPlan: Plan = { objects: 10_000, members: 10, rounds: 2 };
/** 50,000 placements a second, on one core. */
const planMicrosMax = 20;
const lossSecondsMax = 30;
/** The heap of the decisions about a million copies, twice. */
const heapMebi = 4_096;

export const planner: Bench = {
  name: "planner",
  claim:
    "CPU time of a plan, how many replicas of an object each of ten members gets, and of all decisions about a million " +
    "copies when one member is lost, on one core.",
  run,
};

async function run(setting: BenchSetting): Promise<BenchReport> {
  const plan = setting.isQuick ? quickPlan : fullPlan;
  const [loadBefore = 0] = loadavg();
  setting.progress(`${plan.objects} objects over ${plan.members} members`);
  const { objects, members, rounds } = plan;
  const program = join(import.meta.dirname, "planner", "figures.ts");
  const text = await setting.processes.run(
    {
      command: process.execPath,
      args: [
        "--expose-gc",
        `--max-old-space-size=${heapMebi}`,
        program,
        ...[objects, members, rounds].map(String),
      ],
      core: null,
      logPath: join(setting.workDirectory, "figures.log"),
      directory: setting.workDirectory,
    },
    setting.signal,
  );
  const figures = JSON.parse(text) as PlannerFigures;
  return {
    results: { loadBefore, ...figures },
    goals: goalsOf(figures),
    tables: [tableOf(figures)],
    notes: [
      `${objects} objects over ${members} members; medians of ${rounds} rounds. Nothing is pinned. Load of the machine before: ${loadBefore.toFixed(2)}.`,
      `A member that is lost moves ${figures.moved} replicas to the others. A decision takes ${figures.octetsPerCopy.toFixed(0)} octets of memory per copy.`,
    ],
  };
}

function goalsOf({ planMicros, lossCpuMs, copies }: PlannerFigures): readonly Goal[] {
  const lossMs = medianOf(lossCpuMs);
  return [
    atMost('CPU time of a plan, "kubefed"', medianOf(planMicros.kubefed), planMicrosMax, "µs"),
    atMost('CPU time of a plan, "even"', medianOf(planMicros.even), planMicrosMax, "µs"),
    below(
      `${copies} copies decided about again when a member is lost`,
      lossMs === null ? null : lossMs / 1000,
      lossSecondsMax,
      "s",
    ),
  ];
}

function tableOf({ planMicros, lossCpuMs, lossWallMs, copies }: PlannerFigures): Table {
  const row = (name: string, figures: readonly number[], perSecond: string): readonly string[] => {
    const sorted = figures.toSorted((a, b) => a - b);
    return [
      name,
      ...[medianOf(figures), sorted[0], sorted.at(-1)].map((one) => (one ?? 0).toFixed(2)),
      perSecond,
    ];
  };
  const plansPerSecond = (figures: readonly number[]): string => (1e6 / (medianOf(figures) ?? 1)).toFixed(0);
  const copiesPerSecond = (figures: readonly number[]): string =>
    ((copies * 1000) / (medianOf(figures) ?? 1)).toFixed(0);
  return {
    title: "Plans and decisions",
    columns: ["what", "median", "lowest", "highest", "per second"],
    rows: [
      row('CPU µs of a plan, "kubefed"', planMicros.kubefed, `${plansPerSecond(planMicros.kubefed)} plans`),
      row('CPU µs of a plan, "even"', planMicros.even, `${plansPerSecond(planMicros.even)} plans`),
      row(`CPU ms of ${copies} copies, a member lost`, lossCpuMs, `${copiesPerSecond(lossCpuMs)} copies`),
      row(`ms of ${copies} copies, a member lost`, lossWallMs, `${copiesPerSecond(lossWallMs)} copies`),
    ],
  };
}
