/** ReplicaSets: keeps as many pods as the spec asks for. */
import { randomSuffix } from "../store/admit.ts";
import { listAt, numberAt } from "../object/json.ts";
import type { Json } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { ApiError } from "../object/status.ts";
import { refOf } from "../store/objects.ts";
import type { ObjectClient } from "../store/objects.ts";
import type { EventWriter } from "../reconcile/events.ts";
import type { Controller } from "../reconcile/loop.ts";
import { ownersOf, podFrom, podsOf } from "./owned-pods.ts";
import { isReady } from "./pods.ts";

/** No demo needs more, and a mistyped number must not exhaust the memory. */
export const REPLICAS_LIMIT = 1_000;

export function replicaSetController(
  objects: ObjectClient,
  events: EventWriter,
  random: () => number,
): Controller {
  /** Creates pods until there are `count` more; returns why the API server refuses one, or "". */
  const create = (set: KubeObject, count: number): string => {
    for (let left = count; left > 0; left -= 1) {
      try {
        objects.put(podFrom(set, { name: `${set.metadata.name.slice(0, 240)}-${randomSuffix(random, 5)}` }));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        return error.message;
      }
    }
    return "";
  };

  return {
    name: "replicasets",
    keysFor(change) {
      // A quota that changes may have room again.
      if (change.object.kind !== "ResourceQuota") return ownersOf(change, "ReplicaSet");
      const sets = objects.list("apps/v1", "ReplicaSet", change.object.metadata.namespace);
      return sets.map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`);
    },
    reconcile(key) {
      const [namespace = "", name = ""] = key.split("/");
      const set = objects.get({ apiVersion: "apps/v1", kind: "ReplicaSet", namespace, name });
      if (!set || set.metadata.deletionTimestamp) return;
      const wanted = Math.min(numberAt(set, "spec.replicas") ?? 1, REPLICAS_LIMIT);
      const owned = podsOf(objects, set);
      for (const pod of owned.slice(wanted)) objects.delete(refOf(pod));
      const fault = create(set, wanted - owned.length);
      if (fault !== "") {
        const message = `Error creating: ${fault}`;
        const component = "replicaset-controller";
        events.write({ about: set, type: "Warning", reason: "FailedCreate", message, component });
      }
      const pods = podsOf(objects, set);
      const ready = pods.filter(isReady).length;
      objects.putStatus(set, {
        replicas: pods.length,
        fullyLabeledReplicas: pods.length,
        readyReplicas: ready,
        availableReplicas: ready,
        observedGeneration: set.metadata.generation,
        ...(fault !== "" && { conditions: failures(set, fault) }),
      });
    },
  };
}

/** The first failure is kept: each message names another pod, and every change would be a reason to try again. */
function failures(set: KubeObject, message: string): readonly Json[] {
  const known = listAt(set, "status.conditions");
  if (known.length > 0) return known;
  return [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message }];
}
