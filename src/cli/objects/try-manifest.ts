/**
 * What the API server of the host makes of a manifest, by a dry run: its definition defaults, drops and refuses fields, and webhooks
 * have their say.
 *
 *   answer                                | result
 *   the object as it would be             | that
 *   we may not write, or it has no namespace yet | unasked: the manifest counts as it is
 *   any other refusal                     | refused
 */
import type { JsonRecord } from "../../kernel/json.ts";
import { freePermit } from "../../fleet/kube/write-permit.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { create } from "../../fleet/objects/create.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import { replace } from "../../fleet/objects/replace.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import type { ObjectContent } from "../../fleet/objects/write.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { stepError } from "../clusters/step-error.ts";

type TriedManifest =
  | { readonly kind: "made"; readonly object: ApiObject }
  /** Sentences, the first with its cure. */
  | { readonly kind: "unasked" | "refused"; readonly sentence: string };

/** For requests that write nothing. */
const TIMEOUT_SECONDS = 10;
const UNANSWERED: ReadonlySet<string> = new Set([
  "unreachable",
  "hang-up",
  "timeout",
  "unauthorized",
  "throttled",
  "unavailable",
]);

/** `before`: as the host has it; null = it has none. Throws an OperationalError where the host does not answer. */
export async function tryManifest(
  host: Pick<ClusterConnection, "name" | "transport">,
  key: ObjectKey,
  { manifest, before }: { readonly manifest: ObjectContent; readonly before: ApiObject | null },
  signal: AbortSignal,
): Promise<TriedManifest> {
  const options = { permit: freePermit(TIMEOUT_SECONDS), signal, isDryRun: true };
  try {
    const { object } =
      before === null
        ? await create(host.transport, key, manifest, options)
        : await replace(host.transport, key, withoutServerFields(manifest), { ...options, before });
    return { kind: "made", object };
  } catch (error) {
    const { plural } = key.resource;
    const { kind, message, advice } = refusalOf(error, { plural });
    if (UNANSWERED.has(kind)) throw stepError(`${host.name}: ${manifest.kind} ${key.name}`, error, plural);
    if (kind === "namespace-missing")
      return {
        kind: "unasked",
        sentence: `the host has no namespace ${key.namespace} yet; create it first`,
      };
    if (kind === "rbac")
      return { kind: "unasked", sentence: `the host was not asked whether it takes the object: ${message}` };
    return { kind: "refused", sentence: `${message}; ${advice}` };
  }
}

/** A manifest that kubectl printed has them. */
function withoutServerFields({ metadata = {}, ...content }: ObjectContent): ObjectContent {
  const { managedFields: _, deletionTimestamp: _time, ...kept } = metadata as JsonRecord;
  return { ...content, metadata: kept } as ObjectContent;
}
