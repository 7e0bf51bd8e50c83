/** DaemonSets: one pod per node. Pods of an older template are replaced at once. */
import { randomSuffix } from "../store/admit.ts";
import { objectAt, textAt } from "../object/json.ts";
import type { ObjectClient } from "../store/objects.ts";
import type { Controller } from "../reconcile/loop.ts";
import { deleteOutdated, ownersOf, podFrom, podsOf, revisionLabel, templateHash } from "./owned-pods.ts";
import { isReady } from "./pods.ts";

export function daemonSetController(objects: ObjectClient, random: () => number): Controller {
  return {
    name: "daemonsets",
    keysFor(change) {
      if (change.object.kind !== "Node" || change.kind === "MODIFIED") return ownersOf(change, "DaemonSet");
      return objects
        .list("apps/v1", "DaemonSet")
        .map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`);
    },
    reconcile(key) {
      const [namespace = "", name = ""] = key.split("/");
      const set = objects.get({ apiVersion: "apps/v1", kind: "DaemonSet", namespace, name });
      if (!set || set.metadata.deletionTimestamp) return;
      const hash = templateHash(objectAt(set, "spec.template"));
      const nodes = objects.list("v1", "Node").map((node) => node.metadata.name);
      deleteOutdated(objects, set, hash, (pod) => nodes.includes(textAt(pod, "spec.nodeName")));
      const served = podsOf(objects, set).map((pod) => textAt(pod, "spec.nodeName"));
      for (const nodeName of nodes.filter((node) => !served.includes(node))) {
        const labels = { [revisionLabel]: `${name}-${hash}` };
        objects.put(podFrom(set, { name: `${name}-${randomSuffix(random, 5)}`, labels, spec: { nodeName } }));
      }
      const pods = podsOf(objects, set);
      const ready = pods.filter(isReady).length;
      objects.putStatus(set, {
        observedGeneration: set.metadata.generation,
        desiredNumberScheduled: nodes.length,
        currentNumberScheduled: pods.length,
        updatedNumberScheduled: pods.length,
        numberMisscheduled: 0,
        numberReady: ready,
        numberAvailable: ready,
        ...(ready < nodes.length && { numberUnavailable: nodes.length - ready }),
      });
    },
  };
}
