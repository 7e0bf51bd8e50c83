/** Statuses of routes: whether a route is attached to each of our Gateways it refers to, and whether its backends resolve. */
import { attachmentOf, refersTo } from "../edge/attach.ts";
import { unresolvedBackend } from "../edge/backends.ts";
import { gatewayControllerName as controllerName } from "../edge/names.ts";
import { isObject, listAt, textAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import type { ObjectClient } from "../store/objects.ts";
import { withTransitionTimes } from "../reconcile/conditions.ts";
import type { Condition } from "../reconcile/conditions.ts";

/** `holders`: the Gateways of this controller and the ListenerSets that add to them. */
export function reconcileRoute(
  objects: ObjectClient,
  route: KubeObject,
  holders: readonly KubeObject[],
  now: string,
): void {
  const before = listAt(route, "status.parents");
  const own = holders.flatMap((gateway) =>
    refersTo(route, gateway).map((parentRef): JsonObject => {
      const old = before.find(
        (one) => isObject(one) && JSON.stringify(one["parentRef"]) === JSON.stringify(parentRef),
      );
      const conditions = [acceptance(objects, route, gateway, parentRef), resolution(objects, route)];
      const when = { now, observedGeneration: route.metadata.generation };
      return {
        parentRef,
        controllerName,
        conditions: withTransitionTimes(conditions, listAt(old, "conditions"), when),
      };
    }),
  );
  // Entries of other controllers are kept.
  const others = before.filter((one) => textAt(one, "controllerName") !== controllerName);
  if (own.length > 0 || others.length < before.length)
    objects.putStatus(route, { parents: [...others, ...own] });
}

function acceptance(
  objects: ObjectClient,
  route: KubeObject,
  gateway: KubeObject,
  parentRef: Json,
): Condition {
  const attachment = attachmentOf(objects, route, gateway, parentRef);
  if (attachment.kind === "refused") {
    return { type: "Accepted", isTrue: false, reason: attachment.reason, message: attachment.message };
  }
  return { type: "Accepted", isTrue: true, reason: "Accepted", message: "the route is attached" };
}

function resolution(objects: ObjectClient, route: KubeObject): Condition {
  const backends = listAt(route, "spec.rules").flatMap((rule) => listAt(rule, "backendRefs"));
  const faults = backends
    .map((backend) => unresolvedBackend(objects, route, backend))
    .filter((fault) => fault !== undefined);
  const [fault] = faults;
  if (fault) return { type: "ResolvedRefs", isTrue: false, ...fault };
  return {
    type: "ResolvedRefs",
    isTrue: true,
    reason: "ResolvedRefs",
    message: "all references are resolved",
  };
}
