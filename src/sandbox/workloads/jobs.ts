/** Jobs: starts their pods, which complete at once. */
import type { Clock } from "../../kernel/clock.ts";
import { randomSuffix } from "../store/admit.ts";
import { listAt, numberAt, objectAt, textAt, valueAt } from "../object/json.ts";
import type { JsonObject } from "../object/json.ts";
import { timestamp } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import type { ObjectClient } from "../store/objects.ts";
import type { Controller } from "../reconcile/loop.ts";
import { ownersOf, podFrom, podsOf } from "./owned-pods.ts";
import { REPLICAS_LIMIT } from "./replicasets.ts";

export function jobController(objects: ObjectClient, clock: Clock, random: () => number): Controller {
  return {
    name: "jobs",
    keysFor: (change) => ownersOf(change, "Job"),
    reconcile(key) {
      const [namespace = "", name = ""] = key.split("/");
      const job = objects.get({ apiVersion: "batch/v1", kind: "Job", namespace, name });
      if (!job || job.metadata.deletionTimestamp || valueAt(job, "spec.suspend") === true) return;
      // A completed Job stays complete when its pods are deleted.
      if (textAt(job, "status.completionTime") !== "") return;
      const now = timestamp(clock.wallMs());
      const wanted = Math.min(numberAt(job, "spec.completions") ?? 1, REPLICAS_LIMIT);
      for (let count = podsOf(objects, job).length; count < wanted; count += 1)
        objects.put(podFrom(job, { name: `${name}-${randomSuffix(random, 5)}` }));
      for (const pod of podsOf(objects, job)) {
        if (textAt(pod, "status.phase") === "Running") objects.putStatus(pod, ended(pod, now));
      }
      const phases = podsOf(objects, job).map((pod) => textAt(pod, "status.phase"));
      const succeeded = phases.filter((phase) => phase === "Succeeded").length;
      objects.putStatus(job, statusOf(job, { succeeded, active: phases.length - succeeded, wanted, now }));
    },
  };
}

type Count = {
  readonly succeeded: number;
  readonly active: number;
  readonly wanted: number;
  readonly now: string;
};

function statusOf(job: KubeObject, { succeeded, active, wanted, now }: Count): JsonObject {
  const startTime = textAt(job, "status.startTime") || now;
  const counts = { ...(active > 0 && { active }), ...(succeeded > 0 && { succeeded }), ready: 0 };
  const base = { startTime, ...counts, terminating: 0, uncountedTerminatedPods: {} };
  if (succeeded < wanted) return base;
  const condition = (type: string): JsonObject => ({
    type,
    status: "True",
    reason: "CompletionsReached",
    message: "Reached expected number of succeeded pods",
    lastProbeTime: now,
    lastTransitionTime: now,
  });
  return { ...base, completionTime: now, conditions: ["SuccessCriteriaMet", "Complete"].map(condition) };
}

function ended(pod: KubeObject, finishedAt: string): JsonObject {
  const status = objectAt(pod, "status");
  const containerStatuses = listAt(status, "containerStatuses").map((one) => {
    const startedAt = textAt(one, "state.running.startedAt");
    const terminated = { exitCode: 0, reason: "Completed", startedAt, finishedAt };
    return { ...objectAt({ one }, "one"), ready: false, started: false, state: { terminated } };
  });
  const conditions = listAt(status, "conditions").map((one) => {
    const isOver = ["Ready", "ContainersReady"].includes(textAt(one, "type"));
    return isOver ? { ...objectAt({ one }, "one"), status: "False", reason: "PodCompleted" } : one;
  });
  return { ...status, phase: "Succeeded", conditions, containerStatuses };
}
