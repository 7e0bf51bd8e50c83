/**
 * Writes core/v1 Events about objects of a cluster, as `kubectl describe` shows them.
 *
 * The name of an Event is a hash of its content, so that the same Event exists once, also after a restart and with several
 * replicas. API servers delete Events after a while, usually an hour; then the same one can be written again.
 */
import { createHash } from "node:crypto";
import { isRecord, KubeError } from "./kube-error.ts";
import type { Transport } from "./transport.ts";

/** Events are optional, so a slow API server is not waited for. */
const TIMEOUT_MS = 5_000;
/** The API's limit (validation of events.k8s.io/v1). */
const MESSAGE_MAX_CHARACTERS = 1024;
const NAME_DIGITS = 16;
const COMPONENT = "fedns";

export type EventWarning = {
  readonly kind: "Service" | "Namespace";
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
  try {
    const { json } = await transport.request({ path: objectPath(warning), timeoutMs: TIMEOUT_MS, signal });
    const body = eventOf(warning, uidOf(json), options.wallMs);
    const path = `/api/v1/namespaces/${body.metadata.namespace}/events`;
    await transport.request({ method: "POST", path, body, timeoutMs: TIMEOUT_MS, signal });
    return "written";
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    // It exists already: written before a restart, or by another replica.
    if (error.status === 409) return "written";
    if (error.status === 404 || isTerminating(error)) return "gone";
    if (error.status === 403) return "refused";
    throw error;
  }
}

/** The fields of core/v1's Event that we write. */
type KubeEvent = {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly message: string;
  readonly [field: string]: unknown;
};

/** `uid` "": not known. Then `kubectl get events` shows the Event, but `kubectl describe` does not. */
export function eventOf(warning: EventWarning, uid: string, wallMs: number): KubeEvent {
  const { kind, namespace, name, reason } = warning;
  const message = warning.message.slice(0, MESSAGE_MAX_CHARACTERS);
  const time = new Date(wallMs).toISOString().replace(/\.\d+Z$/, "Z");
  const about = { apiVersion: "v1", kind, name, ...(namespace === "" ? {} : { namespace }) };
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

function objectPath({ kind, namespace, name }: EventWarning): string {
  const encoded = encodeURIComponent(name);
  return kind === "Namespace"
    ? `/api/v1/namespaces/${encoded}`
    : `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encoded}`;
}

function uidOf(object: unknown): string {
  const metadata = isRecord(object) ? object["metadata"] : null;
  const uid = isRecord(metadata) ? metadata["uid"] : null;
  return typeof uid === "string" ? uid : "";
}

/** 403 with this cause says that the namespace is being deleted; it is no matter of permissions. */
function isTerminating({ status, details }: KubeError): boolean {
  const causes = isRecord(details) && Array.isArray(details["causes"]) ? details["causes"] : [];
  return (
    status === 403 && causes.some((cause) => isRecord(cause) && cause["reason"] === "NamespaceTerminating")
  );
}
