/** The Gateway API controller: addresses for its Gateways, through a Service each, and the statuses of Gateways and routes. */
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../kernel/clock.ts";
import { gatewayGroup } from "../bundled/gateway.ts";
import { attachmentOf, kindsOf, mayAddListeners, refersTo } from "../edge/attach.ts";
import {
  addressesOf,
  gatewayControllerName as controllerName,
  gatewayServiceName,
  gatewayVersion,
  ignoreLabel,
  isOf,
  isOurGateway,
  listKnown,
  routesIn,
  setsOf,
} from "../edge/names.ts";
import { listAt, numberAt, textAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { Change } from "../store/history.ts";
import { ownerReference, timestamp } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import { refOf } from "../store/objects.ts";
import type { ObjectRef, ObjectClient } from "../store/objects.ts";
import { withTransitionTimes } from "../reconcile/conditions.ts";
import type { Condition } from "../reconcile/conditions.ts";
import type { Controller } from "../reconcile/loop.ts";
import { reconcileRoute } from "./routes.ts";

export function gatewayController(objects: ObjectClient, clock: Clock): Controller {
  const gateways = (): readonly KubeObject[] => listKnown(objects, gatewayVersion, "Gateway");
  const routes = (): readonly KubeObject[] => routesIn(objects);
  /** Our Gateways, and the ListenerSets that may add to them. */
  const holders = (): readonly KubeObject[] =>
    gateways()
      .filter((gateway) => isOurGateway(objects, gateway))
      .flatMap((gateway) => [gateway, ...setsFor(objects, gateway)]);

  /** The objects whose status may depend on the changed one. */
  const neighbours = ({ object, previous }: Change): readonly KubeObject[] => {
    if (object.kind === "ListenerSet") return [object, ...gateways(), ...routes()];
    if (object.kind === "Gateway") return [object, ...setsOf(objects, object), ...routes()];
    if (object.kind === "GatewayClass") return [object, ...gateways(), ...routes()];
    if (object.kind === "ReferenceGrant") return routes();
    const ends = previous ? [object, previous] : [object];
    const sets = listKnown(objects, gatewayVersion, "ListenerSet");
    return [
      object,
      ...[...gateways(), ...sets].filter((one) => ends.some((end) => refersTo(end, one).length > 0)),
    ];
  };

  return {
    name: "gateways",
    keysFor(change) {
      const { kind, object, previous } = change;
      const isOfGroup = object.apiVersion.startsWith(`${gatewayGroup}/`);
      if (isOfGroup) {
        // A status written by others is kept until something else changes.
        const isStatus = kind === "MODIFIED" && isDeepStrictEqual(object["spec"], previous?.["spec"]);
        return isStatus ? [] : neighbours(change).map(keyOf);
      }
      if (object.kind !== "Service") return [];
      const owners = gateways().filter((one) =>
        object.metadata.ownerReferences?.some(({ uid }) => uid === one.metadata.uid),
      );
      // Routes refer to Services as their backends.
      return [...owners, ...(kind === "MODIFIED" ? [] : routes())].map(keyOf);
    },
    reconcile(key) {
      const object = objects.get(JSON.parse(key) as ObjectRef);
      if (!object || object.metadata.deletionTimestamp) return;
      const now = timestamp(clock.wallMs());
      if (object.kind === "GatewayClass") reconcileClass(objects, object, now);
      else if (object.kind === "Gateway") reconcileGateway(objects, object, routes(), now);
      else if (object.kind === "ListenerSet") reconcileSet(objects, object, routes(), now);
      else reconcileRoute(objects, object, holders(), now);
    },
  };
}

function keyOf(object: KubeObject): string {
  return JSON.stringify(refOf(object));
}

function reconcileClass(objects: ObjectClient, object: KubeObject, now: string): void {
  if (textAt(object, "spec.controllerName") !== controllerName) return;
  const accepted = {
    type: "Accepted",
    isTrue: true,
    reason: "Accepted",
    message: "the sandbox serves this class",
  };
  const observedGeneration = object.metadata.generation;
  objects.putStatus(object, {
    conditions: withTransitionTimes([accepted], listAt(object, "status.conditions"), {
      now,
      observedGeneration,
    }),
  });
}

function reconcileGateway(
  objects: ObjectClient,
  gateway: KubeObject,
  routes: readonly KubeObject[],
  now: string,
): void {
  if (!isOurGateway(objects, gateway)) return;
  const addresses = addressesOf(ensureService(objects, gateway));
  const isProgrammed = addresses.length > 0;
  const observedGeneration = gateway.metadata.generation;
  const conditions: readonly Condition[] = [
    { type: "Accepted", isTrue: true, reason: "Accepted", message: "the Gateway is served" },
    {
      type: "Programmed",
      isTrue: isProgrammed,
      reason: isProgrammed ? "Programmed" : "AddressNotAssigned",
      message: isProgrammed ? "addresses are assigned" : "no address is assigned yet",
    },
  ];
  objects.putStatus(gateway, {
    addresses: addresses.map((value) => ({ type: "IPAddress", value })),
    conditions: withTransitionTimes(conditions, listAt(gateway, "status.conditions"), {
      now,
      observedGeneration,
    }),
    listeners: listenersOf(objects, gateway, routes, now),
  });
}

function reconcileSet(
  objects: ObjectClient,
  set: KubeObject,
  routes: readonly KubeObject[],
  now: string,
): void {
  const gateway = listKnown(objects, gatewayVersion, "Gateway").find((one) => isOf(set, one));
  if (!gateway || !isOurGateway(objects, gateway)) return;
  const isAllowed = mayAddListeners(objects, set, gateway);
  const conditions = ["Accepted", "Programmed"].map((type) => ({
    type,
    isTrue: isAllowed,
    reason: isAllowed ? type : "NotAllowed",
    message: isAllowed ? "" : "the Gateway does not let this namespace add listeners",
  }));
  const observedGeneration = set.metadata.generation;
  const before = listAt(set, "status.conditions");
  objects.putStatus(set, {
    conditions: withTransitionTimes(conditions, before, { now, observedGeneration }),
    listeners: listenersOf(objects, set, routes, now),
  });
}

function setsFor(objects: ObjectClient, gateway: KubeObject): readonly KubeObject[] {
  return setsOf(objects, gateway).filter((set) => mayAddListeners(objects, set, gateway));
}

/** The statuses of the listeners of a Gateway or ListenerSet. */
function listenersOf(
  objects: ObjectClient,
  holder: KubeObject,
  routes: readonly KubeObject[],
  now: string,
): JsonObject[] {
  const before = listAt(holder, "status.listeners");
  const observedGeneration = holder.metadata.generation;
  return listAt(holder, "spec.listeners").map((listener) => {
    const old = before.find((one) => textAt(one, "name") === textAt(listener, "name"));
    const attached = routes.filter((route) => isAttached(objects, route, holder, listener)).length;
    return listenerStatus(listener, attached, { old, now, observedGeneration });
  });
}

function isAttached(objects: ObjectClient, route: KubeObject, gateway: KubeObject, listener: Json): boolean {
  return refersTo(route, gateway).some((parent) => {
    const attachment = attachmentOf(objects, route, gateway, parent);
    return attachment.kind === "attached" && attachment.listeners.some((one) => one.listener === listener);
  });
}

type ListenerNow = {
  readonly old: Json | undefined;
  readonly now: string;
  readonly observedGeneration: number | undefined;
};

function listenerStatus(listener: Json, attachedRoutes: number, { old, ...when }: ListenerNow): JsonObject {
  const kinds = kindsOf(listener);
  const isKnown = kinds.length > 0;
  const conditions: readonly Condition[] = [
    {
      type: "Accepted",
      isTrue: isKnown,
      reason: isKnown ? "Accepted" : "UnsupportedProtocol",
      message: isKnown
        ? "the listener is served"
        : "the protocol is not one of HTTP, HTTPS, TLS, TCP and UDP",
    },
    { type: "Programmed", isTrue: isKnown, reason: isKnown ? "Programmed" : "Invalid", message: "" },
    { type: "ResolvedRefs", isTrue: true, reason: "ResolvedRefs", message: "" },
  ];
  return {
    name: textAt(listener, "name"),
    supportedKinds: kinds.map((kind) => ({ group: gatewayGroup, kind })),
    attachedRoutes,
    conditions: withTransitionTimes(conditions, listAt(old, "conditions"), when),
  };
}

/** The Service that gets a Gateway's addresses from the load balancer; it is deleted with the Gateway. */
function ensureService(objects: ObjectClient, gateway: KubeObject): KubeObject | undefined {
  const { namespace = "" } = gateway.metadata;
  const name = gatewayServiceName(gateway);
  const listeners = [gateway, ...setsFor(objects, gateway)].flatMap((one) => listAt(one, "spec.listeners"));
  const wanted = new Map(listeners.map((one) => [portName(one), one]));
  const found = objects.get({ apiVersion: "v1", kind: "Service", namespace, name });
  const present = listAt(found, "spec.ports").map((one) => textAt(one, "name"));
  if (found && isDeepStrictEqual(present, [...wanted.keys()])) return found;
  const ports = [...wanted].map(([of, one]) => ({
    name: of,
    port: numberAt(one, "port") ?? 80,
    protocol: textAt(one, "protocol") === "UDP" ? "UDP" : "TCP",
  }));
  const metadata = { name, namespace, labels: ignoreLabel, ownerReferences: [ownerReference(gateway)] };
  const spec = {
    type: "LoadBalancer",
    ipFamilyPolicy: "PreferDualStack",
    allocateLoadBalancerNodePorts: false,
    ports,
  };
  return objects.put({ apiVersion: "v1", kind: "Service", metadata, spec });
}

function portName(listener: Json): string {
  const number = numberAt(listener, "port") ?? 80;
  return textAt(listener, "protocol") === "UDP" ? `udp-${number}` : `port-${number}`;
}
