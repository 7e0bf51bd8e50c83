/**
 * One life of the control process, put together as src/control/child.ts does it: orders, health, traffic, the pipeline from
 * the picture, a feed for each member. It ends with its clock; the picture and the files of state live on.
 */
import { type Pipeline, openPipeline } from "../../src/run/control/pipeline.ts";
import { generatedZones } from "../../src/federation/zones/generated-zones.ts";
import { type Config, readSettings } from "../../src/run/config/config.ts";
import { buildTable } from "../../src/traffic/locate/table.ts";
import { silentLog } from "../../src/kernel/log.ts";
import type { HealthChange } from "../../src/traffic/tracker/report.ts";
import { geographyOf } from "../../src/traffic/plan/geography.ts";
import { admit } from "../support/admit.ts";
import type { Chance } from "./chance.ts";
import type { FakeProber } from "./fake-prober.ts";
import { Feed, type Told } from "./feed.ts";
import { asPictureStore, type Disk, MemoryStore } from "./memory-store.ts";
import { frozen, type Plan, PlanModel, type Settings } from "./plan-model.ts";
import type { Network } from "./place-model.ts";
import type { SimClock } from "./sim-clock.ts";
import type { Workers } from "./workers.ts";
import type { World } from "./world.ts";

const SYNC_BOUND_MS = 60_000;

export type ControlOptions = {
  readonly sim: SimClock;
  readonly disk: Disk;
  readonly workers: Workers;
  readonly world: World;
  readonly chance: Chance;
  readonly prober: FakeProber;
  readonly settings: Settings;
  readonly networks: readonly Network[];
  /** The state directory. */
  readonly folder: string;
  /** Health survives, too. */
  readonly keepsHealth: boolean;
  /** What the previous control process was told, and its plans. */
  readonly before: { readonly told: Told; readonly plans: ReadonlyMap<string, Plan> };
  /** APIs that are away. */
  readonly away: ReadonlySet<string>;
  readonly onHealth: (changes: readonly HealthChange[]) => void;
};

export type Control = Pipeline & {
  readonly config: Config;
  readonly store: MemoryStore;
  readonly feeds: ReadonlyMap<string, Feed>;
  readonly told: Told;
  readonly plans: PlanModel;
  /** Ends it, as SIGTERM would. */
  readonly end: () => Promise<void>;
};

export async function startControl(options: ControlOptions): Promise<Control> {
  const { sim, disk, workers, settings, networks, prober, chance, folder } = options;
  const { clock, kill } = sim.process();
  const config = configOf(settings);
  const store = new MemoryStore(disk, (current) => workers.passedSerial(current));
  disk.generation += 1;
  const told = inheritedTold(options);
  const { plans: saved } = options.before;
  const plans = new PlanModel(told, settings, frozen(saved, [...told.keys()]));
  const pipeline = await openPipeline({
    config,
    inForce: () => config,
    store: asPictureStore(store),
    zones: { zones: generatedZones(config), retained: [] },
    prober: prober.prober(clock),
    ordersPath: `${folder}/orders.json`,
    healthPath: options.keepsHealth ? `${folder}/health.json` : null,
    placesPath: null,
    clock,
    random: () => chance.next(),
    log: silentLog,
  });
  admit(pipeline, config);
  const { federation, changes, orders, tracker, publisher } = pipeline;
  changes.subscribe({ onHealth: options.onHealth });
  publisher.keepSerial();
  for (const key of options.world.services) plans.refresh(key);
  const settle = (): void => {
    if (plans.isSettled) return;
    publisher.settle();
    plans.settle(options.world.services);
  };
  const feeds = new Map<string, Feed>();
  const onSynced = (): void => {
    for (const [name, { isSynced }] of feeds) if (isSynced) publisher.read(name);
    if (![...feeds.values()].every(({ isSynced }) => isSynced)) return;
    settle();
    tracker.markInitialSyncDone();
  };
  const onTold = (key: string | null, namespace: string | null): void => {
    for (const one of options.world.services)
      if (one === key || (namespace !== null && one.startsWith(`${namespace}/`))) plans.refresh(one);
  };
  for (const name of settings.clusters) {
    const cluster = options.world.cluster(name);
    const feed = new Feed({ cluster, federation, told, clock, chance, onTold, onSynced });
    feeds.set(name, feed);
  }
  for (const [name, feed] of feeds) if (!options.away.has(name)) feed.resume(chance.int(1, 3000));
  clock.after(SYNC_BOUND_MS, settle);
  const networkClasses = networks.map(({ cidr, cluster, region, location }) => ({
    cidr,
    cluster,
    region,
    location,
  }));
  publisher.setGeography(geographyOf(buildTable(null, networkClasses), settings.halfKm));
  const end = async (): Promise<void> => {
    kill();
    orders.stop();
    for (const feed of feeds.values()) feed.end();
    await tracker.close();
  };
  return { ...pipeline, config, store, feeds, told, plans, end };
}

/**
 * The picture holds what the last control process knew, except annotations and clusters that are no members any more.
 */
function inheritedTold({ before, settings }: ControlOptions): Told {
  return new Map(
    settings.clusters.map((name) => {
      const known = before.told.get(name);
      const backends = [...(known?.backends ?? [])].map(([key, one]) => {
        const wanted = before.plans.get(key)?.wanted(name) ?? one.wanted;
        return [key, { ...one, wanted, annotations: null }] as const;
      });
      const { places = [], point = null } = known ?? {};
      return [name, { name, places, point, backends: new Map(backends), namespaces: new Map() }];
    }),
  );
}

export const ZONE = "example.com";
export const FEDERATION = "fed";

function configOf({
  clusters,
  policy,
  weights,
  order,
  draws,
  most,
  ttl,
  halfKm,
  spillBelow,
}: Settings): Config {
  const raw = {
    federations: [{ name: FEDERATION, domain: ZONE }],
    nameservers: [{ name: `ns1.${ZONE}`, addresses: ["192.0.2.53"] }],
    clusters: clusters.map((name) => ({ name, kubeconfig: `./${name}` })),
    ttlSeconds: ttl,
    maxAnswers: most,
    traffic: {
      policy,
      weights: weights === null ? {} : Object.fromEntries(weights),
      failoverOrder: order ?? [],
      clusters: draws,
      halfDistanceKm: halfKm,
      spillBelow,
    },
    locate: { database: "none" },
    // The model of answers knows no places but those of today.
    placesKeptSeconds: 0,
  };
  const read = readSettings(raw, "/fedns.yaml");
  if ("issues" in read) throw new Error(JSON.stringify(read.issues));
  return read.config;
}
