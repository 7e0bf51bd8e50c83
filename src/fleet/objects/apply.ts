/** Server-side apply: says which fields have which values, and leaves all others to their owners. */
import { OperationalError } from "../../kernel/error.ts";
import type { Transport } from "../kube/transport.ts";
import type { ObjectKey } from "./object-path.ts";
import {
  type ObjectContent,
  manifestFor,
  pathOf,
  write,
  type WriteOptions,
  type WriteReply,
} from "./write.ts";

/**
 * What must be true of the object. An apply without any of these creates an object that does not exist, and merges into
 * one that does, also if another program made it.
 */
type ApplyGuard =
  /** Refused as "exists" when there is an object of this name. */
  | { readonly mustNotExist: true }
  /** Refused as "uid-mismatch" when the object was deleted or replaced. With `resourceVersion` refused as "stale" when it changed. */
  | { readonly uid: string; readonly resourceVersion?: string }
  | { readonly isUnguarded: true };

export type ApplyOptions = WriteOptions & {
  readonly guard: ApplyGuard;
  /** Takes fields from other owners instead of being refused with "field-conflict". */
  readonly isForced?: boolean;
};

/**
 * The first resourceVersion that etcd could give, which no object has: an API server ignores the resourceVersion of an
 * object that does not exist, and refuses every other with 409. (Not documented; a test tries it on the API server.)
 */
const NO_OBJECT_HAS = "1";

/** As `write`. Compare the values of the reply with those sent: a mutating webhook may have changed them. */
export function apply(
  transport: Transport,
  key: ObjectKey,
  manifest: ObjectContent,
  options: ApplyOptions,
): Promise<WriteReply> {
  const { metadata, ...rest } = manifestFor(key, manifest);
  if (metadata?.["managedFields"] !== undefined)
    throw new OperationalError("KUBE_BAD_OBJECT", "an apply must not have managedFields");
  return write(
    transport,
    {
      method: "PATCH",
      path: pathOf(key, options),
      query: { force: options.isForced === true ? true : undefined },
      contentType: "application/apply-patch+yaml",
      body: { ...rest, metadata: { ...metadata, ...preconditions(options.guard) } },
    },
    options,
  );
}

function preconditions(guard: ApplyGuard): Readonly<Record<string, unknown>> {
  if ("mustNotExist" in guard) return { uid: undefined, resourceVersion: NO_OBJECT_HAS };
  if ("isUnguarded" in guard) return { uid: undefined, resourceVersion: undefined };
  return { uid: guard.uid, resourceVersion: guard.resourceVersion };
}
