/**
 * The order that copies which exist are not changed, as a ConfigMap of the host: fedns gives it to itself when the host lost many
 * objects at once, or went back in time; a person ends it by `fedns resume`, or by deleting the ConfigMap.
 *
 *     data: {state: "paused" | "resumed", reason, since, resumedAt}
 */
import { isRecord } from "../kube/kube-error.ts";
import type { Transport } from "../kube/transport.ts";
import type { WritePermit } from "../kube/write-permit.ts";
import { create } from "../objects/create.ts";
import type { ObjectKey } from "../objects/object-path.ts";
import { mergePatch } from "../objects/patch.ts";
import { readPage } from "../list/page.ts";
import { collectionPath } from "../kube/resource.ts";
import { refusalOf } from "../objects/refusal.ts";

export const CHANGES_PAUSE_NAME = "fedns-changes";
const CONFIG_MAPS = { group: "", version: "v1", plural: "configmaps" };
const TEXT_MAX_CHARACTERS = 500;

export type ChangesOrder = {
  /** Null = changes are not paused. Times are RFC 3339. */
  readonly pause: { readonly reason: string; readonly since: string } | null;
  /** Wall ms of the last order to resume; null = never. */
  readonly resumedMs: number | null;
  /** The resourceVersion of the host at the time of reading. */
  readonly hostRevision: string;
};

type HostOptions = {
  readonly transport: Transport;
  readonly namespace: string;
  readonly signal: AbortSignal;
};
type WriteHostOptions = HostOptions & { readonly permit: WritePermit };

/** Throws as `readPage` does. */
export async function readChangesOrder({ transport, namespace, signal }: HostOptions): Promise<ChangesOrder> {
  const path = collectionPath({ ...CONFIG_MAPS, namespace });
  const query = { fieldSelector: `metadata.name=${CHANGES_PAUSE_NAME}` };
  const page = await readPage({ transport, path, query, signal }, { limit: 1 });
  const [object] = page.items;
  const fields = isRecord(object) && isRecord(object["data"]) ? object["data"] : {};
  const text = (name: string): string =>
    typeof fields[name] === "string" ? fields[name].slice(0, TEXT_MAX_CHARACTERS) : "";
  const resumedMs = Date.parse(text("resumedAt"));
  return {
    pause: text("state") === "paused" ? { reason: text("reason"), since: text("since") } : null,
    resumedMs: Number.isNaN(resumedMs) ? null : resumedMs,
    hostRevision: page.resourceVersion,
  };
}

/** Throws as `mergePatch` does. */
export function pauseChanges(
  pause: NonNullable<ChangesOrder["pause"]>,
  options: WriteHostOptions,
): Promise<void> {
  return write({ state: "paused", ...pause }, options);
}

/** Deletions that were asked for before `nowMs` are meant. Throws as `mergePatch` does. */
export function resumeChanges(nowMs: number, options: WriteHostOptions): Promise<void> {
  return write({ state: "resumed", resumedAt: new Date(nowMs).toISOString() }, options);
}

async function write(
  data: Readonly<Record<string, string>>,
  { transport, namespace, permit, signal }: WriteHostOptions,
): Promise<void> {
  const key: ObjectKey = { resource: CONFIG_MAPS, namespace, name: CHANGES_PAUSE_NAME };
  const options = { permit, signal, purpose: "status" } as const;
  try {
    await mergePatch(transport, key, { data }, options);
  } catch (error) {
    if (refusalOf(error, CONFIG_MAPS).kind !== "object-missing") throw error;
    await create(transport, key, { kind: "ConfigMap", data }, options);
  }
}
