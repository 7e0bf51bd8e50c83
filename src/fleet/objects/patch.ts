/** Merge patch (RFC 7386) and JSON patch (RFC 6902) of an object that exists. */
import type { Transport } from "../kube/transport.ts";
import type { ObjectKey } from "./object-path.ts";
import { pathOf, write, type WriteOptions, type WriteReply } from "./write.ts";

type PatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move" | "copy"; readonly from: string; readonly path: string };

/**
 * As `write`. `metadata.uid` and `metadata.resourceVersion` in the patch are preconditions, refused as "uid-mismatch" and
 * "stale": prefer them to the `test` of a JSON patch, whose refusal does not say what differed.
 */
export function mergePatch(
  transport: Transport,
  key: ObjectKey,
  patch: Readonly<Record<string, unknown>>,
  options: WriteOptions,
): Promise<WriteReply> {
  const path = pathOf(key, options);
  const contentType = "application/merge-patch+json";
  return write(transport, { method: "PATCH", path, contentType, body: patch }, options);
}

/** As `write`. A failed `test` is refused as "patch-test". */
export function jsonPatch(
  transport: Transport,
  key: ObjectKey,
  patch: readonly PatchOperation[],
  options: WriteOptions,
): Promise<WriteReply> {
  const path = pathOf(key, options);
  const contentType = "application/json-patch+json";
  return write(transport, { method: "PATCH", path, contentType, body: patch }, options);
}
