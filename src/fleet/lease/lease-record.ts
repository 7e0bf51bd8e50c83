/** What a coordination.k8s.io/v1 Lease says: who holds it, for how long, since when. */
import { isRecord } from "../kube/kube-error.ts";
import type { ApiObject } from "../objects/api-object.ts";
import type { ObjectContent } from "../objects/write.ts";

export type LeaseRecord = {
  /** "" when it was released. */
  readonly holder: string;
  readonly durationSeconds: number;
  /** Times of the holder's clock, as text: never compared with ours, only with each other. */
  readonly acquireTime: string;
  readonly renewTime: string;
  /** How often the lease went from one holder to another. */
  readonly transitions: number;
};

/** Leases of absurd durations must not keep us out for good. */
const DURATION_MAX_SECONDS = 300;

/** Total: everyone with the right to write Leases can write anything into one. What is missing reads as "" or 0: no holder. */
export function leaseRecordOf({ spec }: ApiObject): LeaseRecord {
  const fields = isRecord(spec) ? spec : {};
  const text = (name: string): string => (typeof fields[name] === "string" ? fields[name] : "");
  const count = (name: string): number =>
    typeof fields[name] === "number" && fields[name] >= 0 ? Math.trunc(fields[name]) : 0;
  return {
    holder: text("holderIdentity"),
    durationSeconds: Math.min(count("leaseDurationSeconds"), DURATION_MAX_SECONDS),
    acquireTime: text("acquireTime"),
    renewTime: text("renewTime"),
    transitions: count("leaseTransitions"),
  };
}

/** The Lease with this record. Labels and annotations of others are kept. */
export function leaseContent(record: LeaseRecord, before: ApiObject | null): ObjectContent {
  const { labels, annotations } = before?.metadata ?? {};
  return {
    kind: "Lease",
    metadata: { ...(labels && { labels }), ...(annotations && { annotations }) },
    spec: {
      holderIdentity: record.holder,
      leaseDurationSeconds: record.durationSeconds,
      acquireTime: record.acquireTime,
      renewTime: record.renewTime,
      leaseTransitions: record.transitions,
    },
  };
}

/** The form of MicroTime in the Kubernetes API. */
export function microTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace("Z", "000Z");
}
