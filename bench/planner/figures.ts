/**
 * Plans in a process of its own, with nothing else in it. Prints one PlannerFigures.
 *
 *   node --expose-gc bench/planner/figures.ts OBJECTS MEMBERS ROUNDS
 */
import {
  type ClusterPreference,
  planReplicas,
  type PlanRule,
  type Preferences,
} from "../../src/propagate/planner/planner.ts";
import {
  planSteadily,
  type ShownReplicas,
  type SteadyPlan,
} from "../../src/propagate/planner/steady-plan.ts";

export type PlannerFigures = {
  readonly copies: number;
  /** CPU time of one plan over all members, in microseconds; one figure for each round. */
  readonly planMicros: Readonly<Record<PlanRule, readonly number[]>>;
  /** CPU time of all decisions after one member is away, in milliseconds; one figure for each round. */
  readonly lossCpuMs: readonly number[];
  readonly lossWallMs: readonly number[];
  /** Replicas that were moved to other members. */
  readonly moved: number;
  /** Octets that a decision and what it must know of the next take in memory, for each copy. */
  readonly octetsPerCopy: number;
};

const [objects = 0, members = 0, rounds = 0] = process.argv.slice(2).map(Number);
const names = Array.from({ length: members }, (_, i) => `member-${i}`);
const settings = { regainAfterMs: 300_000, surge: 3, rule: "even" as const };
const kinds: readonly Preferences[] = [
  preferences(false, () => ({ minReplicas: 0, maxReplicas: null, weight: 1 })),
  preferences(true, () => ({ minReplicas: 0, maxReplicas: null, weight: 1 })),
  preferences(true, (i) => ({ minReplicas: 0, maxReplicas: null, weight: 1 + (i % 3) })),
  preferences(false, (i) => ({ minReplicas: 1, maxReplicas: 4 + i, weight: 1 + (i % 3) })),
  preferences(true, (i) => ({ minReplicas: i % 4, maxReplicas: 5 + i, weight: 3 })),
];

function preferences(rebalance: boolean, of: (index: number) => ClusterPreference): Preferences {
  return { rebalance, clusters: new Map(names.map((name, i) => [name, of(i)])) };
}

function wantedOf(object: number): {
  readonly total: number;
  readonly clusters: readonly string[];
  readonly key: string;
  readonly preferences: Preferences;
} {
  const kind = kinds[object % kinds.length] as Preferences;
  return { total: 5 + (object % 36), clusters: names, key: `default/web-${object}`, preferences: kind };
}

function planRound(rule: PlanRule): number {
  const none = new Map<string, number>();
  const running = new Map(names.map((name, i) => [name, i % 4]));
  const full = new Map([[names[0] ?? "", 1]]);
  const startedMs = cpuMs();
  for (let object = 0; object < objects; object++) {
    const current = object % 2 === 0 ? none : running;
    planReplicas({ ...wantedOf(object), current, capacity: object % 10 === 0 ? full : none }, rule);
  }
  return ((cpuMs() - startedMs) * 1000) / objects;
}

/** All is ready where it was decided to be. */
function seenAfter({ replicas }: SteadyPlan): ReadonlyMap<string, ShownReplicas> {
  return new Map(
    [...replicas].map(([name, count]) => [
      name,
      { replicas: count, ready: count, isObserved: true, unschedulable: 0 },
    ]),
  );
}

function decideAll(before: readonly SteadyPlan[] | null, away: ReadonlySet<string>): SteadyPlan[] {
  const decisions: SteadyPlan[] = [];
  for (let object = 0; object < objects; object++) {
    const last = before?.[object] ?? null;
    const seen = last === null ? new Map<string, ShownReplicas>() : seenAfter(last);
    decisions.push(
      planSteadily({
        ...wantedOf(object),
        ...settings,
        seen,
        away,
        autoscaled: new Set<string>(),
        before: last,
        nowMs: 0,
      }),
    );
  }
  return decisions;
}

function movedBetween(before: readonly SteadyPlan[], after: readonly SteadyPlan[]): number {
  let moved = 0;
  for (const [object, { replicas }] of after.entries())
    for (const [name, count] of replicas)
      moved += Math.max(0, count - (before[object]?.replicas.get(name) ?? 0));
  return moved;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function heapOctets(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

const planMicros: Record<PlanRule, number[]> = { kubefed: [], even: [] };
for (let round = 0; round < rounds; round++)
  for (const rule of ["kubefed", "even"] as const) planMicros[rule].push(planRound(rule));

const bare = heapOctets();
const placed = decideAll(null, new Set());
const octetsPerCopy = (heapOctets() - bare) / (objects * members);
const lossCpuMs: number[] = [];
const lossWallMs: number[] = [];
let moved = 0;
for (let round = 0; round < rounds; round++) {
  const [beganCpuMs, beganMs] = [cpuMs(), performance.now()];
  const decided = decideAll(placed, new Set([names[round % members] ?? ""]));
  lossCpuMs.push(cpuMs() - beganCpuMs);
  lossWallMs.push(performance.now() - beganMs);
  moved = movedBetween(placed, decided);
}
const figures: PlannerFigures = {
  copies: objects * members,
  planMicros,
  lossCpuMs,
  lossWallMs,
  moved,
  octetsPerCopy,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
