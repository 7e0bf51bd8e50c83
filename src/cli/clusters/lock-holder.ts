/** Whether KubeFed's controller works on a host at present. */
import type { Clock } from "../../kernel/clock.ts";
import { LOCK_NAME, LOCK_PLACES, lockRecordOf } from "../../fleet/lease/kubefed-lock.ts";
import { read } from "../../fleet/objects/read.ts";
import { isFreshLock } from "../membership/kubefed-remains.ts";
import type { ClusterConnection } from "./connect.ts";

type LockOptions = {
  readonly host: ClusterConnection;
  readonly namespace: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** The holder of a lock that is still renewed. */
export async function lockHolder({ host, namespace, clock, signal }: LockOptions): Promise<string | null> {
  for (const resource of LOCK_PLACES) {
    const key = { resource, namespace, name: LOCK_NAME };
    const object = await read(host.transport, key, { signal }).catch(() => null);
    const record = object === null ? null : lockRecordOf(object);
    if (record !== null && isFreshLock(record, clock.wallMs())) return record.holder;
  }
  return null;
}
