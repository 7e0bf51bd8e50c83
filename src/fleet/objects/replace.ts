/** Replaces an object by a whole new content, against the version that was read. */
import type { Transport } from "../kube/transport.ts";
import type { ApiObject } from "./api-object.ts";
import type { ObjectKey } from "./object-path.ts";
import {
  type ObjectContent,
  manifestFor,
  pathOf,
  write,
  type WriteOptions,
  type WriteReply,
} from "./write.ts";

/** As `write`. Refused as "stale" or "uid-mismatch" when the object is not the one of `before` any more. */
export function replace(
  transport: Transport,
  key: ObjectKey,
  manifest: ObjectContent,
  options: WriteOptions & { readonly before: ApiObject },
): Promise<WriteReply> {
  const { uid, resourceVersion } = options.before.metadata;
  const { metadata, ...rest } = manifestFor(key, manifest);
  const body = { ...rest, metadata: { ...metadata, uid, resourceVersion } };
  return write(transport, { method: "PUT", path: pathOf(key, options), body }, options);
}
