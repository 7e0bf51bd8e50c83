/** Workloads (apps/v1, batch/v1): columns, and the rules they go by. */
import { numberAt, objectAt } from "../object/json.ts";
import type { Column, Resource, ScalePaths } from "../store/resource.ts";
import { formatLabelSelector } from "../object/selector.ts";
import { ageColumn, at, column, each, integer, nameColumn, none, wide } from "./cells.ts";
import { defineResource } from "./define.ts";
import { completeCronJob, completeJob, cronJobCauses, jobCauses } from "../validation/job.ts";
import {
  rolling,
  statefulChangeCauses,
  strategyCauses,
  templateCauses,
  withSpec,
} from "../validation/workload.ts";

const scale: ScalePaths = {
  replicas: "spec.replicas",
  observed: "status.replicas",
  selector: "spec.selector",
};
const templateContainers = "spec.template.spec.containers";
const containerColumns: readonly Column[] = [
  wide("Containers", each(templateContainers, "name")),
  wide("Images", each(templateContainers, "image")),
];
const selectorColumn = wide("Selector", (one) => none(formatLabelSelector(objectAt(one, "spec.selector"))));

const usual = { categories: ["all"], hasStatus: true, hasGeneration: true } as const;

export const deployments: Resource = defineResource("apps", "v1", {
  plural: "deployments",
  kind: "Deployment",
  shortNames: ["deploy"],
  ...usual,
  scale,
  columns: [
    nameColumn,
    column(
      "Ready",
      (one) => `${numberAt(one, "status.readyReplicas") ?? 0}/${numberAt(one, "spec.replicas") ?? 0}`,
    ),
    integer("Up-to-date", at("status.updatedReplicas", 0)),
    integer("Available", at("status.availableReplicas", 0)),
    ageColumn,
    ...containerColumns,
    selectorColumn,
  ],
  complete(object) {
    const strategy = rolling(objectAt(object, "spec.strategy"), { maxUnavailable: "25%", maxSurge: "25%" });
    const defaults = { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 };
    return withSpec(object, defaults, { strategy });
  },
  validate: (object, previous) => [
    ...templateCauses(object, previous),
    ...strategyCauses(object, "strategy", ["Recreate", "RollingUpdate"]),
  ],
});

export const replicaSets: Resource = defineResource("apps", "v1", {
  plural: "replicasets",
  kind: "ReplicaSet",
  shortNames: ["rs"],
  ...usual,
  scale,
  columns: [
    nameColumn,
    integer("Desired", at("spec.replicas", 0)),
    integer("Current", at("status.replicas", 0)),
    integer("Ready", at("status.readyReplicas", 0)),
    ageColumn,
    ...containerColumns,
    selectorColumn,
  ],
  complete: (object) => withSpec(object, { replicas: 1 }),
  validate: templateCauses,
});

export const statefulSets: Resource = defineResource("apps", "v1", {
  plural: "statefulsets",
  kind: "StatefulSet",
  shortNames: ["sts"],
  ...usual,
  scale,
  columns: [
    nameColumn,
    column(
      "Ready",
      (one) => `${numberAt(one, "status.readyReplicas") ?? 0}/${numberAt(one, "spec.replicas") ?? 0}`,
    ),
    ageColumn,
    ...containerColumns,
  ],
  complete(object) {
    const defaults = {
      replicas: 1,
      podManagementPolicy: "OrderedReady",
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    };
    const updateStrategy = rolling(objectAt(object, "spec.updateStrategy"), { partition: 0 });
    return withSpec(object, defaults, { updateStrategy });
  },
  validate: (object, previous) => [
    ...templateCauses(object, previous),
    ...strategyCauses(object, "updateStrategy", ["OnDelete", "RollingUpdate"]),
    ...statefulChangeCauses(object, previous),
  ],
});

export const daemonSets: Resource = defineResource("apps", "v1", {
  plural: "daemonsets",
  kind: "DaemonSet",
  shortNames: ["ds"],
  ...usual,
  columns: [
    nameColumn,
    integer("Desired", at("status.desiredNumberScheduled", 0)),
    integer("Current", at("status.currentNumberScheduled", 0)),
    integer("Ready", at("status.numberReady", 0)),
    ageColumn,
    ...containerColumns,
    selectorColumn,
  ],
  complete(object) {
    const updateStrategy = rolling(objectAt(object, "spec.updateStrategy"), {
      maxUnavailable: 1,
      maxSurge: 0,
    });
    return withSpec(object, { revisionHistoryLimit: 10 }, { updateStrategy });
  },
  validate: (object, previous) => [
    ...templateCauses(object, previous),
    ...strategyCauses(object, "updateStrategy", ["OnDelete", "RollingUpdate"]),
  ],
});

export const replicationControllers: Resource = defineResource("", "v1", {
  plural: "replicationcontrollers",
  kind: "ReplicationController",
  shortNames: ["rc"],
  ...usual,
  scale,
  complete: (object) => withSpec(object, { replicas: 1 }),
});

export const jobs: Resource = defineResource("batch", "v1", {
  plural: "jobs",
  kind: "Job",
  ...usual,
  columns: [
    nameColumn,
    column(
      "Completions",
      (one) => `${numberAt(one, "status.succeeded") ?? 0}/${numberAt(one, "spec.completions") ?? 1}`,
    ),
    ageColumn,
    ...containerColumns,
  ],
  complete: completeJob,
  validate: jobCauses,
});

export const cronJobs: Resource = defineResource("batch", "v1", {
  plural: "cronjobs",
  kind: "CronJob",
  shortNames: ["cj"],
  ...usual,
  columns: [
    nameColumn,
    column("Schedule", at("spec.schedule")),
    column("Suspend", at("spec.suspend", false)),
    ageColumn,
  ],
  complete: completeCronJob,
  validate: cronJobCauses,
});
