/**
 * Warnings where people look for them: Events of core/v1 about an object of the cluster, as `kubectl describe` shows them.
 *
 * An Event's name is made of what it says, so that the same one is there once, whoever says it: before and after a restart,
 * and from each replica. API servers drop Events after a while (an hour, usually); then it can be said anew.
 */
import { createHash } from "node:crypto";
import { isRecord, KubeError } from "./kube-error.ts";
import type { Transport } from "./transport.ts";

/** Events are optional: an API server that is slow with one is not asked for it for long. */
const TIMEOUT_MS = 5_000;
/** What API servers take of a message (validation of events.k8s.io/v1). */
const MESSAGE_MAX_CHARACTERS = 1024;
const NAME_DIGITS = 16;
const COMPONENT = "fedns";

export type Warning = {
  readonly kind: "Service" | "Namespace";
  /** Of a Namespace: "". */
  readonly namespace: string;
  readonly name: string;
  /** One word in camel case. */
  readonly reason: string;
  readonly message: string;
};

/** `gone`: there is no such object any more. `refused`: our account may not write Events there. */
export type Delivery = "told" | "gone" | "refused";

type Telling = { readonly wallMs: number; readonly signal: AbortSignal };

/** Throws what `Transport.request` throws, but for the answers that a Delivery tells of. */
export async function tell(transport: Transport, warning: Warning, telling: Telling): Promise<Delivery> {
  const { signal } = telling;
  try {
    const { json } = await transport.request({ path: objectPath(warning), timeoutMs: TIMEOUT_MS, signal });
    const body = eventOf(warning, uidOf(json), telling.wallMs);
    const path = `/api/v1/namespaces/${body.metadata.namespace}/events`;
    await transport.request({ method: "POST", path, body, timeoutMs: TIMEOUT_MS, signal });
    return "told";
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    // It is there already: said before a restart, or by another replica.
    if (error.status === 409) return "told";
    if (error.status === 404 || isTerminating(error)) return "gone";
    if (error.status === 403) return "refused";
    throw error;
  }
}

/** As much of core/v1's Event as we write. */
type KubeEvent = {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly message: string;
  readonly [field: string]: unknown;
};

/** `uid` "": not known; then `kubectl describe` does not find it, but `kubectl get events` does. */
export function eventOf(warning: Warning, uid: string, wallMs: number): KubeEvent {
  const { kind, namespace, name, reason } = warning;
  const message = warning.message.slice(0, MESSAGE_MAX_CHARACTERS);
  const time = new Date(wallMs).toISOString().replace(/\.\d+Z$/, "Z");
  const about = { apiVersion: "v1", kind, name, ...(namespace === "" ? {} : { namespace }) };
  return {
    apiVersion: "v1",
    kind: "Event",
    // Objects outside of namespaces have their Events in this one.
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

function nameOf(warning: Warning, uid: string): string {
  const { kind, namespace, name, reason, message } = warning;
  const told = JSON.stringify([kind, namespace, name, uid, reason, message]);
  return `${name}.${createHash("sha256").update(told).digest("hex").slice(0, NAME_DIGITS)}`;
}

function objectPath({ kind, namespace, name }: Warning): string {
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

/** 403 also says that the namespace is on its way out, whatever we may do. */
function isTerminating({ status, details }: KubeError): boolean {
  const causes = isRecord(details) && Array.isArray(details["causes"]) ? details["causes"] : [];
  return (
    status === 403 && causes.some((cause) => isRecord(cause) && cause["reason"] === "NamespaceTerminating")
  );
}
