/**
 * The only writes to members: one function for each action, each with its guard.
 *
 *   action    | request                                                     | guard
 *   create    | apply                                                       | there must be no object
 *   update    | apply without force; with force where a conflict may be won | uid
 *   adopt     | apply with force                                            | uid, resourceVersion
 *   take over | apply with force, then KubeFed's entries are taken out      | uid, resourceVersion
 *   remove    | delete                                                      | uid, resourceVersion
 *   release   | our labels and our entry of managedFields are taken out     | uid, resourceVersion
 *
 * None throws: what a member refuses is an outcome. Nothing is sent without a permit.
 */
import { KubeError } from "../../fleet/kube/kube-error.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { WritePermit } from "../../fleet/kube/write-permit.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { apply, type ApplyOptions } from "../../fleet/objects/apply.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { read } from "../../fleet/objects/read.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { remove, type RemoveOptions } from "../../fleet/objects/remove.ts";
import type { ObjectContent } from "../../fleet/objects/write.ts";
import { ADOPTED, APPLIED, MANAGED, OWNER } from "../federated/labels.ts";
import type { FieldClaim, FieldContests } from "./contests.ts";
import { withoutField, withoutKubefed, withoutManager } from "./managed-fields.ts";
import { refused, type WriteOutcome, written } from "./outcome.ts";
import { changedPaths } from "./reply-check.ts";

export type CopyRequest = {
  readonly transport: Transport;
  readonly key: ObjectKey;
  readonly permit: WritePermit;
  readonly signal: AbortSignal;
  readonly manager: string;
  /** Member and permit check everything, nothing is written, and the reply is what would be. */
  readonly isDryRun?: boolean;
};

const GONE: WriteOutcome = {
  report: null,
  copy: null,
  hasWritten: false,
  next: "decide-again",
  retryAfterMs: 0,
};

export function create(request: CopyRequest, body: ObjectContent): Promise<WriteOutcome> {
  return attempt(request, "Creation", true, async () => {
    const { object } = await send(request, body, { mustNotExist: true }, false);
    return written(object, webhookMessage(body, object));
  });
}

/** Fields of other writers are taken as long as `contests` allows. */
export function update(
  request: CopyRequest,
  body: ObjectContent,
  { uid, contests }: { readonly uid: string; readonly contests: FieldContests },
): Promise<WriteOutcome> {
  return attempt(request, "Update", false, async () => {
    try {
      const { object } = await send(request, body, { uid }, false);
      return written(object, webhookMessage(body, object));
    } catch (error) {
      const refusal = refusalOf(error, { plural: request.key.resource.plural });
      if (refusal.kind !== "field-conflict") throw error;
      const claims = refusal.owners.flatMap(({ manager, paths }) => paths.map((path) => ({ path, manager })));
      const contested = contests.contested(uid, claims);
      if (contested.length > 0) return contestedOutcome(contested);
      contests.taken(uid, claims);
      const { object } = await send(request, body, { uid }, true);
      return written(object, webhookMessage(body, object));
    }
  });
}

/** `onlyWithoutChange`: an object that would change is left alone, and the fields are named. */
export function adopt(
  request: CopyRequest,
  body: ObjectContent,
  { onlyWithoutChange }: { readonly onlyWithoutChange: boolean },
): Promise<WriteOutcome> {
  return attempt(request, "Update", false, async () => {
    const live = await read(request.transport, request.key, request);
    if (live === null) return GONE;
    const { labels: _, ...metadata } = body.metadata ?? {};
    const changes = onlyWithoutChange ? changedPaths({ ...body, metadata }, live) : [];
    if (changes.length > 0) {
      const message = `it exists and differs in ${changes.join(", ")}: change the template, or allow adoption`;
      return { ...GONE, report: { status: "AlreadyExists", message, code: null }, copy: live, next: "stop" };
    }
    const { uid, resourceVersion } = live.metadata;
    const { object } = await send(request, body, { uid, resourceVersion }, true);
    return written(object, webhookMessage(body, object));
  });
}

/**
 * Content first, then ownership: the second write takes KubeFed's entries out, so that what the template gives up later is removed.
 * Neither raises the generation of a copy that has the wanted content. A crash in between is visible in the entries.
 */
export function takeOver(request: CopyRequest, body: ObjectContent): Promise<WriteOutcome> {
  return attempt(request, "Update", false, async () => {
    const live = await read(request.transport, request.key, request);
    if (live === null) return GONE;
    const { uid, resourceVersion } = live.metadata;
    const { object } = await send(request, body, { uid, resourceVersion }, true);
    // A dry run changed nothing that a second one could go on from.
    if (request.isDryRun === true) return written(object, webhookMessage(body, object));
    const owned = await disown(request, object, withoutKubefed(object.metadata["managedFields"]));
    return written(owned, webhookMessage(body, owned));
  });
}

/** Gives a field to the member before it is no longer sent, so that it keeps its value. */
export function handOver(request: CopyRequest, path: readonly string[]): Promise<WriteOutcome> {
  return attempt(request, "Update", false, async () => {
    const live = await read(request.transport, request.key, request);
    if (live === null) return GONE;
    const entries = withoutField(live.metadata["managedFields"], request.manager, path);
    const object = entries === null ? live : await disown(request, live, entries);
    return { ...written(object), report: null, hasWritten: entries !== null, next: "decide-again" };
  });
}

export function removeCopy(
  request: CopyRequest,
  preconditions: Pick<RemoveOptions, "uid" | "resourceVersion" | "propagation" | "gracePeriodSeconds">,
): Promise<WriteOutcome> {
  return attempt(request, "Deletion", false, async () => {
    await remove(request.transport, request.key, { ...request, ...preconditions });
    return {
      report: { status: "WaitingForRemoval", message: null, code: null },
      copy: "unknown",
      hasWritten: true,
      next: "decide-again",
      retryAfterMs: 0,
    };
  });
}

/** The copy stays as it is, and nothing in it is ours any more. */
export function release(request: CopyRequest): Promise<WriteOutcome> {
  return attempt(request, "LabelRemoval", false, async () => {
    const live = await read(request.transport, request.key, request);
    if (live === null) return GONE;
    const { uid, resourceVersion } = live.metadata;
    const labels = { [MANAGED]: null, [OWNER]: null, [APPLIED]: null, [ADOPTED]: null };
    const managedFields = withoutManager(live.metadata["managedFields"], request.manager);
    // An empty list would wipe the entries of everybody.
    const owned = managedFields.length > 0 ? { managedFields } : {};
    const metadata = { uid, resourceVersion, labels, ...owned };
    const { object } = await patch(request, { metadata });
    return { ...written(object), report: null };
  });
}

/** Reads a copy whose state is not known. */
export function look(request: CopyRequest): Promise<WriteOutcome> {
  return attempt(request, "Update", false, async () => {
    const copy = await read(request.transport, request.key, request);
    return { ...GONE, copy };
  });
}

async function disown(
  request: CopyRequest,
  { metadata: { uid, resourceVersion } }: ApiObject,
  managedFields: readonly object[],
): Promise<ApiObject> {
  const { object } = await patch(request, { metadata: { uid, resourceVersion, managedFields } });
  return object;
}

function patch(
  { transport, key, permit, signal, manager, isDryRun = false }: CopyRequest,
  body: Readonly<Record<string, unknown>>,
) {
  return mergePatch(transport, key, body, { permit, signal, fieldManager: manager, isDryRun });
}

function send(
  { transport, key, permit, signal, manager, isDryRun = false }: CopyRequest,
  body: ObjectContent,
  guard: ApplyOptions["guard"],
  isForced: boolean,
) {
  return apply(transport, key, body, { permit, signal, fieldManager: manager, guard, isForced, isDryRun });
}

async function attempt(
  { key }: CopyRequest,
  verb: Parameters<typeof refused>[0],
  isGuardedCreate: boolean,
  action: () => Promise<WriteOutcome>,
): Promise<WriteOutcome> {
  try {
    return await action();
  } catch (error) {
    const refusal = refusalOf(error, { plural: key.resource.plural, isGuardedCreate });
    return refused(verb, refusal, error instanceof KubeError ? error.status : null);
  }
}

function contestedOutcome(claims: readonly FieldClaim[]): WriteOutcome {
  const named = claims.map(({ path, manager }) => `${manager} (${path})`).join(", ");
  const message = `others change fields back each time: ${named}; take the fields out of the template, or stop them`;
  return {
    report: { status: "Contested", message, code: 409 },
    copy: "unknown",
    hasWritten: false,
    next: "retry",
    retryAfterMs: 0,
  };
}

/** Null = the values are as sent. A repetition would end the same way, so it is told and not repeated. */
function webhookMessage(body: ObjectContent, reply: ApiObject): string | null {
  const paths = changedPaths(body, reply);
  return paths.length === 0
    ? null
    : `the cluster changes ${paths.join(", ")} when it is written (a webhook?)`;
}
