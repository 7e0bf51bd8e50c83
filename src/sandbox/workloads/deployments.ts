/** Deployments: one ReplicaSet per pod template; the newest has all replicas. Rollouts complete at once. */
import type { Clock } from "../../kernel/clock.ts";
import { isObject, listAt, numberAt, objectAt, textAt, valueAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { isOwnedBy, ownerReference, timestamp } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import { refOf } from "../store/objects.ts";
import type { ObjectClient } from "../store/objects.ts";
import type { Controller } from "../reconcile/loop.ts";
import { templateHash } from "./owned-pods.ts";

const revisionKey = "deployment.kubernetes.io/revision";
const hashKey = "pod-template-hash";

export function deploymentController(objects: ObjectClient, clock: Clock): Controller {
  return {
    name: "deployments",
    keysFor({ object }) {
      const { namespace = "", name, ownerReferences = [] } = object.metadata;
      if (object.kind === "Deployment") return [`${namespace}/${name}`];
      if (object.kind !== "ReplicaSet") return [];
      return ownerReferences
        .filter(({ kind }) => kind === "Deployment")
        .map((owner) => `${namespace}/${owner.name}`);
    },
    reconcile(key) {
      const [namespace = "", name = ""] = key.split("/");
      const deployment = objects.get({ apiVersion: "apps/v1", kind: "Deployment", namespace, name });
      if (!deployment || deployment.metadata.deletionTimestamp) return;
      const current = rollOut(objects, deployment);
      const owned = ownedSets(objects, deployment);
      const status = statusOf(deployment, owned, current, timestamp(clock.wallMs()));
      objects.putStatus(deployment, status);
    },
  };
}

function ownedSets(objects: ObjectClient, deployment: KubeObject): readonly KubeObject[] {
  const sets = objects.list("apps/v1", "ReplicaSet", deployment.metadata.namespace);
  return sets.filter((set) => isOwnedBy(set, deployment));
}

/** Scales the ReplicaSet of the current template up and all others to zero; returns its name. */
function rollOut(objects: ObjectClient, deployment: KubeObject): string {
  const { name, namespace } = deployment.metadata;
  const template = objectAt(deployment, "spec.template");
  const owned = ownedSets(objects, deployment);
  const newest = owned.toSorted((a, b) => revisionOf(b) - revisionOf(a))[0];
  // While a Deployment is paused, a new template waits, and the current ReplicaSet is only scaled.
  if (newest && valueAt(deployment, "spec.paused") === true) {
    objects.patch(refOf(newest), { spec: { replicas: numberAt(deployment, "spec.replicas") ?? 1 } });
    return newest.metadata.name;
  }
  const hash = templateHash(template);
  const setName = `${name}-${hash}`;
  const replicas = numberAt(deployment, "spec.replicas") ?? 1;
  const existing = owned.find((set) => set.metadata.name === setName);
  const ref = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    ...(namespace === undefined ? {} : { namespace }),
  };
  // A template that is used again (`kubectl rollout undo`) becomes the newest revision.
  const isNewest = existing !== undefined && owned.every((set) => revisionOf(set) <= revisionOf(existing));
  const revision = String(isNewest ? revisionOf(existing) : Math.max(0, ...owned.map(revisionOf)) + 1);
  const numbered = { [revisionKey]: revision };
  if (existing)
    objects.patch({ ...ref, name: setName }, { metadata: { annotations: numbered }, spec: { replicas } });
  else objects.put(newSet(deployment, { name: setName, hash, replicas, revision }));
  // Written with the status, since a plain write of annotations is a new generation.
  const annotations = { ...deployment.metadata.annotations, ...numbered };
  objects.patch(refOf(deployment), { metadata: { annotations } }, "status");
  for (const { metadata } of owned) {
    if (metadata.name !== setName) objects.patch({ ...ref, name: metadata.name }, { spec: { replicas: 0 } });
  }
  deleteOldSets(objects, deployment, setName);
  return setName;
}

/** Old ReplicaSets are kept for `kubectl rollout undo`, up to the revision history limit. */
function deleteOldSets(objects: ObjectClient, deployment: KubeObject, current: string): void {
  const limit = numberAt(deployment, "spec.revisionHistoryLimit") ?? 10;
  const old = ownedSets(objects, deployment)
    .filter((set) => set.metadata.name !== current && (numberAt(set, "status.replicas") ?? 0) === 0)
    .toSorted((a, b) => revisionOf(b) - revisionOf(a));
  for (const set of old.slice(limit)) objects.delete(refOf(set));
}

function revisionOf(set: KubeObject): number {
  return Number(set.metadata.annotations?.[revisionKey] ?? 0);
}

type NewSet = {
  readonly name: string;
  readonly hash: string;
  readonly replicas: number;
  readonly revision: string;
};

function newSet(deployment: KubeObject, { name, hash, replicas, revision }: NewSet): KubeObject {
  const template = objectAt(deployment, "spec.template");
  const selector = objectAt(deployment, "spec.selector");
  const labels = { ...objectAt(template, "metadata.labels"), [hashKey]: hash } as Readonly<
    Record<string, string>
  >;
  const metadata = {
    name,
    ...(deployment.metadata.namespace === undefined ? {} : { namespace: deployment.metadata.namespace }),
    labels,
    annotations: { [revisionKey]: revision },
    ownerReferences: [ownerReference(deployment)],
  };
  const matchLabels = { ...objectAt(selector, "matchLabels"), [hashKey]: hash };
  const spec = {
    replicas,
    selector: { ...selector, matchLabels },
    template: { ...template, metadata: { ...objectAt(template, "metadata"), labels } },
  };
  return { apiVersion: "apps/v1", kind: "ReplicaSet", metadata, spec };
}

function statusOf(
  deployment: KubeObject,
  sets: readonly KubeObject[],
  current: string,
  now: string,
): JsonObject {
  const sum = (field: string, of: readonly KubeObject[]): number =>
    of.reduce((total, set) => total + (numberAt(set, `status.${field}`) ?? 0), 0);
  const newest = sets.filter((set) => set.metadata.name === current);
  const wanted = numberAt(deployment, "spec.replicas") ?? 1;
  const ready = sum("readyReplicas", sets);
  const missing = Math.max(0, wanted - ready);
  const isAvailable = ready >= wanted;
  const available = {
    type: "Available",
    status: isAvailable ? "True" : "False",
    reason: isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
    message: `Deployment ${isAvailable ? "has" : "does not have"} minimum availability.`,
  };
  const progressing = {
    type: "Progressing",
    status: "True",
    reason: isAvailable ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
    message: `ReplicaSet "${current}" ${isAvailable ? "has successfully progressed" : "is progressing"}.`,
  };
  const before = listAt(deployment, "status.conditions");
  return {
    observedGeneration: deployment.metadata.generation,
    replicas: sum("replicas", sets),
    updatedReplicas: sum("replicas", newest),
    readyReplicas: ready,
    availableReplicas: ready,
    ...(missing > 0 ? { unavailableReplicas: missing } : {}),
    conditions: [available, progressing, ...failuresOf(newest)].map((condition) =>
      dated(condition, before, now),
    ),
  };
}

/** Why Pods cannot be made, as the ReplicaSet says. */
function failuresOf(sets: readonly KubeObject[]): readonly JsonObject[] {
  return sets
    .flatMap((set) => listAt(set, "status.conditions"))
    .filter(isObject)
    .filter((condition) => textAt(condition, "type") === "ReplicaFailure")
    .slice(0, 1)
    .map(({ type = "", status = "", reason = "", message = "" }) => ({ type, status, reason, message }));
}

/** A condition keeps its times until its status changes. */
function dated(condition: JsonObject, before: readonly Json[], now: string): JsonObject {
  const old = before.find((one) => textAt(one, "type") === textAt(condition, "type"));
  const isSame = old !== undefined && textAt(old, "status") === textAt(condition, "status");
  const since = isSame ? textAt(old, "lastTransitionTime") : now;
  return { ...condition, lastUpdateTime: since, lastTransitionTime: since };
}
