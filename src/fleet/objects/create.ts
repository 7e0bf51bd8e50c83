/** Creates an object that must not exist yet. */
import type { Transport } from "../kube/transport.ts";
import { type ObjectKey, pathOfCollection } from "./object-path.ts";
import { type ObjectContent, manifestFor, write, type WriteOptions, type WriteReply } from "./write.ts";

/** As `write`. Refused as "exists" when there is an object of this name. */
export function create(
  transport: Transport,
  key: ObjectKey,
  manifest: ObjectContent,
  options: Omit<WriteOptions, "subresource">,
): Promise<WriteReply> {
  const body = manifestFor(key, manifest);
  return write(transport, { method: "POST", path: pathOfCollection(key), body }, options);
}
