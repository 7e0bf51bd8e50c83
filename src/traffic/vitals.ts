/**
 * Which addresses are looked after, and what is known of each: those that are probed, that start slowly, or that an
 * operator has forced. All others are well.
 */
import { addressText } from "../federation/address.ts";
import type { Federation, Member } from "../federation/federation.ts";
import { serviceOf } from "../federation/federation.ts";
import { type Backend, NOTHING_SAID } from "../federation/pool.ts";
import type { Clock } from "../clock.ts";
import { parseSlowStart, type ProbeProblem } from "../health/probe-annotations.ts";
import { probeFor, type ProbeRule } from "../health/probe-rules.ts";
import type { ProbeSpec, ProbeTiming } from "../health/probe-spec.ts";
import type { Forced } from "../health/verdict.ts";
import type { HealthBook } from "../probe/book.ts";
import type { HealthChange } from "../probe/report.ts";
import type { Vital } from "../publish/service-writer.ts";
import { type Complaint, objectText } from "./complaint.ts";
import type { Problem } from "./plans.ts";

export type VitalOptions = {
  readonly federation: Federation;
  readonly book: HealthBook;
  /** What holds where no annotation says anything. */
  readonly standard: {
    readonly timing: ProbeTiming;
    readonly rampMs: number;
    readonly rules: readonly ProbeRule[];
  };
  readonly forceOf: (cluster: string, key: string, address: string) => Forced | null;
  /** False = nobody has forced anything. */
  readonly hasForces: () => boolean;
  /** What the picture has of a service in a cluster; 0 = never handed out. */
  readonly heldOf: (
    cluster: string,
    key: string,
  ) => readonly { readonly address: number | string; readonly heldUntil: number }[];
  readonly clock: Clock;
};

/** What the addresses of one service in one cluster are looked after by. */
type Care = {
  readonly probe: ProbeSpec | null;
  readonly rampMs: number;
  /** What begins slowly beside what a probe says is back: what had nothing ready, or new addresses too. */
  readonly slow: "none" | "returned" | "new";
  readonly problems: readonly ProbeProblem[];
};

/** The parts of an endpoint's key; none of them holds a space. */
export function endpointKey(cluster: string, key: string, address: string): string {
  return `${cluster} ${key} ${address}`;
}

export class VitalBook {
  readonly #options: VitalOptions;
  /** Keys of watched endpoints, by "cluster namespace/name". */
  readonly #watched: Map<string, ReadonlySet<string>> = new Map();
  readonly #problems: Map<string, readonly ProbeProblem[]> = new Map();
  /** By "cluster namespace/name": stays in force while its annotations say something that cannot be. */
  readonly #sound: Map<string, ProbeSpec> = new Map();
  /** By "cluster namespace/name": keys of endpoints that were watched until nothing was ready any more. */
  readonly #left: Map<string, ReadonlySet<string>> = new Map();
  readonly #forced: Set<string> = new Set();

  /** What was forced in an earlier run is the orders' to say, not the book's. */
  constructor(options: VitalOptions) {
    this.#options = options;
    for (const endpoint of options.book.forces().keys()) options.book.force(endpoint, null);
  }

  /** The service has changed somewhere, or what is ordered about it. */
  refresh(key: string): void {
    for (const member of this.#options.federation.members) this.#refresh(member, key);
  }

  #refresh(member: Member, key: string): void {
    const place = `${member.name} ${key}`;
    const backend = member.backends.get(key);
    const care = backend === undefined ? null : this.#care(member, key, backend);
    if (care === null || care.problems.length === 0) this.#problems.delete(place);
    else this.#problems.set(place, care.problems);
    const known = this.#watched.get(place) ?? NONE;
    // What cannot be reached at all has nothing to recover from: when it is back, it begins anew.
    const isReachable = backend !== undefined && backend.readyEndpoints > 0;
    const now = care !== null && isReachable ? this.#watch(member, key, { backend, care }) : NONE;
    for (const endpoint of known) if (!now.has(endpoint)) this.#leave(endpoint);
    if (now.size > 0) this.#watched.set(place, now);
    else this.#watched.delete(place);
    if (backend === undefined) this.#sound.delete(place);
    if (backend === undefined || isReachable) this.#left.delete(place);
    else if (known.size > 0) this.#left.set(place, known);
  }

  #watch(
    member: Member,
    key: string,
    { backend, care }: { readonly backend: Backend; readonly care: Care },
  ): ReadonlySet<string> {
    const { book, forceOf, hasForces } = this.#options;
    const { probe, rampMs, slow } = care;
    const isCaredFor = probe !== null || slow !== "none";
    if (!isCaredFor && !hasForces()) return NONE;
    const cluster = member.name;
    const left = this.#left.get(`${cluster} ${key}`) ?? NONE;
    const isNew = slow === "new" ? this.#newcomers(cluster, key) : () => false;
    const now = new Set<string>();
    for (const address of [...backend.ipv4, ...backend.ipv6]) {
      const text = addressText(address);
      const forced = forceOf(cluster, key, text);
      if (!isCaredFor && forced === null) continue;
      const endpoint = endpointKey(cluster, key, text);
      now.add(endpoint);
      this.#force(endpoint, forced);
      const isRampedWhenNew = slow !== "none" && (left.has(endpoint) || isNew(address));
      book.watch(endpoint, { address: text, cluster, probe, rampMs, isRampedWhenNew });
    }
    return now;
  }

  /** An address that was handed out before is none, whenever somebody began to look after it. */
  #newcomers(cluster: string, key: string): (address: number | string) => boolean {
    const held = this.#options.heldOf(cluster, key).filter(({ heldUntil }) => heldUntil !== 0);
    const known = new Set(held.map(({ address }) => address));
    return (address) => !known.has(address);
  }

  #leave(endpoint: string): void {
    this.#options.book.unwatch(endpoint);
    this.#force(endpoint, null);
  }

  #force(endpoint: string, forced: Forced | null): void {
    if (forced === null && !this.#forced.delete(endpoint)) return;
    if (forced !== null) this.#forced.add(endpoint);
    this.#options.book.force(endpoint, forced);
  }

  /** Each cluster's own object decides about its addresses, then its namespace there, then the settings. */
  #care(member: Member, key: string, backend: Backend): Care {
    const { standard } = this.#options;
    const said = backend.said ?? NOTHING_SAID;
    const around = member.namespaces.get(serviceOf(key).namespace) ?? NOTHING_SAID;
    const { rules, rampMs, timing } = standard;
    if (said === NOTHING_SAID && around === NOTHING_SAID && rules.length === 0)
      return { probe: null, rampMs, slow: "none", problems: [] };
    const annotations = { ...around.annotations, ...said.annotations };
    const object = { ...serviceOf(key), annotations };
    const { spec, problems } = probeFor(object, rules, timing);
    const { slowStart, problems: slowProblems } = parseSlowStart(annotations);
    const place = `${member.name} ${key}`;
    if (problems.length === 0 && spec !== null) this.#sound.set(place, spec);
    if (problems.length === 0 && spec === null) this.#sound.delete(place);
    const isSlow = slowStart !== null && slowStart.rampMs > 0;
    return {
      probe: problems.length === 0 ? spec : (this.#sound.get(place) ?? null),
      rampMs: slowStart?.rampMs ?? rampMs,
      slow: isSlow ? (slowStart.isForNew ? "new" : "returned") : "none",
      problems: [...problems, ...slowProblems],
    };
  }

  /**
   * Null = nobody looks after them. Where the cluster was not heard in this run, and so nobody knows who should, what
   * the picture has of an address stays (null).
   */
  vitalsOf(key: string, cluster: string): ((address: number | string) => Vital | null) | null {
    const { book, clock, federation } = this.#options;
    const isUnheard = federation.member(cluster)?.backends.get(key)?.said === null;
    if (!isUnheard && !this.#watched.has(`${cluster} ${key}`)) return null;
    return (address) => {
      const judgement = book.healthOf(endpointKey(cluster, key, addressText(address)));
      if (judgement === null) return isUnheard ? null : WELL;
      const sinceMs = clock.wallMs() - (clock.nowMs() - judgement.sinceMs);
      return { health: judgement.health, verdict: judgement.verdict, since: Math.floor(sinceMs / 1000) };
    };
  }

  /** What the objects themselves should be told. */
  *complaints(): Generator<Complaint> {
    for (const [place, problems] of this.#problems) {
      const [cluster = "", key = ""] = place.split(" ");
      for (const { annotation, value, sentence } of problems) {
        const message = `${annotation} "${value}" ${sentence}`;
        yield { cluster, kind: "Service", key, reason: "InvalidAnnotation", message };
      }
    }
  }

  get problems(): readonly Problem[] {
    return [...this.complaints()].map((complaint) => ({
      object: objectText(complaint),
      message: complaint.message,
    }));
  }
}

const WELL: Vital = { health: 255, verdict: 0, since: 0 };
const NONE: ReadonlySet<string> = new Set();

/** The services and clusters that these changes are about, each once. */
export function placesOf(
  changes: readonly HealthChange[],
): readonly { readonly cluster: string; readonly key: string }[] {
  const places = new Map<string, { readonly cluster: string; readonly key: string }>();
  for (const change of changes) {
    const [cluster = "", key = ""] = change.key.split(" ");
    places.set(`${cluster} ${key}`, { cluster, key });
  }
  return [...places.values()];
}
