/**
 * The health of all addresses that are probed, that start slowly, or that an operator has forced. Only these are watched;
 * all other addresses have full health.
 */
import { addressText } from "../../federation/members/address.ts";
import type { Federation, Member } from "../../federation/members/federation.ts";
import { serviceOf } from "../../federation/members/federation.ts";
import { type Backend, NO_ANNOTATIONS } from "../../federation/members/backend.ts";
import type { Clock } from "../../kernel/clock.ts";
import { parseSlowStart, type ProbeProblem } from "../health/probe-annotations.ts";
import { Denial } from "../health/probe-failure.ts";
import { probeFor } from "../health/probe-rules.ts";
import type { ProbeSpec } from "../health/probe-spec.ts";
import type { Forced } from "../health/health-reason.ts";
import type { HealthTracker } from "../tracker/health-tracker.ts";
import type { HealthChange } from "../tracker/report.ts";
import type { CachedUntil } from "../../picture/publish/cached-until.ts";
import { type EndpointStates, FULL_HEALTH } from "../../picture/publish/traffic-planner.ts";
import { type ObjectWarning, objectText } from "../../federation/members/object-warning.ts";
import type { StatusProblem } from "./plan-cache.ts";
import type { ProbingDefaults } from "./traffic-config.ts";
import { isOfUnknownOrigin, NONE_UNPROBED, unprobedIn, unprobedText } from "./unprobed.ts";

type EndpointHealthOptions = {
  readonly federation: Federation;
  readonly tracker: HealthTracker;
  /** The settings that apply where there is no annotation, until `setStandard`. */
  readonly standard: ProbingDefaults;
  readonly forceOf: (cluster: string, key: string, address: string) => Forced | null;
  /** False = no order forces anything. */
  readonly hasForces: () => boolean;
  readonly cachedUntil: CachedUntil;
  readonly clock: Clock;
};

/** How the addresses of one service in one cluster are watched. */
type Attention = {
  readonly probe: ProbeSpec | null;
  readonly rampMs: number;
  /** When addresses start slowly besides after failed probes: after a time in which none was ready, or whenever they are new. */
  readonly slow: "none" | "returned" | "new";
  readonly problems: readonly ProbeProblem[];
};

/** The parts of an endpoint's key; none of them contains a space. */
function endpointKey(cluster: string, key: string, address: string): string {
  return `${cluster} ${key} ${address}`;
}

/** The state of one service in one cluster. */
type WatchedService = {
  /** Keys of endpoints. */
  readonly watched: ReadonlySet<string>;
  readonly problems: readonly ProbeProblem[];
  /** Its addresses that are not probed because a tenant wrote them, although a probe is wanted. */
  readonly unprobed: readonly string[];
  /** The last valid probe: in force while the annotations are invalid. */
  readonly sound: ProbeSpec | null;
  /** Keys of endpoints that were watched until no endpoint was ready. */
  readonly left: ReadonlySet<string>;
};

export class EndpointHealthCache {
  readonly #options: EndpointHealthOptions;
  /** By service or host, then by cluster; most have no entry. */
  readonly #places: Map<string, Map<string, WatchedService>> = new Map();
  readonly #forced: Set<string> = new Set();
  #standard: ProbingDefaults;
  /** For services without annotations and rules. */
  #unwatched: Attention;

  /** Drops the forces that the tracker remembers from an earlier run: they are in the orders. */
  constructor(options: EndpointHealthOptions) {
    this.#options = options;
    this.#standard = options.standard;
    this.#unwatched = unwatched(options.standard);
    for (const endpoint of options.tracker.forces().keys()) options.tracker.force(endpoint, null);
  }

  /** Takes other settings, which apply to every service when it is refreshed the next time. */
  setStandard(standard: ProbingDefaults): void {
    this.#standard = standard;
    this.#unwatched = unwatched(standard);
  }

  /** The service or its orders have changed in some cluster. */
  refresh(key: string): void {
    const declaring = this.#options.federation.declaring(key);
    const places = this.#places.get(key);
    const mayBeQuiet = this.#options.standard.rules.length === 0 && !this.#options.hasForces();
    for (const member of declaring)
      if (!mayBeQuiet || places?.has(member.name) === true || hasAnnotations(member, key))
        this.#refresh(member, key);
    for (const [cluster, place] of places ?? [])
      if (!declaring.some(({ name }) => name === cluster)) this.#abandon(key, cluster, place);
  }

  #refresh(member: Member, key: string): void {
    const backend = member.backends.get(key) as Backend;
    const known = this.#places.get(key)?.get(member.name);
    const attention = this.#attentionFor(member, backend, { key, sound: known?.sound ?? null });
    // Without a ready endpoint there is nothing to watch; watching starts again when one is back.
    const isReachable = backend.readyEndpoints > 0;
    const left = known?.left ?? NONE;
    const watched = isReachable ? this.#watch(member.name, key, { backend, attention, left }) : NONE;
    const before = known?.watched ?? NONE;
    for (const endpoint of before) if (!watched.has(endpoint)) this.#leave(endpoint);
    const leaving = before.size > 0 ? before : left;
    this.#remember(key, member.name, {
      watched,
      problems: attention.problems,
      unprobed: isReachable && attention.probe !== null ? unprobedIn(backend) : NONE_UNPROBED,
      sound: attention.probe,
      left: isReachable ? NONE : leaving,
    });
  }

  #remember(key: string, cluster: string, place: WatchedService): void {
    const places = this.#places.get(key);
    const { watched, problems, sound, left } = place;
    if (watched.size > 0 || problems.length > 0 || sound !== null || left.size > 0) {
      if (places === undefined) this.#places.set(key, new Map([[cluster, place]]));
      else places.set(cluster, place);
    } else if (places?.delete(cluster) === true && places.size === 0) this.#places.delete(key);
  }

  #abandon(key: string, cluster: string, { watched }: WatchedService): void {
    for (const endpoint of watched) this.#leave(endpoint);
    this.#remember(key, cluster, {
      watched: NONE,
      problems: [],
      unprobed: NONE_UNPROBED,
      sound: null,
      left: NONE,
    });
  }

  #watch(
    cluster: string,
    key: string,
    {
      backend,
      attention,
      left,
    }: { readonly backend: Backend; readonly attention: Attention; readonly left: ReadonlySet<string> },
  ): ReadonlySet<string> {
    const { tracker, forceOf, hasForces } = this.#options;
    const { probe, rampMs, slow } = attention;
    const isWatched = probe !== null || slow !== "none";
    if (!isWatched && !hasForces()) return NONE;
    const isNew = slow === "new" ? this.#newcomers(cluster, key) : () => false;
    const now = new Set<string>();
    for (const address of [...backend.ipv4, ...backend.ipv6]) {
      const text = addressText(address);
      const forced = forceOf(cluster, key, text);
      if (!isWatched && forced === null) continue;
      if (
        forced === null &&
        probe !== null &&
        isOfUnknownOrigin(backend, address) &&
        !tracker.knows({ address: text, cluster }, probe)
      )
        continue;
      const endpoint = endpointKey(cluster, key, text);
      now.add(endpoint);
      this.#force(endpoint, forced);
      const isRampedWhenNew = slow !== "none" && (left.has(endpoint) || isNew(address));
      const denial = backend.unprobed?.has(address) === true && { denial: Denial.Tenant };
      tracker.watch(endpoint, { address: text, cluster, probe, rampMs, isRampedWhenNew, ...denial });
    }
    return now;
  }

  /** An address that was in answers before is not new, even if it is watched only from now on. */
  #newcomers(cluster: string, key: string): (address: number | string) => boolean {
    const handedOut = this.#options.cachedUntil
      .of(key, cluster)
      .filter(({ cachedUntil }) => cachedUntil !== 0);
    const known = new Set(handedOut.map(({ address }) => address));
    return (address) => !known.has(address);
  }

  #leave(endpoint: string): void {
    this.#options.tracker.unwatch(endpoint);
    this.#force(endpoint, null);
  }

  #force(endpoint: string, forced: Forced | null): void {
    if (forced === null && !this.#forced.delete(endpoint)) return;
    if (forced !== null) this.#forced.add(endpoint);
    this.#options.tracker.force(endpoint, forced);
  }

  /** For the addresses of a cluster, its own object takes precedence over its namespace, and that over the settings. */
  #attentionFor(
    { namespaces }: Member,
    backend: Backend,
    { key, sound }: { readonly key: string; readonly sound: ProbeSpec | null },
  ): Attention {
    const { rules, rampMs, timing } = this.#standard;
    const own = backend.annotations ?? NO_ANNOTATIONS;
    const around =
      namespaces.size === 0 ? NO_ANNOTATIONS : (namespaces.get(serviceOf(key).namespace) ?? NO_ANNOTATIONS);
    if (own === NO_ANNOTATIONS && around === NO_ANNOTATIONS && rules.length === 0) return this.#unwatched;
    const annotations = { ...around.values, ...own.values };
    const object = { ...serviceOf(key), annotations };
    const { spec, problems } = probeFor(object, rules, timing);
    const { slowStart, problems: slowProblems } = parseSlowStart(annotations);
    const isSlow = slowStart !== null && slowStart.rampMs > 0;
    return {
      probe: problems.length === 0 ? spec : (spec ?? sound),
      rampMs: slowStart?.rampMs ?? rampMs,
      slow: isSlow ? (slowStart.isForNew ? "new" : "returned") : "none",
      problems: [...problems, ...slowProblems],
    };
  }

  /**
   * Null: none of the addresses is watched. Until the cluster has been read in this run, it is unknown which addresses
   * need to be watched; an address that is not watched then keeps its health in the picture (null).
   */
  endpointStatesOf(key: string, cluster: string): EndpointStates | null {
    const { tracker, clock, federation } = this.#options;
    const isUnread = federation.member(cluster)?.backends.get(key)?.annotations === null;
    const watched = this.#places.get(key)?.get(cluster)?.watched ?? NONE;
    if (!isUnread && watched.size === 0) return null;
    return (address) => {
      const judgement = tracker.healthOf(endpointKey(cluster, key, addressText(address)));
      if (judgement === null) return isUnread ? null : FULL_HEALTH;
      const sinceMs = clock.wallMs() - (clock.nowMs() - judgement.sinceMs);
      return { health: judgement.health, reason: judgement.reason, since: Math.floor(sinceMs / 1000) };
    };
  }

  /** Warnings for the owners of objects. */
  *warnings(): Generator<ObjectWarning> {
    for (const [key, places] of this.#places) {
      for (const [cluster, { problems, unprobed }] of places) {
        if (unprobed.length > 0)
          yield { cluster, kind: "Service", key, reason: "NotProbed", message: unprobedText(unprobed) };
        for (const { annotation, value, sentence } of problems) {
          const message = `${annotation} "${value}" ${sentence}`;
          yield { cluster, kind: "Service", key, reason: "InvalidAnnotation", message };
        }
      }
    }
  }

  get problems(): readonly StatusProblem[] {
    return [...this.warnings()].map((warning) => ({
      object: objectText(warning),
      message: warning.message,
    }));
  }
}

const NONE: ReadonlySet<string> = new Set();

function unwatched({ rampMs }: ProbingDefaults): Attention {
  return { probe: null, rampMs, slow: "none", problems: [] };
}

/** False for most: a service of a hundred clusters must not cost much whenever one of them changes. */
function hasAnnotations({ backends, namespaces }: Member, key: string): boolean {
  const own = backends.get(key)?.annotations;
  return (
    (own !== NO_ANNOTATIONS && own !== null) ||
    (namespaces.size > 0 && namespaces.has(serviceOf(key).namespace))
  );
}

/** The services and clusters that these changes concern, each once. */
export function servicesOf(
  changes: readonly HealthChange[],
): readonly { readonly cluster: string; readonly key: string }[] {
  const places = new Map<string, { readonly cluster: string; readonly key: string }>();
  for (const change of changes) {
    const [cluster = "", key = ""] = change.key.split(" ");
    places.set(`${cluster} ${key}`, { cluster, key });
  }
  return [...places.values()];
}
