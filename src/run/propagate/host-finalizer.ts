/** A finalizer of fedns on an object of the host, put on or taken off in the state that the object has now. */
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { read } from "../../fleet/objects/read.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import type { HostAccess } from "../../propagate/retire/held-objects.ts";

/** Nothing is written where it is as wanted, or where the object has changed meanwhile. Throws as `read` and `mergePatch` do. */
export async function setFinalizer(
  { transport, permit, signal }: HostAccess,
  key: ObjectKey,
  finalizer: string,
  isWanted: boolean,
): Promise<void> {
  const object = await read(transport, key, { signal });
  if (object === null) return;
  const { uid, resourceVersion, finalizers: all = [], deletionTimestamp } = object.metadata;
  // The API server refuses a new finalizer of what is being deleted.
  if (all.includes(finalizer) === isWanted || (isWanted && deletionTimestamp !== undefined)) return;
  const finalizers = isWanted ? [...all, finalizer] : all.filter((one) => one !== finalizer);
  const patch = { metadata: { uid, resourceVersion, finalizers } };
  try {
    await mergePatch(transport, key, patch, { permit, signal, purpose: "status" });
  } catch (error) {
    if (!PASSING.has(refusalOf(error, key.resource).kind)) throw error;
  }
}

/** Somebody else has written at the same time; the next look shows what. */
const PASSING: ReadonlySet<string> = new Set(["stale", "object-missing", "uid-mismatch"]);
