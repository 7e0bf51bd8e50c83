/** Sends one apply, without the fields that the member does not know: as the server names them, at most a few times. */
import { KubeError } from "../../fleet/kube/kube-error.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { WritePermit } from "../../fleet/kube/write-permit.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { apply, type ApplyOptions } from "../../fleet/objects/apply.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import type { ObjectContent } from "../../fleet/objects/write.ts";
import { LEFT_OUT } from "../federated/labels.ts";
import { type KnownPart, knownPartOf, leftOutText, markOf } from "./left-out.ts";
import { changedPaths } from "./reply-check.ts";

/** A server names all unknown fields at once, as far as a message is read. */
const TIMES_MAX = 5;

export type CopyRequest = {
  readonly transport: Transport;
  readonly key: ObjectKey;
  readonly permit: WritePermit;
  readonly signal: AbortSignal;
  readonly manager: string;
  /** Member and permit check everything, nothing is written, and the reply is what would be. */
  readonly isDryRun?: boolean;
};

export type Sent = {
  readonly object: ApiObject;
  /** What is to be told about the copy; null = all is as sent. */
  readonly message: string | null;
};

/** Throws as `apply` does. */
export async function sendCopy(
  request: CopyRequest,
  body: ObjectContent,
  guard: ApplyOptions["guard"],
  isForced: boolean,
): Promise<Sent> {
  let part: KnownPart = { body, leftOut: [], missing: [] };
  for (let times = 1; ; times += 1) {
    const sent = part.leftOut.length === 0 ? body : marked(part);
    try {
      const { object } = await send(request, sent, guard, isForced);
      return { object, message: messageOn(part, object) };
    } catch (error) {
      const known = error instanceof KubeError ? knownPartOf(part.body, error.sentence) : null;
      if (known === null || times === TIMES_MAX) throw error;
      part = joined(part, known);
    }
  }
}

/** In the version of the body, which an override may have set. */
export function inVersionOf(key: ObjectKey, body: ObjectContent): ObjectKey {
  const version = String(body["apiVersion"]).split("/").at(-1) as string;
  return { ...key, resource: { ...key.resource, version } };
}

function send(
  { transport, key, permit, signal, manager, isDryRun = false }: CopyRequest,
  body: ObjectContent,
  guard: ApplyOptions["guard"],
  isForced: boolean,
) {
  return apply(transport, inVersionOf(key, body), body, {
    isDryRun,
    permit,
    signal,
    fieldManager: manager,
    guard,
    isForced,
  });
}

function marked({ body, missing }: KnownPart): ObjectContent {
  const labels = body.metadata?.["labels"] as Readonly<Record<string, unknown>> | undefined;
  return { ...body, metadata: { ...body.metadata, labels: { ...labels, [LEFT_OUT]: markOf(missing) } } };
}

function joined(before: KnownPart, { body, leftOut, missing }: KnownPart): KnownPart {
  return {
    body,
    leftOut: [...before.leftOut, ...leftOut],
    missing: [...before.missing, ...missing],
  };
}

/** What webhooks change is told and not repeated: a repetition would end the same way. */
function messageOn({ body, leftOut }: KnownPart, reply: ApiObject): string | null {
  const changed = changedPaths(body, reply);
  const clauses = [
    ...(leftOut.length > 0 ? [leftOutText(leftOut)] : []),
    ...(changed.length > 0
      ? [`the cluster changes ${changed.join(", ")} when it is written (a webhook?)`]
      : []),
  ];
  return clauses.length === 0 ? null : clauses.join("; ");
}
