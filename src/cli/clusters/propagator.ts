/** Whether a fedns places objects from a host at present: it renews its lease then. */
import type { Clock } from "../../kernel/clock.ts";
import { PROPAGATE_LEASE } from "../../fleet/lease/host-lease.ts";
import { leaseRecordOf } from "../../fleet/lease/lease-record.ts";
import { read } from "../../fleet/objects/read.ts";
import { isFreshLock } from "../membership/kubefed-remains.ts";
import type { ClusterConnection } from "./connect.ts";
import { stepError } from "./step-error.ts";

type PropagatorOptions = {
  readonly host: ClusterConnection;
  /** Of the federation. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

const LEASES = { group: "coordination.k8s.io", version: "v1", plural: "leases" };

/** The holder of the lease, if it is still renewed; null = none. */
export async function propagatorOf({
  host,
  namespace,
  clock,
  signal,
}: PropagatorOptions): Promise<string | null> {
  const key = { resource: LEASES, namespace, name: PROPAGATE_LEASE };
  const lease = await read(host.transport, key, { signal }).catch((error: unknown) => {
    throw stepError(`${host.name}: Lease ${namespace}/${PROPAGATE_LEASE}`, error, LEASES.plural);
  });
  const record = lease === null ? null : leaseRecordOf(lease);
  return record !== null && isFreshLock(record, clock.wallMs()) ? record.holder : null;
}
