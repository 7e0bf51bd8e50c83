/**
 * The order that nothing is written for the federation, as a ConfigMap of the host: while it exists, every holder of a lease
 * writes nothing, whatever the ConfigMap says. `kubectl delete configmap fedns-pause` ends it as `fedns resume` does.
 */
import type { Transport } from "../kube/transport.ts";
import type { WritePermit } from "../kube/write-permit.ts";
import type { ApiObject } from "../objects/api-object.ts";
import { isRecord } from "../kube/kube-error.ts";
import { create } from "../objects/create.ts";
import type { ObjectKey } from "../objects/object-path.ts";
import { read } from "../objects/read.ts";
import { refusalOf } from "../objects/refusal.ts";
import { remove } from "../objects/remove.ts";
import { RENEW_DEADLINE_MS, RETRY_PERIOD_MS } from "./elector.ts";

export const PAUSE_NAME = "fedns-pause";
const READ_TIMEOUT_MS: number = RENEW_DEADLINE_MS / 2;
/** After this time no holder sends anything more: it has read the order, or could not read it and has stopped. */
export const PAUSE_OBEYED_MS: number = RENEW_DEADLINE_MS + RETRY_PERIOD_MS;

type PauseOrder = {
  readonly author: string;
  /** "" when none was given. */
  readonly reason: string;
  /** As RFC 3339, by the clock of the author; "" when it is missing. */
  readonly since: string;
};

type HostOptions = { readonly transport: Transport; readonly namespace: string };
type PauseWriteOptions = HostOptions & { readonly permit: WritePermit; readonly signal: AbortSignal };

/** Null: nothing is paused. Throws as `read` does. */
export async function readPause(
  { transport, namespace }: HostOptions,
  signal: AbortSignal,
): Promise<PauseOrder | null> {
  const object = await read(transport, keyIn(namespace), {
    purpose: "lease",
    timeoutMs: READ_TIMEOUT_MS,
    signal,
  });
  return object === null ? null : pauseOf(object);
}

/** Returns the order that is in force: an earlier one stays. Throws as `create` does. */
export async function pauseWrites(order: PauseOrder, options: PauseWriteOptions): Promise<PauseOrder> {
  const { transport, namespace, permit, signal } = options;
  try {
    const content = { kind: "ConfigMap", data: { ...order } };
    await create(transport, keyIn(namespace), content, { permit, signal });
    return order;
  } catch (error) {
    if (refusalOf(error, { plural: "configmaps" }).kind !== "exists") throw error;
    return (await readPause(options, signal)) ?? order;
  }
}

/** Returns the order that was in force, null if none was. Throws as `remove` does. */
export async function resumeWrites(options: PauseWriteOptions): Promise<PauseOrder | null> {
  const { transport, namespace, permit, signal } = options;
  const object = await read(transport, keyIn(namespace), { signal });
  if (object === null) return null;
  const { uid } = object.metadata;
  try {
    await remove(transport, keyIn(namespace), { permit, signal, uid, resourceVersion: null });
  } catch (error) {
    if (refusalOf(error, { plural: "configmaps" }).kind !== "object-missing") throw error;
  }
  return pauseOf(object);
}

/** Why nothing is written, for a permit. */
export function pauseReason({ author, reason, since }: PauseOrder): string {
  const details = [since === "" ? "" : ` since ${since}`, reason === "" ? "" : `: ${reason}`].join("");
  return `${author === "" ? "someone" : author} has paused all writes${details} (fedns resume ends that)`;
}

function keyIn(namespace: string): ObjectKey {
  return { resource: { group: "", version: "v1", plural: "configmaps" }, namespace, name: PAUSE_NAME };
}

function pauseOf({ data }: ApiObject): PauseOrder {
  const fields = isRecord(data) ? data : {};
  const text = (name: string): string => (typeof fields[name] === "string" ? fields[name].slice(0, 200) : "");
  return { author: text("author"), reason: text("reason"), since: text("since") };
}
