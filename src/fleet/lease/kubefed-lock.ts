/**
 * Whether KubeFed's own controller still runs on the host: it renews its lock then, and two controllers must not write to the
 * same members.
 *
 * KubeFed keeps the lock as an annotation of a ConfigMap or of Endpoints, later builds as a Lease. As with our own lease, the
 * lock is fresh as long as it changes, by our clock; at first sight it counts as fresh.
 */
import type { Clock } from "../../kernel/clock.ts";
import { isRecord } from "../kube/kube-error.ts";
import type { Resource } from "../kube/resource.ts";
import type { Transport } from "../kube/transport.ts";
import type { ApiObject } from "../objects/api-object.ts";
import { read } from "../objects/read.ts";
import { LEASE_DURATION_MS, type Observation, observe, RENEW_DEADLINE_MS } from "./elector.ts";
import { type LeaseRecord, leaseRecordOf } from "./lease-record.ts";

export const LOCK_NAME = "kubefed-controller-manager";
const ANNOTATION = "control-plane.alpha.kubernetes.io/leader";
/** Where the lock may be. */
export const LOCK_PLACES: readonly Resource[] = [
  { group: "", version: "v1", plural: "configmaps" },
  { group: "", version: "v1", plural: "endpoints" },
  { group: "coordination.k8s.io", version: "v1", plural: "leases" },
];
/** KubeFed takes its lock 15 s after an earlier holder went, so this is soon enough. */
const READ_EVERY_MS: number = RENEW_DEADLINE_MS / 2;

/** The record of a lock object; null when it holds none. Total. */
export function lockRecordOf(object: ApiObject): LeaseRecord | null {
  const text = object.metadata.annotations?.[ANNOTATION];
  if (text === undefined) return isRecord(object["spec"]) ? leaseRecordOf(object) : null;
  try {
    const annotation: unknown = JSON.parse(text);
    const record = isRecord(annotation) ? annotation : {};
    return leaseRecordOf({ ...object, spec: { ...record, leaseTransitions: record["leaderTransitions"] } });
  } catch {
    return null;
  }
}

/** The holder of a lock that is fresh; null when there is none. Pure. */
function freshHolder(observations: readonly Observation[], nowMs: number): string | null {
  const fresh = observations.find(({ record, sinceMs }) => {
    const durationMs = Math.max(record.durationSeconds * 1000, LEASE_DURATION_MS);
    return record.holder !== "" && nowMs - sinceMs < durationMs;
  });
  return fresh?.record.holder ?? null;
}

type KubefedLockOptions = {
  readonly transport: Transport;
  /** Of KubeFed: "kube-federation-system" unless it was installed elsewhere. */
  readonly namespace: string;
  readonly clock: Clock;
};

export class KubefedLock {
  readonly #options: KubefedLockOptions;
  readonly #observations = new Map<string, Observation>();
  #readAtMs = -Infinity;

  constructor(options: KubefedLockOptions) {
    this.#options = options;
  }

  /** Why nothing may be written; null when KubeFed does not run. Throws as `read` does. */
  async look(signal: AbortSignal): Promise<string | null> {
    const { clock, namespace } = this.#options;
    if (clock.nowMs() - this.#readAtMs >= READ_EVERY_MS) {
      const startMs = clock.nowMs();
      await Promise.all(LOCK_PLACES.map((place) => this.#readPlace(place, signal)));
      this.#readAtMs = startMs;
    }
    const holder = freshHolder([...this.#observations.values()], clock.nowMs());
    if (holder === null) return null;
    return (
      `KubeFed's controller ${JSON.stringify(holder.slice(0, 100))} holds its lock in the namespace ${namespace}: ` +
      `scale its Deployment to 0, or wait until the lock has expired`
    );
  }

  async #readPlace(resource: Resource, signal: AbortSignal): Promise<void> {
    const { transport, namespace, clock } = this.#options;
    const object = await read(
      transport,
      { resource, namespace, name: LOCK_NAME },
      { purpose: "lease", timeoutMs: READ_EVERY_MS, signal },
    );
    const record = object === null ? null : lockRecordOf(object);
    const before = this.#observations.get(resource.plural) ?? null;
    if (record === null) this.#observations.delete(resource.plural);
    else this.#observations.set(resource.plural, observe(before, record, clock.nowMs()));
  }
}
