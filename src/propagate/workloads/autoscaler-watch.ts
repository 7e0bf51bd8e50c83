/** Which workloads of one member have a HorizontalPodAutoscaler there: it decides how many replicas they have. */
import type { Clock } from "../../kernel/clock.ts";
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import type { Log } from "../../kernel/log.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import { OptionalWatch } from "../../fleet/watch/optional-watch.ts";
import type { WatchedResource } from "../../fleet/watch/watched-resource.ts";
import type { Projection } from "../../fleet/watch/store.ts";

/** The best version first. */
export const AUTOSCALERS: WatchedResource = {
  group: "autoscaling",
  plural: "horizontalpodautoscalers",
  versions: ["v2", "v1"],
};

type AutoscalerWatchOptions = {
  readonly transport: Transport;
  /** Null = all namespaces. */
  readonly namespace: string | null;
  /** Something changed for the workload. */
  readonly onChange: (workload: Workload) => void;
  /** The state may have changed. */
  readonly onState: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

/** What an autoscaler scales. `key`: "namespace/name". */
export type Workload = { readonly group: string; readonly kind: string; readonly key: string };

export class AutoscalerWatch {
  readonly #watch: OptionalWatch<Workload>;
  /** By the key of the autoscaler. */
  readonly #targets = new Map<string, Workload>();
  /** How many autoscalers scale a workload. */
  readonly #counts = new Map<string, number>();
  #isListed = false;

  constructor({ transport, namespace, onChange, onState, ...rest }: AutoscalerWatchOptions) {
    const swap = (key: string, target: Workload | undefined): void => {
      const before = this.#targets.get(key);
      if (before !== undefined) this.#count(before, -1);
      this.#targets.delete(key);
      if (target !== undefined) this.#targets.set(key, target);
      if (target !== undefined) this.#count(target, 1);
      for (const one of [before, target]) if (one !== undefined) onChange(one);
    };
    this.#watch = new OptionalWatch<Workload>({
      ...rest,
      transport,
      watched: { ...AUTOSCALERS, ...(namespace !== null && { namespace }) },
      project,
      sink: {
        onChange: swap,
        onSynced: () => {
          this.#isListed = true;
          onState();
        },
      },
      onUnavailable: onState,
    });
  }

  get isRefused(): boolean {
    return this.#watch.state === "refused";
  }

  /** Whether a workload that is not here has none, as far as the member says. */
  get isKnown(): boolean {
    const { state, isBlind } = this.#watch;
    if (this.#isListed || state === "not served here" || state === "refused") return true;
    return isBlind && this.#watch.health.lastError !== null;
  }

  scales(workload: Workload): boolean {
    return (this.#counts.get(workloadText(workload)) ?? 0) > 0;
  }

  /** Runs until aborted; never rejects. */
  run(signal: AbortSignal): Promise<void> {
    return this.#watch.run(signal);
  }

  #count(target: Workload, change: number): void {
    const text = workloadText(target);
    const count = (this.#counts.get(text) ?? 0) + change;
    if (count > 0) this.#counts.set(text, count);
    else this.#counts.delete(text);
  }
}

export function workloadText({ group, kind, key }: Workload): string {
  return `${group}\0${kind}\0${key}`;
}

export function workloadOfText(text: string): Workload {
  const [group = "", kind = "", key = ""] = text.split("\0");
  return { group, kind, key };
}

function project(object: unknown): Projection<Workload> | null {
  const { metadata } = isJsonRecord(object) ? object : {};
  const { namespace, name } = isJsonRecord(metadata) ? metadata : {};
  const value = isJsonRecord(object) ? scaledWorkload(object) : null;
  return value === null ? null : { key: `${String(namespace)}/${String(name)}`, value };
}

/** What an autoscaler scales; null = it is none, or it does not say. */
export function scaledWorkload({ metadata, spec }: JsonRecord): Workload | null {
  const { namespace, name } = isJsonRecord(metadata) ? metadata : {};
  const target = isJsonRecord(spec) ? spec["scaleTargetRef"] : undefined;
  if (typeof namespace !== "string" || typeof name !== "string" || !isJsonRecord(target)) return null;
  const { apiVersion = "", kind, name: scaled } = target;
  if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof scaled !== "string") return null;
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return { group, kind, key: `${namespace}/${scaled}` };
}
