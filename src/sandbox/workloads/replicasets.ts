/** ReplicaSets: keeps as many pods as the spec asks for. */
import { randomSuffix } from "../store/admit.ts";
import { numberAt } from "../object/json.ts";
import { refOf } from "../store/objects.ts";
import type { ObjectClient } from "../store/objects.ts";
import type { Controller } from "../reconcile/loop.ts";
import { ownersOf, podFrom, podsOf } from "./owned-pods.ts";
import { isReady } from "./pods.ts";

/** No demo needs more, and a mistyped number must not exhaust the memory. */
export const REPLICAS_LIMIT = 1_000;

export function replicaSetController(objects: ObjectClient, random: () => number): Controller {
  return {
    name: "replicasets",
    keysFor: (change) => ownersOf(change, "ReplicaSet"),
    reconcile(key) {
      const [namespace = "", name = ""] = key.split("/");
      const set = objects.get({ apiVersion: "apps/v1", kind: "ReplicaSet", namespace, name });
      if (!set || set.metadata.deletionTimestamp) return;
      const wanted = Math.min(numberAt(set, "spec.replicas") ?? 1, REPLICAS_LIMIT);
      const owned = podsOf(objects, set);
      for (const pod of owned.slice(wanted)) objects.delete(refOf(pod));
      for (let count = owned.length; count < wanted; count += 1)
        objects.put(podFrom(set, { name: `${name.slice(0, 240)}-${randomSuffix(random, 5)}` }));
      const pods = podsOf(objects, set);
      const ready = pods.filter(isReady).length;
      objects.putStatus(set, {
        replicas: pods.length,
        fullyLabeledReplicas: pods.length,
        readyReplicas: ready,
        availableReplicas: ready,
        observedGeneration: set.metadata.generation,
      });
    },
  };
}
