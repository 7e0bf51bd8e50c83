/**
 * Which members get how many replicas of each object, decided anew whenever a preference, an object, a copy, an autoscaler or a
 * member changes. What is decided is kept here alone: the host's objects stay as people wrote them.
 *
 *     preferences of the host ─────┐
 *     objects of the host ─────────┼──> allot ──> allotment of the object ──> its copies, in the usual way
 *     copies and autoscalers ──────┘
 *     of members
 */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { WritePermit } from "../../fleet/kube/write-permit.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import { type Allotment, HELD, isSameAllotment } from "../federated/allotment.ts";
import type { ParsedObject } from "../federated/federated-object.ts";
import type { NamespaceBound } from "../placement/placement.ts";
import type { PlanRule } from "../planner/planner.ts";
import { allot, type Decision } from "./allot.ts";
import { type Asked, AskedPreferences } from "./asked.ts";
import { Decisions } from "./decisions.ts";
import { type KnownPreference, PreferenceWatch } from "./preference-watch.ts";
import { AutoscaledWorkloads } from "../workloads/autoscaled-workloads.ts";
import type { Workload } from "../workloads/autoscaler-watch.ts";
import { preferenceState } from "./preference-state.ts";
import type { PreferenceState } from "./preference-status.ts";
import { PreferenceWriter } from "./preference-writer.ts";
import type { Schedule } from "./schedule.ts";
import { type MemberToSchedule, ScheduledMembers } from "../workloads/scheduled-members.ts";
import { mayHaveReplicas } from "../../fleet/host-objects/scaled-kinds.ts";
import { federatedKindOf, type ScheduledType } from "../workloads/scheduled-type.ts";

const LOOK_EVERY_MS = 1_000;
const CURE =
  "copies that may have replicas stay as they are; run fedns init again, or apply deploy/host.yaml";

/** What the host and its federation are, as far as it matters here. */
type ScheduleWorld<T extends ScheduledType = ScheduledType> = {
  /** As the host has it; null = it does not, or what it has is no object. `key`: "namespace/name". */
  readonly declared: (type: T, key: string) => ParsedObject | null;
  readonly boundOf: (type: T, key: string) => NamespaceBound;
  /** Something else is decided about this object. */
  readonly onDecision: (type: T, key: string) => void;
  /** It is known from now on what is decided about the objects of these types. */
  readonly onKnown: (types: readonly T[]) => void;
  /** From now on the member's autoscalers are known. */
  readonly onMemberKnown: (cluster: string, types: readonly T[]) => void;
};

type SchedulerOptions<T extends ScheduledType> = ScheduleWorld<T> & {
  /** Of the host. */
  readonly transport: Transport;
  /** Null = all namespaces. */
  readonly onlyNamespace: string | null;
  readonly permit: WritePermit;
  readonly rule: PlanRule;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
};

export class Scheduler<T extends ScheduledType> implements Schedule {
  readonly #options: SchedulerOptions<T>;
  readonly #preferences: PreferenceWatch;
  readonly #asked: AskedPreferences;
  readonly #writer: PreferenceWriter;
  #toldRefusal: string | null = null;
  /** Something may have to be said about preferences. */
  #isUntold = false;
  /** Those whose objects may have a number of replicas. */
  readonly #types = new Map<string, T>();
  readonly #members: ScheduledMembers;
  readonly #autoscaled = new AutoscaledWorkloads();
  /** Of objects with a preference. */
  readonly #decisions = new Decisions();

  constructor(options: SchedulerOptions<T>) {
    this.#options = options;
    this.#writer = new PreferenceWriter(options);
    this.#members = new ScheduledMembers({
      ...options,
      onCopy: (type, key) => this.objectChanged(type, key),
      onPresence: (name) => this.#planType(name),
      onAutoscaler: (workload, cluster, scales) => this.#setAutoscaled(workload, cluster, scales),
      onAutoscalers: (cluster) => {
        options.onMemberKnown(cluster, [...this.#types.values()]);
        if (this.#decisions.isWaiting) this.#planEverything();
      },
    });
    this.#preferences = new PreferenceWatch({
      ...options,
      onChange: (key) => this.#onPreference(key),
      onKnown: () => options.onKnown([...this.#types.values()]),
    });
    this.#asked = new AskedPreferences(this.#preferences);
    void this.#preferences.run(options.signal);
    this.#tick();
    options.signal.addEventListener("abort", () => this.#members.stop(), { once: true });
  }

  /** Nothing waits for what is not known yet. */
  get isSettled(): boolean {
    if (this.#types.size === 0) return true;
    return this.#preferences.isKnown && !this.#decisions.isWaiting;
  }

  /** Why nothing whose replicas may be asked for is written, with the cure; null = it is. */
  get refusal(): string | null {
    const { refusal } = this.#preferences;
    return refusal === null
      ? null
      : `the host does not show its ReplicaSchedulingPreferences (${refusal}): ${CURE}`;
  }

  allotmentOf(typeName: string, key: string): Allotment | null {
    const type = this.#types.get(typeName);
    if (type === undefined) return null;
    if (!this.#preferences.isKnown) return HELD;
    const preference = this.#asked.of(type, key);
    if (preference !== null) return this.#decisionOf(type, key, preference).allotment;
    const autoscaled = this.#autoscaled.clustersOf(workloadOf(type, key));
    return autoscaled.size === 0 ? null : { replicas: null, undecided: new Set(), autoscaled };
  }

  mayWorkIn(cluster: string, typeName: string, namespace: string): boolean {
    return !this.#types.has(typeName) || this.#members.areAutoscalersKnown(cluster, namespace);
  }

  setTypes(types: readonly T[]): void {
    const wanted = new Map(
      types.filter(({ target }) => mayHaveReplicas(target)).map((type) => [type.name, type]),
    );
    for (const name of this.#types.keys()) if (!wanted.has(name)) this.#disable(name);
    for (const [name, type] of wanted) this.#types.set(name, type);
    this.#watch();
  }

  setMembers(members: readonly MemberToSchedule[]): void {
    const { hasChanged, gone } = this.#members.set(members);
    for (const name of gone)
      for (const workload of this.#autoscaled.in(name)) this.#setAutoscaled(workload, name, false);
    this.#watch();
    if (hasChanged) this.#planEverything();
  }

  objectChanged(typeName: string, key: string): void {
    const type = this.#types.get(typeName);
    if (type === undefined) return;
    const isFirst =
      type.isPlainToo === true && this.#asked.note(type, key, this.#options.declared(type, key));
    if (isFirst) this.#watch();
    this.#planAgain(type, key);
  }

  namespaceChanged(namespace: string): void {
    for (const type of this.#types.values())
      for (const key of this.#asked.keysOf(type))
        if (key.startsWith(`${namespace}/`)) this.#planAgain(type, key);
  }

  #decisionOf(type: T, key: string, preference: Asked): Decision {
    const text = textOf(type, key);
    const known = this.#decisions.of(text);
    if (known !== undefined) return known;
    const decision = this.#decide(type, key, preference);
    this.#decisions.set(text, decision);
    return decision;
  }

  #decide(type: T, key: string, { valid }: Asked): Decision {
    const { declared, boundOf, rule, clock } = this.#options;
    const parsed = declared(type, key);
    if (valid === null || parsed === null || "problem" in parsed)
      return { allotment: HELD, plan: "no-object", short: [] };
    return allot({
      preference: valid,
      object: parsed.object,
      bound: boundOf(type, key),
      clusters: this.#members.see(type.name, key),
      autoscaled: this.#autoscaled.clustersOf(workloadOf(type, key)),
      rule,
      before: this.#decisions.lastPlanOf(textOf(type, key)),
      nowMs: clock.nowMs(),
    });
  }

  /** What was decided may not hold any more. */
  #planAgain(type: T, key: string): void {
    this.#isUntold = true;
    const text = textOf(type, key);
    const before = this.#decisions.drop(text);
    const preference = this.#asked.of(type, key);
    const after = preference === null ? undefined : this.#decisionOf(type, key, preference);
    if (preference === null) this.#decisions.forget(text);
    if (before === undefined && after === undefined) return;
    if (isSameAllotment(before?.allotment ?? null, after?.allotment ?? null)) return;
    this.#options.onDecision(type, key);
  }

  #planType(name: string): void {
    const type = this.#types.get(name);
    if (type !== undefined) for (const key of this.#asked.keysOf(type)) this.objectChanged(name, key);
  }

  #planEverything(): void {
    for (const name of this.#types.keys()) this.#planType(name);
  }

  #onPreference(key: string): void {
    this.#isUntold = true;
    this.#watch();
    for (const type of this.#types.values()) this.#planAgain(type, key);
  }

  #watch(): void {
    if (this.#types.size > 0) this.#members.watchAutoscalers();
    for (const type of this.#types.values()) if (this.#asked.hasAny(type)) this.#members.watch(type);
  }

  #setAutoscaled(workload: Workload, cluster: string, scales: boolean): void {
    if (!this.#autoscaled.set(workload, cluster, scales)) return;
    for (const type of this.#types.values()) {
      const { group, kind } = type.target;
      if (group !== workload.group || kind !== workload.kind) continue;
      this.#decisions.drop(textOf(type, workload.key));
      this.#options.onDecision(type, workload.key);
    }
  }

  #disable(name: string): void {
    this.#types.delete(name);
    this.#asked.forget(name);
    this.#members.unwatch(name);
    this.#decisions.forgetType(name);
  }

  /** A watch does not say that it fails, and time alone changes which members count. */
  #tick(): void {
    const { clock, signal } = this.#options;
    if (signal.aborted) return;
    if (this.#members.look()) this.#planEverything();
    this.#warnOfRefusal();
    this.#planDue(clock.nowMs());
    if (this.#isUntold) this.#tell();
    clock.after(LOOK_EVERY_MS, () => this.#tick());
  }

  /** A person has to know. */
  #warnOfRefusal(): void {
    const { refusal } = this;
    if (refusal === this.#toldRefusal) return;
    this.#toldRefusal = refusal;
    if (refusal !== null) this.#options.log.error({ reason: refusal }, "replicas cannot be distributed");
  }

  /** Time alone changes some decisions. */
  #planDue(nowMs: number): void {
    for (const text of this.#decisions.due(nowMs)) {
      const [name = "", key = ""] = text.split("\0");
      this.objectChanged(name, key);
    }
  }

  #tell(): void {
    this.#isUntold = false;
    this.#writer.tell(new Map([...this.#preferences.all].map((one) => [one, this.#stateOf(one)])));
  }

  #stateOf(preference: KnownPreference): PreferenceState | null {
    const { key, targetKind } = preference;
    const type = [...this.#types.values()].find((one) => federatedKindOf(one) === targetKind);
    return preferenceState(preference, {
      isPropagated: type !== undefined,
      declared: type === undefined ? null : this.#options.declared(type, key),
      decision: type === undefined ? null : (this.#decisions.of(textOf(type, key)) ?? null),
      clusters: this.#members.names,
    });
  }
}

function textOf({ name }: ScheduledType, key: string): string {
  return `${name}\0${key}`;
}

function workloadOf({ target }: ScheduledType, key: string): Workload {
  return { group: target.group, kind: target.kind, key };
}
