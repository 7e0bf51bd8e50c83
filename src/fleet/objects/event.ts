/**
 * Writes core/v1 Events about objects of a cluster, as `kubectl describe` shows them.
 *
 * The name of an Event is a hash of its content, so that the same Event exists once, also after a restart and with several
 * replicas. API servers delete Events after a while, usually an hour; then the same one can be written again.
 */
import { createHash } from "node:crypto";
import { KubeError } from "../kube/kube-error.ts";
import type { Resource } from "../kube/resource.ts";
import type { Transport } from "../kube/transport.ts";
import { freePermit } from "../kube/write-permit.ts";
import { create } from "./create.ts";
import type { ObjectKey } from "./object-path.ts";
import { read } from "./read.ts";
import { refusalOf } from "./refusal.ts";

const EVENTS: Resource = { group: "", version: "v1", plural: "events" };
/** The kinds that Events are about. */
const RESOURCES = {
  Service: { group: "", version: "v1", plural: "services" },
  Namespace: { group: "", version: "v1", plural: "namespaces" },
  KubeFedCluster: { group: "core.kubefed.io", version: "v1beta1", plural: "kubefedclusters" },
} as const;
/** Events are optional, so a slow API server is not waited for. */
const TIMEOUT_SECONDS = 5;
const PURPOSE = "event";
/** The API's limit (validation of events.k8s.io/v1). */
const MESSAGE_MAX_CHARACTERS = 1024;
const NAME_DIGITS = 16;
const COMPONENT = "fedns";

export type EventWarning = {
  readonly kind: keyof typeof RESOURCES;
  /** "" for a Namespace. */
  readonly namespace: string;
  readonly name: string;
  /** One word in CamelCase. */
  readonly reason: string;
  readonly message: string;
};

/** `gone`: the object does not exist any more. `refused`: our account may not write Events. */
export type EventOutcome = "written" | "gone" | "refused";

export type EventOptions = { readonly wallMs: number; readonly signal: AbortSignal };

/** Throws as `Transport.request` does, except for errors that are an EventOutcome. */
export async function writeEvent(
  transport: Transport,
  warning: EventWarning,
  options: EventOptions,
): Promise<EventOutcome> {
  const { signal } = options;
  const key = keyOf(warning);
  const timeoutMs = TIMEOUT_SECONDS * 1000;
  try {
    const about = await read(transport, key, { purpose: PURPOSE, timeoutMs, signal });
    if (about === null) return "gone";
    const body = eventOf(warning, about.metadata.uid, options.wallMs);
    await create(transport, { ...body.metadata, resource: EVENTS }, body, {
      permit: freePermit(TIMEOUT_SECONDS),
      purpose: PURPOSE,
      signal,
    });
    return "written";
  } catch (error) {
    const { kind } = refusalOf(error, EVENTS);
    // Written before a restart, or by another replica.
    if (kind === "exists") return "written";
    if (kind === "namespace-missing" || kind === "namespace-terminating") return "gone";
    if (error instanceof KubeError && error.status === 403) return "refused";
    throw error;
  }
}

/** The fields of core/v1's Event that we write. */
type KubeEvent = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly message: string;
  readonly [field: string]: unknown;
};

/** `uid` "": not known. Then `kubectl get events` shows the Event, but `kubectl describe` does not. */
export function eventOf(warning: EventWarning, uid: string, wallMs: number): KubeEvent {
  const { kind, namespace, name, reason } = warning;
  const message = warning.message.slice(0, MESSAGE_MAX_CHARACTERS);
  const time = new Date(wallMs).toISOString().replace(/\.\d+Z$/, "Z");
  const { group, version } = RESOURCES[kind];
  const apiVersion = group === "" ? version : `${group}/${version}`;
  const about = { apiVersion, kind, name, ...(namespace === "" ? {} : { namespace }) };
  return {
    apiVersion: "v1",
    kind: "Event",
    // Events about cluster-scoped objects are in the namespace "default".
    metadata: { name: nameOf(warning, uid), namespace: namespace === "" ? "default" : namespace },
    involvedObject: uid === "" ? about : { ...about, uid },
    type: "Warning",
    reason,
    message,
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}

function nameOf(warning: EventWarning, uid: string): string {
  const { kind, namespace, name, reason, message } = warning;
  const content = JSON.stringify([kind, namespace, name, uid, reason, message]);
  return `${name}.${createHash("sha256").update(content).digest("hex").slice(0, NAME_DIGITS)}`;
}

function keyOf({ kind, namespace, name }: EventWarning): ObjectKey {
  return { resource: RESOURCES[kind], namespace, name };
}
