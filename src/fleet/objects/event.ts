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
  Ingress: { group: "networking.k8s.io", version: "v1", plural: "ingresses" },
  Gateway: { group: "gateway.networking.k8s.io", version: "v1", plural: "gateways" },
  ListenerSet: { group: "gateway.networking.k8s.io", version: "v1", plural: "listenersets" },
  XListenerSet: { group: "gateway.networking.x-k8s.io", version: "v1alpha1", plural: "xlistenersets" },
  HTTPRoute: { group: "gateway.networking.k8s.io", version: "v1", plural: "httproutes" },
  GRPCRoute: { group: "gateway.networking.k8s.io", version: "v1", plural: "grpcroutes" },
  TLSRoute: { group: "gateway.networking.k8s.io", version: "v1", plural: "tlsroutes" },
  TCPRoute: { group: "gateway.networking.k8s.io", version: "v1", plural: "tcproutes" },
  UDPRoute: { group: "gateway.networking.k8s.io", version: "v1", plural: "udproutes" },
  DNSEndpoint: { group: "externaldns.k8s.io", version: "v1alpha1", plural: "dnsendpoints" },
  KubeFedCluster: { group: "core.kubefed.io", version: "v1beta1", plural: "kubefedclusters" },
} as const;
/** Events are optional, so a slow API server is not waited for. */
const TIMEOUT_SECONDS = 5;
const PURPOSE = "event";
/** The API's limit (validation of events.k8s.io/v1). */
const MESSAGE_MAX_CHARACTERS = 1024;
const NAME_DIGITS = 16;
const NAME_MAX_CHARACTERS = 253;
const COMPONENT = "fedns";

export type EventWarning = {
  readonly kind: keyof typeof RESOURCES;
  /** "" for a Namespace. */
  readonly namespace: string;
  readonly name: string;
  /** Of the object; absent = it is read first. */
  readonly uid?: string;
  /** One word in CamelCase. */
  readonly reason: string;
  readonly message: string;
};

export function isEventKind(kind: string): kind is EventWarning["kind"] {
  return Object.hasOwn(RESOURCES, kind);
}

/** The object that an Event is about; `namespace` "" for one of cluster scope. */
export type EventSubject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** "": not known. Then `kubectl get events` shows the Event, but `kubectl describe` does not. */
  readonly uid: string;
};

/** `reason`: one word in CamelCase. */
export type EventWords = Pick<EventWarning, "reason" | "message">;

/** `gone`: the object does not exist any more. `refused`: our account may not write Events. */
export type EventOutcome = "written" | "gone" | "refused";

export type EventOptions = { readonly wallMs: number; readonly signal: AbortSignal };

/** Throws as `Transport.request` does, except for errors that are an EventOutcome. */
export function writeEvent(
  transport: Transport,
  warning: EventWarning,
  options: EventOptions,
): Promise<EventOutcome> {
  const { signal } = options;
  const timeoutMs = TIMEOUT_SECONDS * 1000;
  return attempt(async () => {
    const { uid } = warning;
    if (uid !== undefined) return send(transport, eventOf(warning, uid, options.wallMs), signal);
    const about = await read(transport, keyOf(warning), { purpose: PURPOSE, timeoutMs, signal });
    if (about === null) return "gone";
    return send(transport, eventOf(warning, about.metadata.uid, options.wallMs), signal);
  });
}

/** An Event about an object of any kind, whose uid is known. Throws as `writeEvent` does. */
export function writeEventAbout(
  transport: Transport,
  about: EventSubject,
  said: EventWords,
  { wallMs, signal }: EventOptions,
): Promise<EventOutcome> {
  return attempt(() => send(transport, eventAbout(about, said, wallMs), signal));
}

async function send(transport: Transport, body: KubeEvent, signal: AbortSignal): Promise<EventOutcome> {
  const permit = freePermit(TIMEOUT_SECONDS);
  await create(transport, { ...body.metadata, resource: EVENTS }, body, { permit, purpose: PURPOSE, signal });
  return "written";
}

async function attempt(write: () => Promise<EventOutcome>): Promise<EventOutcome> {
  try {
    return await write();
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

/** `uid` as in `EventSubject`. */
export function eventOf(warning: EventWarning, uid: string, wallMs: number): KubeEvent {
  const { kind, namespace, name } = warning;
  const { group, version } = RESOURCES[kind];
  const apiVersion = group === "" ? version : `${group}/${version}`;
  return eventAbout({ apiVersion, kind, namespace, name, uid }, warning, wallMs);
}

function eventAbout(about: EventSubject, { reason, ...said }: EventWords, wallMs: number): KubeEvent {
  const { uid, namespace, ...named } = about;
  const message = said.message.slice(0, MESSAGE_MAX_CHARACTERS);
  const time = new Date(wallMs).toISOString().replace(/\.\d+Z$/, "Z");
  const involvedObject = {
    ...named,
    ...(namespace !== "" && { namespace }),
    ...(uid !== "" && { uid }),
  };
  return {
    apiVersion: "v1",
    kind: "Event",
    // Events about cluster-scoped objects are in the namespace "default".
    metadata: {
      name: nameOf(about, { reason, message: said.message }),
      namespace: namespace === "" ? "default" : namespace,
    },
    involvedObject,
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

function nameOf({ kind, namespace, name, uid }: EventSubject, { reason, message }: EventWords): string {
  const content = JSON.stringify([kind, namespace, name, uid, reason, message]);
  // Names of Events are no longer than others.
  const start = name.slice(0, NAME_MAX_CHARACTERS - NAME_DIGITS - 1).replace(/[^a-z0-9]+$/, "");
  return `${start}.${createHash("sha256").update(content).digest("hex").slice(0, NAME_DIGITS)}`;
}

function keyOf({ kind, namespace, name }: EventWarning): ObjectKey {
  return { resource: RESOURCES[kind], namespace, name };
}
