/** Deletes one object: exactly the one that was read, in the version that was read. */
import { isRecord } from "../kube/kube-error.ts";
import type { Transport } from "../kube/transport.ts";
import { type ObjectKey, objectPath } from "./object-path.ts";
import type { WriteOptions } from "./write.ts";

export type RemoveOptions = Pick<WriteOptions, "permit" | "signal" | "isDryRun" | "purpose"> & {
  readonly uid: string;
  /** null only where every change to the object since is meant to be deleted too. */
  readonly resourceVersion: string | null;
  /** Default: "Background", dependents are deleted afterwards. */
  readonly propagation?: "Background" | "Foreground" | "Orphan";
  /** Default: that of the object. */
  readonly gracePeriodSeconds?: number;
};
/** `pending`: finalizers keep the object, with a deletionTimestamp. */
type RemoveReply = "gone" | "pending";

/** Throws as `write` does; refused as "object-missing", "uid-mismatch" or "stale". */
export async function remove(
  transport: Transport,
  key: ObjectKey,
  options: RemoveOptions,
): Promise<RemoveReply> {
  const { uid, resourceVersion } = options;
  const { json } = await transport.request({
    method: "DELETE",
    path: objectPath(key),
    body: {
      apiVersion: "v1",
      kind: "DeleteOptions",
      preconditions: { uid, ...(resourceVersion !== null && { resourceVersion }) },
      propagationPolicy: options.propagation ?? "Background",
      ...(options.gracePeriodSeconds !== undefined && { gracePeriodSeconds: options.gracePeriodSeconds }),
      ...(options.isDryRun === true && { dryRun: ["All"] }),
    },
    purpose: options.purpose ?? "write",
    permit: options.permit,
    signal: options.signal,
  });
  // A Status says that the object is gone. Most kinds are answered with the object itself.
  return isRecord(json) && json["kind"] !== "Status" && isPending(json) ? "pending" : "gone";
}

function isPending({ metadata, spec }: Readonly<Record<string, unknown>>): boolean {
  if (!isRecord(metadata) || metadata["deletionTimestamp"] === undefined) return false;
  const hasGrace = Number(metadata["deletionGracePeriodSeconds"] ?? 0) > 0;
  // A Namespace has finalizers in its spec as well.
  return hasGrace || hasFinalizers(metadata) || (isRecord(spec) && hasFinalizers(spec));
}

function hasFinalizers({ finalizers }: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(finalizers) && finalizers.length > 0;
}
