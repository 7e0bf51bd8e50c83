/**
 * The `geo` bench: the cost of answering by client location, and the cost of the client table.
 *
 * A host process (geo/host.ts) has the bridge of control, gets the table as control does, and keeps a real serve
 * process. dnsperf asks it for services of nine endpoints, each query with another client's subnet; in turns with that
 * it sends the same queries to the echo, and plain ones for static names to NSD and Knot. Afterwards a separate process
 * (geo/table-figures.ts) looks up random addresses in the finished table and adds clusters.
 */
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { messageOf } from "../src/kernel/error.ts";
import { readTable } from "../src/traffic/locate/table-file.ts";
import type { Bench, BenchReport, BenchSetting } from "./bench.ts";
import { locatedV6 } from "./geo/prefixes.ts";
import { randomV4, randomV6, subnetQuery, wireQueries } from "./geo/queries.ts";
import { type GeoReply, judgeGeo, readGeoReply } from "./geo/reply.ts";
import { type Host, measureTable, startHost } from "./geo/start.ts";
import { clientsNote, type GeoFigures, geoGoals, type GeoId, geoTables, titles } from "./geo/goals.ts";
import { askUdp } from "./load/ask.ts";
import { dnsperf } from "./load/dnsperf.ts";
import { sayMissing } from "./load/programs.ts";
import { createRandom, knownNames, writeZone } from "./load/zone.ts";
import { limit, peerContenders } from "./peers/contenders.ts";
import { enter, type Entrant, measureLoad, type Pressure } from "./peers/measure.ts";
import type { Sample } from "./peers/scenario.ts";
import { linesOf, warningsOf } from "./peers/goals.ts";

type Plan = {
  readonly rounds: number;
  readonly runSeconds: number;
  readonly warmupSeconds: number;
  readonly queries: number;
  readonly lookUpSeconds: number;
  readonly joins: number;
  /** Reserved for look-ups and joins. */
  readonly tableMs: number;
};

const fullPlan: Plan = {
  rounds: 15,
  runSeconds: 0.6,
  warmupSeconds: 3,
  queries: 100_000,
  lookUpSeconds: 3,
  joins: 9,
  tableMs: 60_000,
};
const quickPlan: Plan = {
  rounds: 3,
  runSeconds: 0.2,
  warmupSeconds: 0.6,
  queries: 20_000,
  lookUpSeconds: 0.5,
  joins: 1,
  tableMs: 10_000,
};
const services = 10_000;
/** Queries that are checked before the load, half of them with IPv4 subnets, half with IPv6. */
const samples = 60;
const askTimeoutMs = 500;
const rivals = ["NSD", "Knot"];
/** Twenty sockets and a hundred queries under way, as in `peers`. */
const width = { transport: "udp", edns: false, clients: 20, outstanding: 100 } as const;

export const geo: Bench = {
  name: "geo",
  claim:
    "CPU time of the answering processes per query, when the client's subnet (EDNS) decides among three clusters of three " +
    "addresses on three continents, by a table of all of the Internet, for 10,000 services; beside an echo of the same queries, and " +
    "plain queries to NSD and Knot, as in `peers`. What the table costs: to build, to keep in memory, to look up, and " +
    "when a cluster joins. The bound of its memory is our own: the table in the picture, and once more beside it.",
  run,
};

async function run(setting: BenchSetting): Promise<BenchReport> {
  const plan = setting.isQuick ? quickPlan : fullPlan;
  const startedMs = performance.now();
  const loadBefore = loadavg()[0] ?? 0;
  if (setting.processes.find(dnsperf.command) === null)
    return withoutFigures(`${sayMissing([dnsperf])}: nothing was measured.`);
  const peers = [limit, ...peerContenders.filter(({ name }) => rivals.includes(name))];
  const [{ entrants, absences }, host] = await Promise.all([
    enter(peers, setting, writeZone(setting.workDirectory)),
    startHost(setting, services).catch(messageOf),
  ]);
  setting.signal.throwIfAborted();
  if (typeof host === "string") return withoutFigures(`fedns is absent: ${host}.`);
  const saved = readTable(host.tablePath);
  if (saved === null) return withoutFigures("fedns is absent: the table in its file is not whole.");
  const prefixes = locatedV6(saved.table.words);
  const fault = judgeGeo(await askSome(host, prefixes));
  if (fault !== null) absences.push(`fedns is not measured: ${fault}.`);
  const everyone = fault === null ? [host.entrant, ...entrants] : entrants;
  const entries = everyone.flatMap((entrant): readonly Entry[] =>
    idsOf(entrant).map((id) => ({ entrant, scenario: id, contender: entrant.contender.name, samples: [] })),
  );
  const course = { setting, plan, prefixes };
  const { budgetMs } = setting;
  await warmUp(entries, course);
  let rounds = 0;
  for (let roundMs = 0; rounds < plan.rounds; rounds++) {
    const beginMs = performance.now();
    // A round that would exceed the time is not started, but at least one is run.
    if (rounds > 0 && beginMs - startedMs + roundMs > budgetMs - plan.tableMs) break;
    setting.progress(`round ${rounds + 1} of ${plan.rounds}`);
    await runRound(entries, course, rounds);
    roundMs = performance.now() - beginMs;
  }
  const atEnd = host.residents();
  const leftMs = budgetMs - (performance.now() - startedMs);
  const table = await measureTable(host.tablePath, { ...plan, budgetMs: leftMs }, setting);
  if (table === null) absences.push("For look-ups and joins there was no time left.");
  const figures = { series: entries, host: host.figures, atEnd, table };
  return report(figures, { plan, rounds, loadBefore, absences });
}

/** One contender with one kind of question, and its results round by round. */
type Entry = {
  readonly entrant: Entrant;
  readonly scenario: GeoId;
  readonly contender: string;
  readonly samples: (Sample | null)[];
};

/**
 * The echo gets every kind of question, because its cost depends on the length; peers get only those they can answer.
 */
function idsOf({ contender }: Entrant): readonly GeoId[] {
  return contender.kind === "limit" ? ["g", "h", "b"] : contender.kind === "peer" ? ["b"] : ["g", "h"];
}

/** `prefixes`: where IPv6 clients can be. */
type Course = { readonly setting: BenchSetting; readonly plan: Plan; readonly prefixes: Int32Array };

async function askSome({ entrant }: Host, prefixes: Int32Array): Promise<readonly (GeoReply | null)[]> {
  const random = createRandom(3);
  const replies: (GeoReply | null)[] = [];
  for (let id = 0; id < samples; id++) {
    const subnet = id % 2 === 0 ? randomV4(random) : randomV6(prefixes, random);
    const query = subnetQuery(Math.floor(random() * services), subnet, id);
    const read = (message: Uint8Array): GeoReply | null => readGeoReply(message, id);
    replies.push(await askUdp(entrant.running.port, query, read, askTimeoutMs));
  }
  return replies;
}

/** A just-in-time compiler needs warm-up runs; the other servers only need to fill their caches. */
async function warmUp(entries: readonly Entry[], course: Course): Promise<void> {
  const { setting, plan } = course;
  setting.progress("warming up");
  const files = writeQueries(course, 0);
  for (const { entrant, scenario } of entries) {
    if (entrant.contender.kind === "limit") continue;
    const seconds = entrant.contender.kind === "fedns" ? plan.warmupSeconds : plan.runSeconds;
    await measureLoad(entrant, pressureOf(scenario, files, seconds), setting);
  }
}

/** Each contender once; the order rotates by one in each round. */
async function runRound(entries: readonly Entry[], course: Course, round: number): Promise<void> {
  const { setting, plan } = course;
  const files = writeQueries(course, round + 1);
  const shift = round % Math.max(1, entries.length);
  for (const { entrant, scenario, samples: taken } of [...entries.slice(shift), ...entries.slice(0, shift)])
    taken.push(await measureLoad(entrant, pressureOf(scenario, files, plan.runSeconds), setting));
}

type QueryFiles = Readonly<Record<GeoId, string>>;

/** All contenders get the same queries in a round, and different ones in the next. */
function writeQueries({ setting, plan, prefixes }: Course, round: number): QueryFiles {
  const fileOf = (id: GeoId): string => join(setting.workDirectory, `${id}.queries`);
  const files = { g: fileOf("g"), h: fileOf("h"), b: fileOf("b") };
  const random = createRandom(100 + round);
  const { queries: count } = plan;
  writeFileSync(files.g, wireQueries({ count, services, subnet: randomV4 }, random));
  writeFileSync(
    files.h,
    wireQueries({ count, services, subnet: (draw) => randomV6(prefixes, draw) }, random),
  );
  writeFileSync(files.b, knownNames(count, 100 + round));
  return files;
}

function pressureOf(id: GeoId, files: QueryFiles, seconds: number): Pressure {
  return { load: { ...width, queryFile: files[id], isWire: id !== "b", seconds }, rcode: "NOERROR" };
}

type Outcome = {
  readonly plan: Plan;
  readonly rounds: number;
  /** Processes that wanted a core in the minute before: who else used the machine. */
  readonly loadBefore: number;
  readonly absences: readonly string[];
};

function report(figures: GeoFigures, { plan, rounds, loadBefore, absences }: Outcome): BenchReport {
  const { series, host, atEnd, table } = figures;
  const loss = warningsOf(series);
  const how = `${rounds} alternating rounds of ${plan.runSeconds} s; ratios are medians of the rounds' own ratios. Load of the machine before: ${loadBefore.toFixed(2)}.`;
  const ids = ["g", "h", "b"] as const;
  const scenarios = ids.map((id) => ({
    id,
    title: titles[id],
    contenders: linesOf(series, { id, title: titles[id] }),
  }));
  const notes = [how, ...(host === null ? [] : [clientsNote(host)]), ...absences, ...loss];
  return {
    results: { rounds, secondsPerRun: plan.runSeconds, loadBefore, scenarios, host, atEnd, table, notes },
    goals: geoGoals(figures),
    tables: geoTables(figures),
    notes,
  };
}

function withoutFigures(absence: string): BenchReport {
  const goals = geoGoals({ series: [], host: null, atEnd: null, table: null });
  return { results: { rounds: 0, scenarios: [], absent: [absence] }, goals, tables: [], notes: [absence] };
}
