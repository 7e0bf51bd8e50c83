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
 * An object that refuses every apply, because a list has an item twice, is repaired first (live-duplicates.ts). Fields that the
 * member does not know are left out (left-out.ts). A member that cannot apply gets whole objects (without-apply.ts).
 *
 * None throws: what a member refuses is an outcome. Nothing is sent without a permit.
 */
import { KubeError } from "../../fleet/kube/kube-error.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { read } from "../../fleet/objects/read.ts";
import { refusalOf, type RequestRefusal } from "../../fleet/objects/refusal.ts";
import { remove, type RemoveOptions } from "../../fleet/objects/remove.ts";
import type { ObjectContent } from "../../fleet/objects/write.ts";
import { ADOPTED, APPLIED, FIELDS, LEFT_OUT, MANAGED, OWNER } from "../federated/labels.ts";
import type { FieldClaim, FieldContests } from "./contests.ts";
import { repairOf } from "./live-duplicates.ts";
import { hasKubefedEntry, withoutField, withoutKubefed, withoutManager } from "./managed-fields.ts";
import { contestedOutcome, GONE, refused, type WriteOutcome, written } from "./outcome.ts";
import { changedPaths } from "./reply-check.ts";
import { type CopyRequest, sendCopy } from "./send-copy.ts";
import {
  createWhole,
  isWithdrawn,
  isWithoutApply,
  orWhole,
  replaceWhole,
  updateWhole,
} from "./without-apply.ts";

export function create(request: CopyRequest, body: ObjectContent): Promise<WriteOutcome> {
  return attempt(request, { verb: "Creation", isGuardedCreate: true }, async () => {
    const guard = { mustNotExist: true } as const;
    const sent = await orWhole(sendCopy(request, body, guard, false), () => createWhole(request, body));
    return written(sent.object, sent.message);
  });
}

/** Fields of other writers are taken as long as `contests` allows. */
export function update(
  request: CopyRequest,
  body: ObjectContent,
  { uid, contests }: { readonly uid: string; readonly contests: FieldContests },
): Promise<WriteOutcome> {
  const again = repairing(request, contests, () => takenOver(request, body));
  return attempt(request, { verb: "Update", onRefusal: again }, async () => {
    try {
      const { object, message } = await sendCopy(request, body, { uid }, false);
      return written(await freed(request, object), message);
    } catch (error) {
      if (isWithoutApply(error)) return updateWhole(request, body, { uid, contests });
      const refusal = refusalOf(error, { plural: request.key.resource.plural });
      if (refusal.kind !== "field-conflict") throw error;
      const claims = refusal.owners.flatMap(({ manager, paths }) => paths.map((path) => ({ path, manager })));
      const live = claims.some(isOwnership) ? await read(request.transport, request.key, request) : null;
      if (live !== null && isWithdrawn(live, body)) return { ...GONE, copy: live };
      const contested = contests.contested(uid, claims);
      if (contested.length > 0) return contestedOutcome(contested);
      contests.taken(uid, claims);
      const { object, message } = await sendCopy(request, body, { uid }, true);
      return written(await freed(request, object), message);
    }
  });
}

/** The labels say whose a copy is: they are never taken from others without a look. */
function isOwnership({ path }: FieldClaim): boolean {
  return path.includes(MANAGED) || path.includes(OWNER);
}

/** `onlyWithoutChange`: an object that would change is left alone, and the fields are named. */
export function adopt(
  request: CopyRequest,
  body: ObjectContent,
  { onlyWithoutChange, contests }: { readonly onlyWithoutChange: boolean; readonly contests: FieldContests },
): Promise<WriteOutcome> {
  const action = async (): Promise<WriteOutcome> => {
    const live = await read(request.transport, request.key, request);
    if (live === null) return GONE;
    const refusal = onlyWithoutChange ? refusedAdoption(body, live) : null;
    if (refusal !== null) return refusal;
    const { uid, resourceVersion } = live.metadata;
    const guard = { uid, resourceVersion };
    const sent = await orWhole(sendCopy(request, body, guard, true), () => replaceWhole(request, body, live));
    return written(await freed(request, sent.object), sent.message, sent.hasWritten);
  };
  const onRefusal = onlyWithoutChange ? {} : { onRefusal: repairing(request, contests, action) };
  return attempt(request, { verb: "Update", ...onRefusal }, action);
}

/** Null = nothing but labels would change in it. */
export function refusedAdoption(body: ObjectContent, live: ApiObject): WriteOutcome | null {
  const { labels: _, ...metadata } = body.metadata ?? {};
  const changes = changedPaths({ ...body, metadata }, live);
  if (changes.length === 0) return null;
  const message = `it exists and differs in ${changes.join(", ")}: change the template, or allow adoption`;
  return { ...GONE, report: { status: "AlreadyExists", message, code: null }, copy: live, next: "stop" };
}

/**
 * Content first, then ownership: the second write takes KubeFed's entries out, so that what the template gives up later is removed.
 * Neither raises the generation of a copy that has the wanted content. A crash in between is visible in the entries.
 */
export function takeOver(
  request: CopyRequest,
  body: ObjectContent,
  contests: FieldContests,
): Promise<WriteOutcome> {
  const action = (): Promise<WriteOutcome> => takenOver(request, body);
  return attempt(request, { verb: "Update", onRefusal: repairing(request, contests, action) }, action);
}

async function takenOver(request: CopyRequest, body: ObjectContent): Promise<WriteOutcome> {
  const live = await read(request.transport, request.key, request);
  if (live === null) return GONE;
  const { uid, resourceVersion } = live.metadata;
  const guard = { uid, resourceVersion };
  const sent = await orWhole(sendCopy(request, body, guard, true), () => replaceWhole(request, body, live));
  const { object, message } = sent;
  // A dry run changed nothing that a second one could go on from. A member that cannot apply keeps no entries.
  if (request.isDryRun === true || sent.isWhole) return written(object, message, sent.hasWritten);
  const entries = withoutKubefed(object.metadata["managedFields"], request.manager);
  return written(await disown(request, object, entries), message);
}

/** What to do when an object refuses every apply, because it has an item twice: its lists are made unique, then `action`. */
function repairing(
  request: CopyRequest,
  contests: FieldContests,
  action: () => Promise<WriteOutcome>,
): OnRefusal {
  return async (refusal, error) => {
    if (refusal.kind !== "live-duplicates" || !(error instanceof KubeError)) return null;
    const live = await read(request.transport, request.key, request);
    const repair = live === null ? null : repairOf(live, error.sentence);
    if (live === null || repair === null) return null;
    const { uid, resourceVersion } = live.metadata;
    const claims = repair.lists.map((path) => ({ path, manager: "a writer that has items twice" }));
    const contested = contests.contested(uid, claims);
    if (contested.length > 0) return contestedOutcome(contested);
    contests.taken(uid, claims);
    const { metadata, ...content } = repair.patch;
    const guard = { uid, resourceVersion };
    const { object } = await patch(request, { ...content, metadata: { ...(metadata as object), ...guard } });
    const outcome = request.isDryRun === true ? written(object) : await action();
    const told = `${repair.lists.join(", ")} had an item twice in the cluster: the last one was kept`;
    return withMessage(outcome, told);
  };
}

function withMessage(outcome: WriteOutcome, told: string): WriteOutcome {
  if (outcome.report === null) return outcome;
  const message = outcome.report.message === null ? told : `${told}; ${outcome.report.message}`;
  return { ...outcome, report: { ...outcome.report, message } };
}

/** Gives a field to the member before it is no longer sent, so that it keeps its value. */
export function handOver(request: CopyRequest, path: readonly string[]): Promise<WriteOutcome> {
  return attempt(request, { verb: "Update" }, async () => {
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
  return attempt(request, { verb: "Deletion" }, async () => {
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
  return attempt(request, { verb: "LabelRemoval" }, async () => {
    const live = await read(request.transport, request.key, request);
    if (live === null) return GONE;
    const { uid, resourceVersion } = live.metadata;
    const labels = { [MANAGED]: null, [OWNER]: null, [APPLIED]: null, [ADOPTED]: null, [LEFT_OUT]: null };
    const isWhole = FIELDS in (live.metadata.annotations ?? {});
    const managedFields = withoutManager(live.metadata["managedFields"], request.manager);
    // An empty list would wipe the entries of everybody.
    const owned = managedFields.length > 0 ? { managedFields } : {};
    const metadata = {
      uid,
      resourceVersion,
      labels,
      ...(isWhole && { annotations: { [FIELDS]: null } }),
      ...owned,
    };
    const { object } = await patch(request, { metadata });
    return { ...written(object), report: null };
  });
}

/** Reads a copy whose state is not known. */
export function look(request: CopyRequest): Promise<WriteOutcome> {
  return attempt(request, { verb: "Update" }, async () => {
    const copy = await read(request.transport, request.key, request);
    return { ...GONE, copy };
  });
}

/**
 * Our fields are ours alone. After a time in which owners were not recorded, as when somebody took all entries out, the server has
 * made an entry that owns everything.
 */
async function freed(request: CopyRequest, object: ApiObject): Promise<ApiObject> {
  const { managedFields } = object.metadata;
  if (request.isDryRun === true || !hasKubefedEntry(managedFields, request.manager)) return object;
  return disown(request, object, withoutKubefed(managedFields, request.manager));
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

type OnRefusal = (refusal: RequestRefusal, error: unknown) => Promise<WriteOutcome | null>;

type Attempt = {
  readonly verb: Parameters<typeof refused>[0];
  readonly isGuardedCreate?: boolean;
  /** Null = nothing can be done about it. May throw. */
  readonly onRefusal?: OnRefusal;
};

async function attempt(
  { key }: CopyRequest,
  { verb, isGuardedCreate = false, onRefusal }: Attempt,
  action: () => Promise<WriteOutcome>,
): Promise<WriteOutcome> {
  const outcomeOf = async (error: unknown, isLast: boolean): Promise<WriteOutcome> => {
    const refusal = refusalOf(error, { plural: key.resource.plural, isGuardedCreate });
    try {
      const outcome = isLast ? null : await onRefusal?.(refusal, error);
      if (outcome !== null && outcome !== undefined) return outcome;
    } catch (second) {
      return outcomeOf(second, true);
    }
    return refused(verb, refusal, error instanceof KubeError ? error.status : null);
  };
  try {
    return await action();
  } catch (error) {
    return outcomeOf(error, false);
  }
}
