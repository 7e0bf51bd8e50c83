/**
 * Writes to members that do not have server-side apply: those before Kubernetes 1.16, and API servers of an extension. They answer
 * every apply with 415, and then the whole object is written. That is asked anew with each write: a member may be renewed.
 *
 *   action            | request                                             | guard
 *   create            | create                                              | there must be no object
 *   update            | replace, by what is wanted merged into what is there | uid, resourceVersion
 *   adopt, take over  | the same                                            | uid, resourceVersion
 *   nothing to change | none                                                |
 *
 * An annotation of the copy keeps which fields we set, so that a field that the template gives up goes, and all that the host
 * never set stays (propagate/merge). There are no owners of fields, so a value that others change back while ours stays is taken
 * from them as often as `contests` allows.
 */
import { canonicalJson, type JsonRecord } from "../../kernel/json.ts";
import { KubeError } from "../../fleet/kube/kube-error.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { create } from "../../fleet/objects/create.ts";
import { read } from "../../fleet/objects/read.ts";
import { replace } from "../../fleet/objects/replace.ts";
import type { ObjectContent } from "../../fleet/objects/write.ts";
import { APPLIED, FIELDS, MANAGED, OWNER } from "../federated/labels.ts";
import { mergedCopy } from "../merge/merged-copy.ts";
import { fieldsOfText, sentFields, textOfFields } from "../merge/sent-fields.ts";
import type { FieldContests } from "./contests.ts";
import { contestedOutcome, GONE, type WriteOutcome, written } from "./outcome.ts";
import { changedPaths } from "./reply-check.ts";
import { type CopyRequest, inVersionOf, type Sent } from "./send-copy.ts";

type Whole = Sent & {
  /** False: it was as wanted. */
  readonly hasWritten: boolean;
  /** False: it was applied. */
  readonly isWhole: boolean;
};

/** What nobody has stored yet. */
const NEW = { uid: "new", resourceVersion: "0" };
const UNSUPPORTED_MEDIA_TYPE = 415;

export function isWithoutApply(error: unknown): boolean {
  return error instanceof KubeError && error.status === UNSUPPORTED_MEDIA_TYPE;
}

/** The apply, or what takes its place. Throws what either throws. */
export async function orWhole(applied: Promise<Sent>, whole: () => Promise<Whole>): Promise<Whole> {
  try {
    return { ...(await applied), hasWritten: true, isWhole: false };
  } catch (error) {
    if (!isWithoutApply(error)) throw error;
    return whole();
  }
}

/** Throws as `create` does. A dry run sends nothing: the oldest members would carry it out. */
export async function createWhole(request: CopyRequest, body: ObjectContent): Promise<Whole> {
  const sent = withFields(body, body);
  if (request.isDryRun === true) {
    const metadata = { ...sent.metadata, ...NEW, name: request.key.name };
    return { object: { ...sent, metadata }, message: null, hasWritten: false, isWhole: true };
  }
  const { object } = await create(
    request.transport,
    inVersionOf(request.key, body),
    sent,
    optionsOf(request),
  );
  return { object, message: messageOn(body, object), hasWritten: true, isWhole: true };
}

/** `live`: as it was read. Throws as `replace` does; a dry run sends nothing. */
export async function replaceWhole(
  request: CopyRequest,
  body: ObjectContent,
  live: ApiObject,
): Promise<Whole> {
  const key = inVersionOf(request.key, body);
  const isOther = live.apiVersion !== body["apiVersion"];
  const now = isOther ? ((await read(request.transport, key, request)) ?? live) : live;
  const before = fieldsOfText(now.metadata.annotations?.[FIELDS]);
  const merged = withFields(mergedCopy(now, body, before) as ObjectContent, body);
  const isSame = canonicalJson(merged) === canonicalJson(now);
  if (isSame || request.isDryRun === true)
    return { object: isSame ? now : (merged as ApiObject), message: null, hasWritten: false, isWhole: true };
  const { object } = await replace(request.transport, key, merged, { ...optionsOf(request), before: live });
  return { object, message: messageOn(body, object), hasWritten: true, isWhole: true };
}

/** As `update` of carry-out.ts. */
export async function updateWhole(
  request: CopyRequest,
  body: ObjectContent,
  { uid, contests }: { readonly uid: string; readonly contests: FieldContests },
): Promise<WriteOutcome> {
  const live = await read(request.transport, inVersionOf(request.key, body), request);
  if (live === null) return GONE;
  if (live.metadata.uid !== uid || isWithdrawn(live, body)) return { ...GONE, copy: live };
  const isOurContent = live.metadata.labels?.[APPLIED] === labelsOf(body)[APPLIED];
  const claims = (isOurContent ? changedPaths(body, live) : []).map((path) => ({
    path,
    manager: "a writer",
  }));
  const contested = contests.contested(uid, claims);
  if (contested.length > 0) return contestedOutcome(contested);
  const { object, message, hasWritten } = await replaceWhole(request, body, live);
  // What a webhook changes during our own write was not taken from anybody.
  const changed = changedPaths(body, object);
  contests.taken(
    uid,
    claims.filter(({ path }) => !changed.includes(path)),
  );
  return written(object, message, hasWritten);
}

/** Its member has opted out, or another federation has taken it. */
export function isWithdrawn({ metadata: { labels = {} } }: ApiObject, body: ObjectContent): boolean {
  const owner = labels[OWNER] ?? "";
  return labels[MANAGED] === "false" || (owner !== "" && owner !== labelsOf(body)[OWNER]);
}

function labelsOf({ metadata }: ObjectContent): Readonly<Record<string, unknown>> {
  return (metadata?.["labels"] ?? {}) as Readonly<Record<string, unknown>>;
}

/** `sent`: what we set in it. */
function withFields(object: ObjectContent, sent: JsonRecord): ObjectContent {
  const annotations = object.metadata?.["annotations"] as JsonRecord | undefined;
  const text = textOfFields(sentFields(sent));
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [FIELDS]: text } } };
}

function optionsOf({ permit, signal, manager }: CopyRequest) {
  return { permit, signal, fieldManager: manager };
}

/** A plain write drops what the server does not know. */
function messageOn(body: ObjectContent, reply: ApiObject): string | null {
  const changed = changedPaths(body, reply);
  return changed.length === 0
    ? null
    : `the cluster changes ${changed.join(", ")} when it is written (a webhook, or fields that it does not know?)`;
}
