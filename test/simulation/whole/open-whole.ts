/** A federation as a whole, as its seed makes it, with all its processes. */
import type { RemovalAsk, RemovalState } from "../../../src/federation/removals/removal-ask.ts";
import type { Clock } from "../../../src/kernel/clock.ts";
import { removalFacts } from "../../../src/run/control/removal-facts.ts";
import { CacheLedger } from "../cache-ledger.ts";
import { Chance } from "../chance.ts";
import { type Control, startControl } from "../control.ts";
import { FakeProber } from "../fake-prober.ts";
import { freshDisk } from "../memory-store.ts";
import type { Settings } from "../plan-model.ts";
import { PROBE } from "../phrases.ts";
import { Sights } from "../replicas/sights.ts";
import { SimClock } from "../sim-clock.ts";
import { Workers } from "../workers.ts";
import { World } from "../world.ts";
import { prefer, wishFor } from "./events.ts";
import { WholeJudge } from "./judge.ts";
import { Propagator } from "./propagator.ts";
import { startResolvers } from "./resolvers.ts";
import { Site } from "./site.ts";
import { count, tell, type Whole } from "./world.ts";

const PICTURE_OCTETS = 1 << 20;
const KEYS_MOST = 2;
const ASK_TIMEOUT_MS = 5_000;
const LOOK_EVERY_MS = 5_000;

export async function openWhole(seed: number, folder: string): Promise<Whole> {
  const chance = new Chance(seed);
  const world = someWorld(chance);
  const sim = new SimClock();
  const disk = freshDisk(PICTURE_OCTETS, seed);
  const workers = new Workers(disk, chance.int(1, 3), seed);
  const keys = world.services.slice(0, KEYS_MOST);
  const prober = new FakeProber(world, chance, sim);
  const settings = someSettings(chance, world);
  const away = new Set<string>();
  const start = (before: Control | null): Promise<Control> =>
    startControl({
      sim,
      disk,
      workers,
      world,
      chance,
      prober,
      settings,
      folder,
      away,
      networks: [],
      keepsHealth: seed % 2 === 0,
      onHealth: () => undefined,
      before: { told: before?.told ?? new Map(), plans: before?.plans.plans ?? new Map() },
    });
  const parts = { seed, chance, sim, world, keys, workers, away };
  const whole: Whole = {
    ...parts,
    sites: sitesOf(parts, () => whole),
    wishes: new Map(),
    sights: new Sights(),
    cached: new CacheLedger(),
    judge: new WholeJudge(),
    control: null,
    restartControl: () => restartControl(whole, start),
    propagator: null as unknown as Propagator,
    restartPropagator: () => restartPropagator(whole),
    counts: new Map(),
    story: [],
    wrong: null,
  };
  whole.control = await start(null);
  const placement = { clusters: world.clusters.map(({ name }) => name), selector: null };
  for (const key of keys) wishFor(whole, key, { preference: null, placement, drain: "backends" });
  for (const key of keys) if (chance.is(0.8)) prefer(whole, key);
  whole.propagator = newPropagator(whole);
  startResolvers(whole);
  const { clock } = sim.process();
  const look = (): void => {
    whole.judge.look(whole);
    whole.cached.expire(Math.floor(sim.wallMs / 1000));
    clock.after(LOOK_EVERY_MS, look);
  };
  look();
  return whole;
}

/** Every cluster has the Service; nothing runs yet. */
function someWorld(chance: Chance): World {
  const world = new World(chance);
  for (const cluster of world.clusters)
    for (const key of world.services) {
      if (!cluster.services.has(key)) world.declare(chance, cluster, key, chance.is(0.4) ? [PROBE] : []);
      cluster.slices.set(key, { ready: 0, wanted: 0 });
    }
  return world;
}

function someSettings(chance: Chance, world: World): Settings {
  return {
    policy: chance.pick(["geo", "nearest", "weighted", "failover", "all"] as const),
    weights: null,
    order: null,
    draws: chance.is(0.7) ? 1 : 2,
    most: chance.int(1, 8),
    ttl: chance.pick([5, 30, 60]),
    halfKm: 500,
    spillBelow: chance.pick([0.3, 0.7, 1]),
    clusters: world.clusters.map(({ name }) => name),
  };
}

type Parts = Pick<Whole, "chance" | "sim" | "world" | "keys">;

function sitesOf({ chance, sim, world, keys }: Parts, whole: () => Whole): ReadonlyMap<string, Site> {
  const { clock } = sim.process();
  const sites = new Map<string, Site>();
  for (const cluster of world.clusters)
    for (const key of keys) {
      const onReady = (): void => {
        const { ready, room, running } = site;
        const { sights, judge, propagator, control } = whole();
        sights.note(cluster.name, key, { ready, room }, sim.nowMs);
        judge.ready(cluster.name, key, ready);
        propagator.see(cluster.name);
        const before = cluster.slices.get(key);
        if (before?.ready === ready && before.wanted === running) return;
        cluster.slices.set(key, { ready, wanted: running });
        control?.feeds
          .get(cluster.name)
          ?.watch("slices", key, chance.is(0.1) ? chance.int(500, 8_000) : chance.int(5, 500));
      };
      const site = new Site({
        chance,
        nowMs: () => sim.nowMs,
        after: (ms, action) => clock.after(ms, action),
        onReady,
      });
      sites.set(`${cluster.name} ${key}`, site);
    }
  return sites;
}

/** It may be away for a while; what workers have written is gathered before it ends. */
async function restartControl(
  whole: Whole,
  start: (before: Control | null) => Promise<Control>,
): Promise<void> {
  const { control: before, workers, sim, chance } = whole;
  if (before === null) return;
  for (const worker of workers.all) workers.refresh(worker, sim.wallMs);
  before.store.settle();
  // KNOWN GAP of the picture: what has left it is remembered by the writing process only.
  if (before.store.cachedAddresses.departed(Math.floor(sim.wallMs / 1000)).length > 0) return;
  await before.end();
  whole.control = null;
  tell(whole, "control ends");
  const again = async (): Promise<void> => {
    whole.control = await start(before);
    tell(whole, "control begins");
  };
  if (chance.is(0.5)) return again();
  const { clock } = sim.process();
  clock.after(chance.int(1_000, 70_000), () => {
    sim.isBusy = true;
    void again();
  });
}

function restartPropagator(whole: Whole): void {
  const { propagator, sim, chance } = whole;
  propagator.end();
  tell(whole, "the propagator is killed");
  sim.process().clock.after(chance.pick([10, 5_000, 70_000]), () => {
    if (whole.propagator !== propagator) return;
    tell(whole, "a propagator begins");
    whole.propagator = newPropagator(whole);
  });
}

function newPropagator(whole: Whole): Propagator {
  const { sim, world } = whole;
  const { clock: bare, kill } = sim.process();
  const clock: Clock = {
    ...bare,
    after: (ms, action) =>
      bare.after(ms, () => {
        // Promises go on behind it.
        sim.isBusy = true;
        action();
      }),
  };
  const channel = (asks: readonly RemovalAsk[]): Promise<readonly RemovalState[] | null> =>
    ask(whole, clock, asks);
  const names = world.clusters.map(({ name }) => name);
  const propagator = new Propagator({ whole: () => whole, clock, kill, channel }, names);
  whole.propagator = propagator;
  propagator.begin();
  return propagator;
}

async function ask(
  whole: Whole,
  clock: Clock,
  asks: readonly RemovalAsk[],
): Promise<readonly RemovalState[] | null> {
  const { chance } = whole;
  const pass = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve));
  await pass(chance.int(1, 20));
  const { control } = whole;
  if (control === null) {
    await pass(ASK_TIMEOUT_MS);
    return null;
  }
  const isComplete = [...control.feeds.values()].every(({ isSynced }) => isSynced);
  const hosts = { servicesBehindHosts: () => new Map<string, ReadonlySet<string>>() };
  const sources = { ...control, fleet: { isComplete }, hosts } as unknown as Parameters<
    typeof removalFacts
  >[0];
  const states = control.orders.followRemovals(asks, removalFacts(sources, asks));
  for (const { kind } of states) count(whole, `removal: ${kind}`);
  await pass(chance.int(1, 20));
  return states;
}
