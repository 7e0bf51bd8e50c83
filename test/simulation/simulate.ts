/** One seed from beginning to end: a federation, what happens to it, and all that must hold after each step. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HealthChange } from "../../src/traffic/tracker/report.ts";
import { Chance } from "./chance.ts";
import { checkCalm } from "./calm.ts";
import { someClient, someNetworks } from "./clients.ts";
import { type Control, startControl } from "./control.ts";
import { someEvent } from "./events.ts";
import { FakeProber } from "./fake-prober.ts";
import { GuardWatch } from "./guard-checks.ts";
import { HealthLedger } from "./health-ledger.ts";
import { CacheLedger } from "./cache-ledger.ts";
import { askLate, checkQuestion } from "./invariants.ts";
import { freshDisk } from "./memory-store.ts";
import { OrderModel } from "./order-model.ts";
import { checkProofs } from "./proof-checks.ts";
import { ClientMap, nearnessFor } from "./place-model.ts";
import type { Settings } from "./plan-model.ts";
import { someQuestion } from "./questions.ts";
import { count, type Run, type Sabotage, Violation } from "./run-state.ts";
import { askAmidCommit } from "./amid.ts";
import { checkShares } from "./shares.ts";
import { SimClock } from "./sim-clock.ts";
import { checkClusterShares, checkHealth, checkCached, checkPicture } from "./state-checks.ts";
import { Workers } from "./workers.ts";
import { World } from "./world.ts";

export type Outcome = {
  readonly seed: number;
  readonly steps: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly failure: Failure | null;
};
export type Failure = {
  readonly step: number;
  readonly what: string;
  readonly story: readonly string[];
  readonly question: string;
  readonly answer: string;
};

/** The last things that happened, the question and the answer, and how to see it again. */
export function failureText({ seed, steps, failure }: Outcome): string {
  if (failure === null) return "";
  const { step: at, what, story, question, answer } = failure;
  return [
    `seed ${seed}, step ${at} of ${steps}: ${what}`,
    ...story.map((line) => `  ${line}`),
    `  last question: ${question}`,
    `  its answer: ${answer}`,
    `again: npm run simulate -- --seed ${seed} --steps ${Math.min(at, steps)}`,
  ].join("\n");
}

const PICTURE_OCTETS = 1 << 20;
const QUESTIONS = 12;

export async function simulate(seed: number, steps: number, sabotage: Sabotage = {}): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "fedns-simulation-"));
  const begun = { run: null as Run | null, step: 0 };
  try {
    const run = await begin(seed, folder, sabotage);
    begun.run = run;
    for (begun.step = 1; begun.step <= steps; begun.step++) await step(run, sabotage);
    sabotage.onCalm?.(run);
    await checkCalm(run);
    askAround(run);
    await run.control.end();
    return { seed, steps, counts: run.counts, failure: null };
  } catch (error) {
    const { run } = begun;
    await run?.control.end();
    const what =
      error instanceof Violation ? error.message : error instanceof Error ? (error.stack ?? "") : "?";
    const { story = [], question = "", answer = "", counts = new Map<string, number>() } = run ?? {};
    const failure = { step: begun.step, what, story: story.slice(-30), question, answer };
    return { seed, steps, counts, failure };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function begin(seed: number, folder: string, sabotage: Sabotage): Promise<Run> {
  const chance = new Chance(seed);
  const world = new World(chance);
  const sim = new SimClock();
  const disk = freshDisk(PICTURE_OCTETS, seed);
  const workers = new Workers(disk, chance.int(1, 3), seed);
  const prober = new FakeProber(world, chance, sim);
  const names = world.clusters.map(({ name }) => name);
  const networks = someNetworks(chance, names);
  const keepsHealth = seed % 8 === 0;
  const away = new Set<string>(chance.some(names, 0.05));
  const health = new HealthLedger(prober.heard);
  const start = async (settings: Settings, before: Control | null): Promise<Control> => {
    const told = before?.told ?? new Map();
    const plans = before?.plans.plans ?? new Map();
    const onHealth = (changes: readonly HealthChange[]): void => {
      const wrong = health.take(sabotage.onHealth?.(changes) ?? changes, sim.nowMs);
      if (wrong !== null) run.wrong = wrong;
    };
    const control = await startControl({
      sim,
      disk,
      workers,
      world,
      chance,
      prober,
      settings,
      networks,
      folder,
      keepsHealth,
      away,
      onHealth,
      before: { told, plans },
    });
    sabotage.onControl?.(control, { sim });
    return control;
  };
  const settings = someSettings(chance, names);
  const run: Run = {
    seed,
    chance,
    sim,
    world,
    disk,
    workers,
    prober,
    networks,
    away,
    folder,
    settings,
    health,
    clients: new ClientMap(networks),
    orders: new OrderModel(),
    cached: new CacheLedger(),
    guard: new GuardWatch(),
    hasPlaces: () =>
      networks.some((one) =>
        [...(nearnessFor(one, run.control.told, run.settings.halfKm)?.values() ?? [])].some(
          ({ halvings, rank }) => halvings > 0 || rank > 0,
        ),
      ),
    onAnswer: sabotage.onAnswer ?? ((bytes) => bytes),
    restart: async (next) => {
      // KNOWN GAP: what workers have written into the former file, before they look for the fresh one, is lost if
      // control ends before gathering it.
      for (const worker of workers.all) workers.refresh(worker, sim.wallMs);
      run.control.store.settle();
      await run.control.end();
      run.guard.forget();
      const forgotten = run.cached.forgetDeparted(run.control, Math.floor(sim.wallMs / 1000));
      count(run, "known gap: departed addresses forgotten by a restart", forgotten);
      if (!keepsHealth) health.forget();
      run.settings = next;
      run.control = await start(next, run.control);
    },
    control: await start(settings, null),
    counts: new Map(),
    story: [],
    question: "",
    answer: "",
    wrong: null,
  };
  return run;
}

function someSettings(chance: Chance, names: readonly string[]): Settings {
  const clusters = chance.is(0.7) ? names : chance.shuffle(chance.some(names, 0.8));
  return {
    policy: chance.pick(["geo", "geo", "nearest", "weighted", "failover", "all"] as const),
    weights: chance.is(0.2) ? new Map(names.map((name) => [name, chance.int(0, 4)])) : null,
    order: chance.is(0.2) ? chance.shuffle(names) : null,
    draws: chance.is(0.85) ? 1 : 2,
    most: chance.int(1, 8),
    ttl: chance.pick([5, 30, 60]),
    halfKm: chance.pick([100, 500, 5000]),
    spillBelow: chance.pick([0.3, 0.7, 1]),
    clusters: clusters.length === 0 ? names : clusters,
  };
}

async function step(run: Run, sabotage: Sabotage): Promise<void> {
  const { chance, sim } = run;
  for (let events = chance.int(1, 3); events > 0; events--) {
    await someEvent(run);
    if (chance.is(0.3)) askLate(run, someQuestion(run, someClient(chance)));
  }
  const ms = chance.weighed([
    [chance.int(1, 100), 3],
    [chance.int(100, 15_000), 6],
    [chance.int(15_000, 120_000), 3],
    [chance.int(600_000, 2_400_000), 0.25],
    [chance.int(3_600_000, 4_000_000), 0.05],
  ]);
  await sim.advance(ms);
  run.orders.tick(sim.wallMs, sim.nowMs);
  sabotage.onStep?.(run);
  // What waits to be published is published in a moment.
  do await sim.advance(2);
  while ([...run.control.feeds.values()].some(({ lastToldMs }) => sim.nowMs - lastToldMs < 2));
  checkProofs(run);
  await checkHealth(run);
  if (run.wrong !== null) throw new Violation(run.wrong);
  checkClusterShares(run);
  run.guard.check(run);
  if (run.orders.isUnsure(sim.wallMs, sim.nowMs)) count(run, "not asked: a force is about to end");
  else {
    askAround(run);
    if (chance.is(0.2)) askAmidCommit(run);
  }
  await checkHealth(run);
  if (chance.is(0.3)) checkPicture(run);
  checkCached(run);
}

/**
 * Queries workers that have looked for a fresh picture lately and workers that have not; only the former must tell the
 * truth.
 */
function askAround(run: Run): void {
  const { chance, workers, sim } = run;
  for (const worker of workers.all) workers.refresh(worker, sim.wallMs);
  for (let i = 0; i < QUESTIONS; i++) checkQuestion(run, someQuestion(run, someClient(chance)));
  for (let i = 0; i < 3; i++) {
    if (!chance.is(0.4)) continue;
    if (checkShares(run, someQuestion(run, someClient(chance)))) count(run, "steps with shares counted");
  }
}
