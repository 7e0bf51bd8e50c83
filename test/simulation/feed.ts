/**
 * How the truth of one cluster reaches the federation: late, in bursts, with services and slices out of step; not at
 * all while its API is away; complete once it is back. Keeps what was reported, because answers can depend only on
 * that.
 */
import type { Clock } from "../../src/kernel/clock.ts";
import type { Federation } from "../../src/federation/members/federation.ts";
import { type Backend, NO_ANNOTATIONS, type Annotations } from "../../src/federation/members/backend.ts";
import { sortPlaces } from "../../src/federation/members/cluster.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { watchStaleness } from "../../src/fleet/members/stale.ts";
import type { Chance } from "./chance.ts";
import type { Place, Point, Sayings, ServiceObject, Slices } from "./world.ts";
import type { Cluster } from "./world.ts";

export const STALE_AFTER_MS = 3_600_000;

/**
 * One service of one cluster as it was reported. `said` null: it is from an earlier run, and its annotations are
 * unknown.
 */
export type ToldBackend = {
  readonly ready: number;
  readonly wanted: number;
  readonly annotations: Sayings | null;
  readonly ipv4: readonly number[];
  readonly ipv6: readonly string[];
};
export type ToldCluster = {
  readonly name: string;
  places: readonly Place[];
  point: Point | null;
  readonly backends: Map<string, ToldBackend>;
  readonly namespaces: Map<string, Sayings>;
};
/** What the federation believes, by name of the cluster; only members. */
export type Told = Map<string, ToldCluster>;

type Message = { readonly text: string; readonly deliver: () => void };

export type FeedOptions = {
  readonly cluster: Cluster;
  readonly federation: Federation;
  readonly told: Told;
  readonly clock: Clock;
  readonly chance: Chance;
  /** For one service, or for all services (null) of a namespace. */
  readonly onTold: (key: string | null, namespace: string | null) => void;
  readonly onSynced: () => void;
};

/**
 * The pause between two messages of one cluster: the publisher gathers for a millisecond, and each state is to be seen.
 */
const APART_MS = 3;

export class Feed {
  readonly #options: FeedOptions;
  /** What has arrived of each kind. */
  readonly #services: Map<string, ServiceObject> = new Map();
  readonly #slices: Map<string, Slices> = new Map();
  #busyUntilMs = 0;
  #blindSinceWallMs: number | null;
  isSynced = false;
  #isStale = false;
  /** When something was delivered last: it may not be published yet. */
  lastToldMs: number = -Infinity;
  readonly #stop = new AbortController();

  constructor(options: FeedOptions) {
    this.#options = options;
    const { clock, federation, cluster } = options;
    this.#blindSinceWallMs = clock.wallMs();
    // The federation; everything that is reported to it is noted.
    const noting = {
      isStale: () => this.#isStale,
      setStale: (name: string, isStale: boolean): number => {
        this.#isStale = isStale;
        const ready = [...(federation.member(name)?.backends ?? [])].filter(
          ([, one]) => one.readyEndpoints > 0,
        );
        if (isStale) for (const [key, backend] of ready) this.#expire(key, { ...backend, readyEndpoints: 0 });
        return ready.length;
      },
    };
    watchStaleness(
      {
        federation: noting,
        cluster: cluster.name,
        staleAfterMs: () => STALE_AFTER_MS,
        lastSeenMs: () => this.#blindSinceWallMs,
        onReturn: () => this.#refresh(),
        clock,
        log: silentLog,
      },
      this.#stop.signal,
    );
  }

  get blindSinceWallMs(): number | null {
    return this.#blindSinceWallMs;
  }

  /** The API is there (again): everything is listed. `isStale`: from a cache that is an hour behind, at first. */
  resume(delayMs: number): void {
    const { clock } = this.#options;
    if (this.#blindSinceWallMs === null) return;
    clock.after(delayMs, () => {
      this.#blindSinceWallMs = null;
      this.#list();
    });
  }

  /** The API is away; messages under way still arrive. */
  lose(): void {
    const { clock } = this.#options;
    this.#blindSinceWallMs ??= clock.wallMs();
  }

  /** A watch broke, and everything is listed again. */
  relist(): void {
    if (this.#blindSinceWallMs === null) this.#list();
  }

  end(): void {
    this.#stop.abort();
  }

  /** A change of the truth that is watched. While the watch is down it is lost; the next list has it. */
  watch(what: "service" | "slices" | "namespace" | "places", key: string, delayMs: number): void {
    if (this.#blindSinceWallMs !== null) return;
    const { cluster } = this.#options;
    // As it is now, whenever it arrives.
    const service = cluster.services.get(key);
    const slices = cluster.slices.get(key);
    const namespace = cluster.namespaces.get(key);
    const [places, point] = [[...cluster.places], cluster.point];
    const deliver: { readonly [K in typeof what]: () => void } = {
      service: () => this.#takeService(key, service),
      slices: () => this.#takeSlices(key, slices),
      namespace: () => this.#takeNamespace(key, namespace),
      places: () => this.#takePlaces(places, point),
    };
    this.#send(delayMs, { text: what, deliver: deliver[what] });
  }

  #send(delayMs: number, { deliver }: Message): void {
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    // In order, as a watch delivers; a slow message delays the ones behind it.
    this.#busyUntilMs = Math.max(this.#busyUntilMs + APART_MS, nowMs + delayMs);
    clock.after(this.#busyUntilMs - nowMs, () => {
      this.lastToldMs = clock.nowMs();
      deliver();
    });
  }

  /** Services and slices are two lists that come in any order. */
  #list(): void {
    const { cluster, chance, clock } = this.#options;
    const services = new Map(cluster.services);
    const slices = new Map(cluster.slices);
    const namespaces = new Map(cluster.namespaces);
    const [places, point] = [[...cluster.places], cluster.point];
    const keys = new Set([...services.keys(), ...this.#services.keys(), ...this.#toldKeys()]);
    const messages: Message[] = chance.shuffle([
      ...[...keys].map((key) => ({ text: "", deliver: () => this.#takeService(key, services.get(key)) })),
      ...[...keys].map((key) => ({ text: "", deliver: () => this.#takeSlices(key, slices.get(key)) })),
      ...["shop", "play"].map((name) => ({
        text: "",
        deliver: () => this.#takeNamespace(name, namespaces.get(name)),
      })),
      { text: "", deliver: () => this.#takePlaces(places, point) },
    ]);
    // Nothing is reported of a service before both lists have arrived (fleet/observe/observer.ts waits for both).
    if (!this.isSynced) {
      for (const [key, one] of services) this.#services.set(key, one);
      for (const [key, one] of slices) this.#slices.set(key, one);
    }
    for (const message of messages) this.#send(chance.int(0, 20), message);
    const whole = this.#busyUntilMs - clock.nowMs() + 1;
    clock.after(whole, () => {
      this.isSynced = true;
      this.#options.onSynced();
    });
  }

  #toldKeys(): Iterable<string> {
    return this.#options.told.get(this.#options.cluster.name)?.backends.keys() ?? [];
  }

  #takeService(key: string, service: ServiceObject | undefined): void {
    if (service === undefined) this.#services.delete(key);
    else this.#services.set(key, service);
    this.#tell(key);
  }

  #takeSlices(key: string, slices: Slices | undefined): void {
    if (slices === undefined) this.#slices.delete(key);
    else this.#slices.set(key, slices);
    this.#tell(key);
  }

  #takeNamespace(name: string, annotations: Sayings | undefined): void {
    const { federation, cluster, told, onTold } = this.#options;
    const one = told.get(cluster.name);
    if (one === undefined) return;
    if (annotations === undefined || annotations.phrases.length === 0) one.namespaces.delete(name);
    else one.namespaces.set(name, annotations);
    const isSilent = annotations === undefined || annotations.phrases.length === 0;
    federation.setNamespace(cluster.name, name, isSilent ? null : annotationsFrom(annotations));
    onTold(null, name);
  }

  #takePlaces(places: readonly Place[], point: Point | null): void {
    const { federation, cluster, told } = this.#options;
    const one = told.get(cluster.name);
    if (one === undefined) return;
    one.places = places;
    one.point = point;
    const { latitude = null, longitude = null } = point ?? {};
    federation.setLocality(cluster.name, { places: sortPlaces(places), latitude, longitude });
  }

  #tell(key: string): void {
    const { federation, cluster, told, onTold } = this.#options;
    const one = told.get(cluster.name);
    if (one === undefined) return;
    const service = this.#services.get(key);
    const { ready, wanted } = this.#slices.get(key) ?? { ready: 0, wanted: 0 };
    if (service === undefined) {
      one.backends.delete(key);
      federation.setBackend(cluster.name, key, null);
    } else {
      const { createdAt, phrases, ipv4, ipv6 } = service;
      one.backends.set(key, { ready, wanted, annotations: { createdAt, phrases }, ipv4, ipv6 });
      federation.setBackend(cluster.name, key, {
        readyEndpoints: ready,
        wantedEndpoints: wanted,
        annotations: annotationsFrom(service),
        ipv4,
        ipv6,
      });
    }
    onTold(key, null);
  }

  /** Not seen for too long. */
  #expire(key: string, backend: Backend): void {
    this.lastToldMs = this.#options.clock.nowMs();
    const { federation, cluster, told, onTold } = this.#options;
    const known = told.get(cluster.name)?.backends.get(key);
    if (known !== undefined)
      told.get(cluster.name)?.backends.set(key, { ...known, ready: backend.readyEndpoints });
    federation.setBackend(cluster.name, key, backend);
    onTold(key, null);
  }

  #refresh(): void {
    this.lastToldMs = this.#options.clock.nowMs();
    for (const key of this.#services.keys()) this.#tell(key);
  }
}

function annotationsFrom({ createdAt, phrases }: Sayings): Annotations {
  if (phrases.length === 0) return NO_ANNOTATIONS;
  return { createdAt, values: Object.fromEntries(phrases.map(({ name, text }) => [name, text])) };
}
