/** ReplicaSets: as many pods as they ask for. */
import { randomSuffix } from "../store/admit.ts";
import { numberAt, objectAt } from "../store/json.ts";
import { isOwnedBy, ownerReference } from "../store/object.ts";
import type { KubeObject, Labels } from "../store/object.ts";
import { refOf } from "../store/objects.ts";
import type { Objects } from "../store/objects.ts";
import type { Controller } from "./loop.ts";
import { isReady } from "./pods.ts";

/** No laptop demo needs more, and a mistyped number must not fill the memory. */
const REPLICAS_LIMIT = 1_000;

export function replicaSetController(objects: Objects, random: () => number): Controller {
  return {
    name: "replicasets",
    touches({ object }) {
      const { namespace = "", name, ownerReferences = [] } = object.metadata;
      if (object.kind === "ReplicaSet") return [`${namespace}/${name}`];
      if (object.kind !== "Pod") return [];
      return ownerReferences
        .filter(({ kind }) => kind === "ReplicaSet")
        .map((owner) => `${namespace}/${owner.name}`);
    },
    reconcile(key) {
      const [namespace = "", name = ""] = key.split("/");
      const set = objects.get({ apiVersion: "apps/v1", kind: "ReplicaSet", namespace, name });
      if (!set || set.metadata.deletionTimestamp) return;
      const wanted = Math.min(numberAt(set, "spec.replicas") ?? 1, REPLICAS_LIMIT);
      const owned = podsOf(objects, set);
      for (const pod of owned.slice(wanted)) objects.delete(refOf(pod));
      for (let count = owned.length; count < wanted; count += 1)
        objects.put(newPod(set, randomSuffix(random, 5)));
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

function podsOf(objects: Objects, set: KubeObject): readonly KubeObject[] {
  return objects
    .list("v1", "Pod", set.metadata.namespace)
    .filter((pod) => isOwnedBy(pod, set) && !pod.metadata.deletionTimestamp);
}

function newPod(set: KubeObject, suffix: string): KubeObject {
  const template = objectAt(set, "spec.template");
  const metadata = {
    name: `${set.metadata.name.slice(0, 240)}-${suffix}`,
    generateName: `${set.metadata.name}-`,
    ...(set.metadata.namespace === undefined ? {} : { namespace: set.metadata.namespace }),
    labels: objectAt(template, "metadata.labels") as Labels,
    annotations: objectAt(template, "metadata.annotations") as Labels,
    ownerReferences: [ownerReference(set)],
  };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: objectAt(template, "spec") };
}
