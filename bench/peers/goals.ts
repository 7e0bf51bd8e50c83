/** The public claim, computed: CPU per query of fedns against the limit and the peers, and the tables that show it. */
import type { Goal, Table } from "../bench.ts";
import { type Rounds, atMost, below, medianOf, medianRounds, ratioOf, round } from "../goal.ts";
import { type Sample, type ScenarioId, type Series, roundsOf } from "./scenario.ts";

export const fednsName = "fedns";
export const limitName = "limit";
export const peerNames = ["NSD", "Knot", "gdnsd", "PowerDNS", "BIND"] as const;

/** Shares above this are reported beside the tables: what the remaining queries cost may not be typical. */
const tolerableShare = 0.01;

/**
 * The goals. The peers have no federated names, so (a) is compared with their static name (b). Every ratio is of two
 * figures of the same round. A goal that lacks a figure has no value and is not met.
 */
export function peerGoals(series: readonly Series[]): readonly Goal[] {
  const goals: Goal[] = [];
  const ratio = (id: ScenarioId, other: string, otherId: ScenarioId): number | null =>
    ratioOf(roundsOf(series, id, fednsName), roundsOf(series, otherId, other));
  for (const id of ["a", "b", "c"] as const) {
    const likeId = id === "a" ? "b" : id;
    goals.push(atMost(`(${id}) CPU per query / limit`, ratio(id, limitName, id), 1.1, "x"));
    goals.push(below(`(${id}) CPU per query / NSD`, ratio(id, "NSD", likeId), 1, "x"));
    goals.push(below(`(${id}) CPU per query / Knot`, ratio(id, "Knot", likeId), 1, "x"));
    goals.push(atMost(`(${id}) CPU per query / gdnsd`, ratio(id, "gdnsd", likeId), 1.04, "x"));
  }
  goals.push(atMost("(d) CPU per query / limit", ratio("d", limitName, "d"), 1.15, "x"));
  const streams = ratioOf(roundsOf(series, "t", fednsName), peerMedian(series, "t"));
  goals.push(below("(t) CPU per query / median of the peers' TCP", streams, 1, "x"));
  return goals;
}

/** For each round the median of all five peers; null if one of them has no figure. */
function peerMedian(series: readonly Series[], id: ScenarioId): Rounds {
  return medianRounds(peerNames.map((name) => roundsOf(series, id, name)));
}

export type Line = {
  readonly contender: string;
  /** Medians over the rounds. */
  readonly cpuMicrosPerQuery: number | null;
  /** Median of the ratios round by round; null where the limit has no figure, as over TCP. */
  readonly ratioToLimit: number | null;
  readonly queriesPerSecond: number | null;
  readonly averageLatencyMicros: number | null;
  readonly lostPercent: number | null;
  /** CPU microseconds per query of each round, so that the spread can be seen. */
  readonly rounds: Rounds;
};

type Titled<Id extends string> = { readonly id: Id; readonly title: string };

/** The medians of all contenders in one scenario, in the order of measurement. */
export function linesOf<Id extends string>(
  series: readonly Series<Id>[],
  scenario: Titled<Id>,
): readonly Line[] {
  const limit = roundsOf(series, scenario.id, limitName);
  return series
    .filter((one) => one.scenario === scenario.id)
    .map(({ contender }) => {
      const figure = (of: (sample: Sample) => number): Rounds => roundsOf(series, scenario.id, contender, of);
      const cpu = figure((sample) => sample.cpuMicros);
      const lost = medianOf(figure((sample) => sample.lostShare));
      return {
        contender,
        cpuMicrosPerQuery: round(medianOf(cpu)),
        ratioToLimit: round(ratioOf(cpu, limit)),
        queriesPerSecond: whole(medianOf(figure((sample) => sample.queriesPerSecond))),
        averageLatencyMicros: whole(medianOf(figure((sample) => sample.latencyMicros))),
        lostPercent: lost === null ? null : round(lost * 100),
        rounds: cpu.map(round),
      };
    });
}

export function tableOf<Id extends string>(series: readonly Series<Id>[], scenario: Titled<Id>): Table {
  const columns = [
    "server",
    "CPU µs/query",
    "÷ limit",
    "queries/s",
    "average latency µs",
    "lost %",
    "lowest - highest",
  ];
  const rows = linesOf(series, scenario).map((line) => [
    line.contender,
    fixed(line.cpuMicrosPerQuery, 2),
    fixed(line.ratioToLimit, 2),
    fixed(line.queriesPerSecond, 0),
    fixed(line.averageLatencyMicros, 0),
    fixed(line.lostPercent, 2),
    spreadOf(line.rounds),
  ]);
  return { title: `(${scenario.id}) ${scenario.title}`, columns, rows };
}

/** A sentence for each series whose runs lost or spoilt more than a hundredth of the queries. */
export function warningsOf<Id extends string>(series: readonly Series<Id>[]): readonly string[] {
  return series.flatMap(({ scenario, contender }) => {
    const worst = (of: (sample: Sample) => number): number =>
      Math.max(0, ...roundsOf(series, scenario, contender, of).map((share) => share ?? 0));
    const lost = worst((sample) => sample.lostShare);
    const wrong = worst((sample) => sample.wrongShare);
    const warnings: string[] = [];
    if (lost > tolerableShare)
      warnings.push(`${contender} lost up to ${percent(lost)} of the queries of (${scenario}).`);
    if (wrong > tolerableShare)
      warnings.push(`${contender} answered up to ${percent(wrong)} of (${scenario}) wrong.`);
    return warnings;
  });
}

function spreadOf(rounds: Rounds): string {
  const figures = rounds.filter((value) => value !== null);
  return figures.length === 0 ? "-" : `${fixed(Math.min(...figures), 2)} - ${fixed(Math.max(...figures), 2)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function fixed(value: number | null, digits: number): string {
  return value === null ? "-" : value.toFixed(digits);
}

function whole(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
