/** Which listeners of a Gateway or ListenerSet a route attaches to, or why it attaches to none (`allowedRoutes` and hostnames). */
import { gatewayGroup } from "../bundled/gateway.ts";
import { isObject, listAt, numberAt, objectAt, textAt, textsAt } from "../object/json.ts";
import type { Json } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import type { ObjectClient } from "../store/objects.ts";
import { labelSelectorMatches } from "../object/selector.ts";
import { commonHosts } from "./hosts.ts";

/** Route kinds by the protocol of a listener. */
const kindsOfProtocol: Readonly<Record<string, readonly string[]>> = {
  HTTP: ["HTTPRoute", "GRPCRoute"],
  HTTPS: ["HTTPRoute", "GRPCRoute"],
  TLS: ["TLSRoute", "TCPRoute"],
  TCP: ["TCPRoute"],
  UDP: ["UDPRoute"],
};

type Attachment =
  | {
      readonly kind: "attached";
      readonly listeners: readonly { readonly listener: Json; readonly hosts: readonly string[] }[];
    }
  | { readonly kind: "refused"; readonly reason: string; readonly message: string };

/** The parent references of a route that point to `gateway`, which may be a ListenerSet. */
export function refersTo(route: KubeObject, gateway: KubeObject): readonly Json[] {
  return listAt(route, "spec.parentRefs").filter((parent) => {
    const isGateway =
      (textAt(parent, "kind") || "Gateway") === gateway.kind &&
      (textAt(parent, "group") || gatewayGroup) === gatewayGroup;
    const namespace = textAt(parent, "namespace") || route.metadata.namespace;
    return (
      isGateway &&
      textAt(parent, "name") === gateway.metadata.name &&
      namespace === gateway.metadata.namespace
    );
  });
}

export function attachmentOf(
  objects: ObjectClient,
  route: KubeObject,
  gateway: KubeObject,
  parent: Json,
): Attachment {
  const section = textAt(parent, "sectionName");
  const port = numberAt(parent, "port");
  const meant = listAt(gateway, "spec.listeners").filter(
    (one) =>
      (section === "" || textAt(one, "name") === section) &&
      (port === undefined || numberAt(one, "port") === port),
  );
  if (meant.length === 0)
    return refused("NoMatchingParent", "the Gateway has no listener of this name and port");
  const allowed = meant.filter(
    (one) => kindsOf(one).includes(route.kind) && admits(objects, one, gateway, route),
  );
  if (allowed.length === 0)
    return refused("NotAllowedByListeners", "no listener takes this kind of route from this namespace");
  const hostnames = textsAt(route, "spec.hostnames");
  const listeners = allowed
    .map((listener) => ({ listener, hosts: commonHosts(textAt(listener, "hostname"), hostnames) }))
    .filter(({ hosts }) => hosts.length > 0);
  if (listeners.length > 0) return { kind: "attached", listeners };
  return refused("NoMatchingListenerHostname", "no listener has a hostname in common with the route");
}

/** The kinds of routes a listener accepts: those of its protocol, restricted to the ones it lists. */
export function kindsOf(listener: Json): readonly string[] {
  const all = kindsOfProtocol[textAt(listener, "protocol")] ?? [];
  const asked = listAt(listener, "allowedRoutes.kinds").map((one) => textAt(one, "kind"));
  return asked.length === 0 ? all : all.filter((kind) => asked.includes(kind));
}

function admits(objects: ObjectClient, listener: Json, gateway: KubeObject, route: KubeObject): boolean {
  const namespaces = objectAt(listener, "allowedRoutes.namespaces") ?? {};
  return lets(objects, namespaces, { from: route, to: gateway, standard: "Same" });
}

/** Whether a ListenerSet may add its listeners to the Gateway. */
export function mayAddListeners(objects: ObjectClient, set: KubeObject, gateway: KubeObject): boolean {
  const namespaces = objectAt(gateway, "spec.allowedListeners.namespaces") ?? {};
  return lets(objects, namespaces, { from: set, to: gateway, standard: "None" });
}

type Entry = { readonly from: KubeObject; readonly to: KubeObject; readonly standard: "Same" | "None" };

function lets(objects: ObjectClient, namespaces: Json, { from, to, standard }: Entry): boolean {
  const word = textAt(namespaces, "from") || standard;
  if (word === "All") return true;
  if (word === "Same") return from.metadata.namespace === to.metadata.namespace;
  if (word !== "Selector") return false;
  const namespace = objects.get({ apiVersion: "v1", kind: "Namespace", name: from.metadata.namespace ?? "" });
  const selector = objectAt(namespaces, "selector");
  return labelSelectorMatches(isObject(selector) ? selector : {}, namespace?.metadata.labels ?? {});
}

function refused(reason: string, message: string): Attachment {
  return { kind: "refused", reason, message };
}
