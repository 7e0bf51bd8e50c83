/**
 * The schedule with plain Jobs and autoscalers, whose parts are decided from what clusters show of them; all else is the schedule of
 * replicas.
 */
import type { Clock } from "../../kernel/clock.ts";
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { type Allotment, HELD, isSameAllotment } from "../federated/allotment.ts";
import type { FederatedObject } from "../federated/federated-object.ts";
import { type AutoscalerSight, shareAutoscaler } from "../plain/autoscaler-shares.ts";
import { recordIn } from "../plain/job-record.ts";
import { type SeenPart, shareJob } from "../plain/job-shares.ts";
import type { PlanRule } from "../planner/planner.ts";
import type { Schedule } from "./schedule.ts";

type SharedCopy = {
  readonly cluster: string;
  readonly isPlaced: boolean;
  readonly view: AutoscalerSight["view"];
  /** As it was last seen; null = there is no copy. */
  readonly shown: { readonly spec: JsonRecord; readonly status: JsonRecord } | null;
};

/** A plain object as the host has it, and its copies in all members. */
export type SharedObject = {
  readonly metadata: JsonRecord;
  readonly object: FederatedObject;
  readonly copies: readonly SharedCopy[];
};

type SharesScheduleOptions = {
  readonly replicas: Schedule;
  /** Null = it is no plain object, or it cannot be read. `key`: "namespace/name". */
  readonly sharedObject: (type: string, key: string) => SharedObject | null;
  readonly onDecision: (type: string, key: string) => void;
  readonly rule: PlanRule;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

const JOBS = "jobs.batch";
const AUTOSCALERS = "horizontalpodautoscalers.autoscaling";
const SHARED: ReadonlySet<string> = new Set([JOBS, AUTOSCALERS]);
/** Time alone changes which autoscalers may give something away. */
const LOOK_EVERY_MS = 15_000;

export class SharesSchedule implements Schedule {
  readonly #options: SharesScheduleOptions;
  /** By type, and by key. */
  readonly #decided = new Map([...SHARED].map((type) => [type, new Map<string, Allotment>()]));

  constructor(options: SharesScheduleOptions) {
    this.#options = options;
    options.clock.after(LOOK_EVERY_MS, () => this.#tick());
  }

  allotmentOf(type: string, key: string): Allotment | null {
    const decided = this.#decided.get(type);
    if (decided === undefined) return this.#options.replicas.allotmentOf(type, key);
    const allotment = decided.get(key) ?? this.#decide(type, key, null);
    if (allotment !== null) decided.set(key, allotment);
    return allotment;
  }

  mayWorkIn(cluster: string, type: string, namespace: string): boolean {
    return this.#options.replicas.mayWorkIn(cluster, type, namespace);
  }

  objectChanged(type: string, key: string): void {
    this.look(type, key);
    this.#options.replicas.objectChanged(type, key);
  }

  namespaceChanged(namespace: string): void {
    this.#lookAtAll((key) => key.startsWith(`${namespace}/`));
    this.#options.replicas.namespaceChanged(namespace);
  }

  /** Something about the object or a copy of it may have changed. */
  look(type: string, key: string): void {
    const decided = this.#decided.get(type);
    const before = decided?.get(key);
    if (decided === undefined || before === undefined) return;
    const after = this.#decide(type, key, before);
    if (isSameAllotment(before, after)) return;
    if (after === null) decided.delete(key);
    else decided.set(key, after);
    this.#options.onDecision(type, key);
  }

  #lookAtAll(isMeant: (key: string) => boolean, types: Iterable<string> = SHARED): void {
    for (const type of types)
      for (const key of this.#decided.get(type)?.keys() ?? []) if (isMeant(key)) this.look(type, key);
  }

  #tick(): void {
    const { clock, signal } = this.#options;
    if (signal.aborted) return;
    this.#lookAtAll(() => true, [AUTOSCALERS]);
    clock.after(LOOK_EVERY_MS, () => this.#tick());
  }

  #decide(type: string, key: string, before: Allotment | null): Allotment | null {
    const { sharedObject, rule, clock } = this.#options;
    const shared = sharedObject(type, key);
    if (shared === null) return null;
    if (type === JOBS) return jobShares(shared, rule);
    return autoscalerShares(shared, { key, before, nowMs: clock.wallMs() });
  }
}

function jobShares({ metadata, object, copies }: SharedObject, rule: PlanRule): Allotment {
  const record = recordIn(metadata);
  if (typeof record === "string") return HELD;
  const seen = copies.flatMap(({ cluster, shown }) =>
    shown === null ? [] : [[cluster, seenPart(shown)] as const],
  );
  const placed = copies.filter(({ isPlaced }) => isPlaced).map(({ cluster }) => cluster);
  return shareJob({ object, record, placed, seen: new Map(seen), rule });
}

function seenPart({ spec, status }: { readonly spec: JsonRecord; readonly status: JsonRecord }): SeenPart {
  const conditions = Array.isArray(status["conditions"]) ? status["conditions"].filter(isJsonRecord) : [];
  const has = (name: string): boolean =>
    conditions.some(({ type, status: is }) => type === name && is === "True");
  const end = has("Failed") ? "Failed" : has("Complete") ? "Complete" : null;
  const { completionTime } = status;
  const completions = spec["completions"];
  return {
    parallelism: countIn(spec, "parallelism"),
    completions: typeof completions === "number" ? completions : null,
    succeeded: countIn(status, "succeeded"),
    end,
    endTime: typeof completionTime === "string" ? completionTime : null,
  };
}

type Moment = { readonly key: string; readonly before: Allotment | null; readonly nowMs: number };

function autoscalerShares({ object, copies }: SharedObject, moment: Moment): Allotment {
  const { spec } = object.template;
  const bounds = isJsonRecord(spec) ? spec : {};
  const sights = copies
    .filter(({ isPlaced }) => isPlaced)
    .map(({ cluster, view, shown }): AutoscalerSight => {
      if (shown === null) return { cluster, view, seen: null };
      const scaledMs = Date.parse(String(shown.status["lastScaleTime"]));
      const seen = {
        minReplicas: countIn(shown.spec, "minReplicas"),
        maxReplicas: countIn(shown.spec, "maxReplicas"),
        currentReplicas: countIn(shown.status, "currentReplicas"),
        desiredReplicas: countIn(shown.status, "desiredReplicas"),
        lastScaleMs: Number.isNaN(scaledMs) ? null : scaledMs,
      };
      return { cluster, view, seen };
    });
  const minReplicas = Math.max(1, countIn(bounds, "minReplicas"));
  const maxReplicas = Math.max(1, countIn(bounds, "maxReplicas"));
  return shareAutoscaler({ ...moment, minReplicas, maxReplicas, sights });
}

function countIn(fields: JsonRecord, name: string): number {
  const value = fields[name];
  return typeof value === "number" ? value : 0;
}
