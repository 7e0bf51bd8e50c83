/**
 * The `peers` bench: the cost of one query for fedns, for the best C servers, and for a C loop that only echoes
 * packets.
 */
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fedns } from "./contender-fedns.ts";
import type { Bench, BenchReport, BenchSetting } from "./bench.ts";
import { dnsperf } from "./load/dnsperf.ts";
import { packageVersion, sayMissing } from "./load/programs.ts";
import { knownNames, unknownNames, writeZone } from "./load/zone.ts";
import { limit, peerContenders } from "./peers/contenders.ts";
import { type Entrant, type QueryFiles, checkAnswer, enter, measure } from "./peers/measure.ts";
import {
  type Sample,
  type Scenario,
  type ScenarioId,
  type Series,
  scenarios,
  takesPart,
} from "./peers/scenario.ts";
import { linesOf, peerGoals, tableOf, warningsOf } from "./peers/goals.ts";

/**
 * Many short rounds instead of few long ones: disturbances on a shared machine last seconds, and the median ignores
 * them.
 */
type Plan = {
  readonly rounds: number;
  readonly runSeconds: number;
  /** A just-in-time compiler needs warm-up runs; the other servers only need to fill their caches. */
  readonly warmupSeconds: { readonly fedns: number; readonly others: number };
  /** Random names per round: so many that few are asked twice, since some peers would remember them. */
  readonly unknownCount: number;
};

const fullPlan: Plan = {
  rounds: 15,
  runSeconds: 0.6,
  warmupSeconds: { fedns: 3, others: 0.5 },
  unknownCount: 200_000,
};
const quickPlan: Plan = {
  rounds: 5,
  runSeconds: 0.2,
  warmupSeconds: { fedns: 0.6, others: 0.1 },
  unknownCount: 80_000,
};
const knownCount = 100_000;

export const peers: Bench = {
  name: "peers",
  claim:
    "CPU time of the answering processes per query, one core for the server and another for dnsperf, the same zone " +
    "(10,000 names of three A records) and the same questions for all servers, one thread or process each. The peers limit no " +
    "rates; fedns looks up the rate of every answer, but dnsperf's address (rateLimit.exempt) may exceed its limit.",
  run,
};

async function run(setting: BenchSetting): Promise<BenchReport> {
  const plan = setting.isQuick ? quickPlan : fullPlan;
  const startedMs = performance.now();
  const loadBefore = loadavg()[0] ?? 0;
  if (setting.processes.find(dnsperf.command) === null) return withoutLoad();
  const { entrants, absences } = await enter(
    [limit, fedns, ...peerContenders],
    setting,
    writeZone(setting.workDirectory),
  );
  const federated = entrants.find(({ running }) => running.federatedQueries !== undefined)?.running
    .federatedQueries;
  const queriesOf = (round: number): QueryFiles => ({
    federated: federated ?? null,
    ...writeQueries(setting.workDirectory, plan, round),
  });
  const warmupQueries = queriesOf(0);
  const entries = await admit(entrants, warmupQueries, absences);
  setting.signal.throwIfAborted();
  const series = entries.map(({ entrant, scenario }) => ({
    scenario: scenario.id,
    contender: entrant.contender.name,
    samples: [] as (Sample | null)[],
  }));
  await warmUp(entries, { setting, plan, queries: warmupQueries });
  let rounds = 0;
  for (let roundMs = 0; rounds < plan.rounds; rounds++) {
    const beginMs = performance.now();
    // A round that would exceed the time is not started, but at least one is run.
    if (rounds > 0 && beginMs - startedMs + roundMs > setting.budgetMs) break;
    setting.progress(`round ${rounds + 1} of ${plan.rounds}`);
    await runRound(entries, series, { setting, plan, queries: queriesOf(rounds + 1), round: rounds });
    roundMs = performance.now() - beginMs;
  }
  return report(series, { rounds, plan, loadBefore, absences, entrants });
}

type Entry = { readonly entrant: Entrant; readonly scenario: Scenario };

/** The contenders that take part in a scenario and have just answered one query right. */
async function admit(
  entrants: readonly Entrant[],
  queries: QueryFiles,
  absences: string[],
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (const scenario of scenarios) {
    for (const entrant of entrants) {
      if (!takesPart(entrant.contender.kind, scenario)) continue;
      const fault = await checkAnswer(entrant, scenario, queries);
      if (fault === null) entries.push({ entrant, scenario });
      else if (entrant.contender.kind !== "limit")
        absences.push(`${entrant.contender.name} is not measured in (${scenario.id}): ${fault}.`);
    }
  }
  return entries;
}

type Course = { readonly setting: BenchSetting; readonly plan: Plan; readonly queries: QueryFiles };

async function warmUp(entries: readonly Entry[], { setting, plan, queries }: Course): Promise<void> {
  setting.progress("warming up");
  for (const { entrant, scenario } of entries) {
    const isOurs = entrant.contender.kind === "fedns";
    if (!isOurs && scenario.id !== "b") continue;
    const seconds = isOurs ? plan.warmupSeconds.fedns : plan.warmupSeconds.others;
    await measure(entrant, { scenario, seconds, queries }, setting);
  }
}

/** Each contender once, scenario by scenario; the order rotates by one in each round. */
async function runRound(
  entries: readonly Entry[],
  series: readonly { readonly samples: (Sample | null)[] }[],
  { setting, plan, queries, round }: Course & { readonly round: number },
): Promise<void> {
  for (const scenario of scenarios) {
    const indexes = entries.flatMap((entry, index) => (entry.scenario === scenario ? [index] : []));
    const shift = round % Math.max(1, indexes.length);
    for (const index of [...indexes.slice(shift), ...indexes.slice(0, shift)]) {
      const entrant = entries[index]?.entrant;
      if (entrant === undefined) continue;
      const sample = await measure(entrant, { scenario, seconds: plan.runSeconds, queries }, setting);
      series[index]?.samples.push(sample);
    }
  }
}

/** All contenders get the same names in a round, and different ones in the next, so that caches do not help. */
function writeQueries(directory: string, plan: Plan, round: number): Omit<QueryFiles, "federated"> {
  const known = join(directory, "known.queries");
  const unknown = join(directory, "unknown.queries");
  writeFileSync(known, knownNames(knownCount, 1 + round));
  writeFileSync(unknown, unknownNames(plan.unknownCount, 1_000 + round));
  return { known, unknown };
}

type Outcome = {
  readonly rounds: number;
  readonly plan: Plan;
  /** Processes that wanted a core in the minute before: who else used the machine. */
  readonly loadBefore: number;
  readonly absences: readonly string[];
  readonly entrants: readonly Entrant[];
};

function report(series: readonly Series[], outcome: Outcome): BenchReport {
  const versions = outcome.entrants.flatMap(({ contender }) => {
    const debianPackage = contender.programs[0]?.debianPackage.split(" ")[0];
    const version =
      contender.kind === "peer" && debianPackage !== undefined ? packageVersion(debianPackage) : null;
    return version === null ? [] : [[contender.name, version] as const];
  });
  const lines = (id: ScenarioId): unknown =>
    scenarios.filter((one) => one.id === id).map((one) => linesOf(series, one))[0];
  const { rounds, plan, loadBefore, absences } = outcome;
  const loss = warningsOf(series);
  const how = `${rounds} alternating rounds of ${plan.runSeconds} s; ratios are medians of the rounds' own ratios. Load of the machine before: ${loadBefore.toFixed(2)}.`;
  const peerVersions = versions.map(([name, version]) => `${name} ${version}`).join(", ");
  return {
    results: {
      rounds,
      secondsPerRun: plan.runSeconds,
      loadBefore,
      versions: Object.fromEntries(versions),
      scenarios: scenarios.map(({ id, title }) => ({ id, title, contenders: lines(id) })),
      absent: absences,
      warnings: loss,
    },
    goals: peerGoals(series),
    tables: scenarios.map((scenario) => tableOf(series, scenario)),
    notes: [how, ...(peerVersions === "" ? [] : [`Versions: ${peerVersions}.`]), ...absences, ...loss],
  };
}

/** Without the load generator nothing can be measured, and each goal says so. */
function withoutLoad(): BenchReport {
  const absence = `${sayMissing([dnsperf])}: nothing was measured.`;
  return {
    results: { rounds: 0, scenarios: [], absent: [absence] },
    goals: peerGoals([]),
    tables: [],
    notes: [absence],
  };
}
