/** StatefulSets: pods with ordinals. Pods of an older template are replaced at once. */
import { numberAt, objectAt, textAt } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import type { ObjectClient } from "../store/objects.ts";
import type { Controller } from "../reconcile/loop.ts";
import { deleteOutdated, ownersOf, podFrom, podsOf, revisionLabel, templateHash } from "./owned-pods.ts";
import { isReady } from "./pods.ts";
import { REPLICAS_LIMIT } from "./replicasets.ts";

export function statefulSetController(objects: ObjectClient): Controller {
  return {
    name: "statefulsets",
    keysFor: (change) => ownersOf(change, "StatefulSet"),
    reconcile(key) {
      const [namespace = "", name = ""] = key.split("/");
      const set = objects.get({ apiVersion: "apps/v1", kind: "StatefulSet", namespace, name });
      if (!set || set.metadata.deletionTimestamp) return;
      const hash = templateHash(objectAt(set, "spec.template"));
      const wanted = Math.min(numberAt(set, "spec.replicas") ?? 1, REPLICAS_LIMIT);
      const first = numberAt(set, "spec.ordinals.start") ?? 0;
      const names = Array.from({ length: wanted }, (_, index) => `${name}-${first + index}`);
      deleteOutdated(objects, set, hash, (pod) => names.includes(pod.metadata.name));
      for (const [index, podName] of names.entries()) {
        if (!objects.get({ apiVersion: "v1", kind: "Pod", namespace, name: podName }))
          objects.put(ordinalPod(set, { name: podName, hash, index: first + index }));
      }
      const pods = podsOf(objects, set);
      const ready = pods.filter(isReady).length;
      const revision = `${name}-${hash}`;
      objects.putStatus(set, {
        observedGeneration: set.metadata.generation,
        replicas: pods.length,
        readyReplicas: ready,
        availableReplicas: ready,
        currentReplicas: pods.length,
        updatedReplicas: pods.length,
        currentRevision: revision,
        updateRevision: revision,
        collisionCount: 0,
      });
    },
  };
}

type OrdinalPod = { readonly name: string; readonly hash: string; readonly index: number };

function ordinalPod(set: KubeObject, { name, hash, index }: OrdinalPod): KubeObject {
  const subdomain = textAt(set, "spec.serviceName");
  const labels = {
    [revisionLabel]: `${set.metadata.name}-${hash}`,
    "apps.kubernetes.io/pod-index": String(index),
    "statefulset.kubernetes.io/pod-name": name,
  };
  return podFrom(set, { name, labels, spec: { hostname: name, ...(subdomain && { subdomain }) } });
}
