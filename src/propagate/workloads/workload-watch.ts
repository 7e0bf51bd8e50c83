/** The copies of one type in one member with their numbers of replicas. Only types that have a preference are watched like this. */
import type { Clock } from "../../kernel/clock.ts";
import { isJsonRecord } from "../../kernel/json.ts";
import type { Log } from "../../kernel/log.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import { OptionalWatch } from "../../fleet/watch/optional-watch.ts";
import { MANAGED } from "../federated/labels.ts";
import type { ScheduledType } from "./scheduled-type.ts";
import { type WorkloadFacts, workloadFacts } from "./workload-facts.ts";

/** What may be said about copies that are not here. */
export type SightState =
  /** They are read for the first time. */
  | "not-yet"
  /** Changes are seen. */
  | "seen"
  /** The member does not answer, does not serve the kind, or does not show it. */
  | "unseen";

type WorkloadWatchOptions = {
  readonly transport: Transport;
  readonly type: ScheduledType;
  /** Null = all namespaces. */
  readonly namespace: string | null;
  /** `key`: "namespace/name". */
  readonly onChange: (key: string) => void;
  /** The state may have changed. */
  readonly onState: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export class WorkloadWatch {
  readonly #watch: OptionalWatch<WorkloadFacts>;
  readonly #facts = new Map<string, WorkloadFacts>();
  #isListed = false;

  constructor({ transport, type, namespace, onChange, onState, ...rest }: WorkloadWatchOptions) {
    const { group, plural, version } = type.target;
    this.#watch = new OptionalWatch<WorkloadFacts>({
      ...rest,
      transport,
      watched: {
        group,
        plural,
        versions: [version],
        isAnyVersion: true,
        ...(namespace !== null && { namespace }),
      },
      query: { labelSelector: MANAGED },
      project: (object) => {
        const { metadata } = isJsonRecord(object) ? object : {};
        const { namespace: inside = "", name } = isJsonRecord(metadata) ? metadata : {};
        const facts = isJsonRecord(object) ? workloadFacts(object) : null;
        return facts === null ? null : { key: `${String(inside)}/${String(name)}`, value: facts };
      },
      equal: (before, after) => JSON.stringify(before) === JSON.stringify(after),
      sink: {
        onChange: (key, facts) => {
          if (facts === undefined) this.#facts.delete(key);
          else this.#facts.set(key, facts);
          onChange(key);
        },
        onSynced: () => {
          this.#isListed = true;
          onState();
        },
      },
      onUnavailable: onState,
    });
  }

  get state(): SightState {
    const { state, isBlind } = this.#watch;
    if (this.#isListed) return isBlind ? "unseen" : "seen";
    const hasFailed = isBlind && this.#watch.health.lastError !== null;
    return state === "not served here" || state === "refused" || hasFailed ? "unseen" : "not-yet";
  }

  get isRefused(): boolean {
    return this.#watch.state === "refused";
  }

  /** As they were last seen; null = there is no such copy. */
  of(key: string): WorkloadFacts | null {
    return this.#facts.get(key) ?? null;
  }

  /** Runs until aborted; never rejects. */
  run(signal: AbortSignal): Promise<void> {
    return this.#watch.run(signal);
  }
}
