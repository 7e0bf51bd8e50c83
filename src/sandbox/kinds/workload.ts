/** Workloads (apps/v1, batch/v1): printer columns, defaults and validation. */
import { numberAt, objectAt } from "../object/json.ts";
import type { PrinterColumn, ApiResource, ScalePaths } from "../store/resource.ts";
import { formatLabelSelector } from "../object/selector.ts";
import {
  ageColumn,
  cellAt,
  column,
  joinedField,
  integerColumn,
  nameColumn,
  none,
  wideColumn,
} from "./cells.ts";
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
const containerColumns: readonly PrinterColumn[] = [
  wideColumn("Containers", joinedField(templateContainers, "name")),
  wideColumn("Images", joinedField(templateContainers, "image")),
];
const selectorColumn = wideColumn("Selector", (one) =>
  none(formatLabelSelector(objectAt(one, "spec.selector"))),
);

const readyColumn = column(
  "Ready",
  (one) => `${numberAt(one, "status.readyReplicas") ?? 0}/${numberAt(one, "spec.replicas") ?? 0}`,
);

const workloadDefaults = { categories: ["all"], hasStatus: true, hasGeneration: true } as const;

export const deployments: ApiResource = defineResource("apps", "v1", {
  plural: "deployments",
  kind: "Deployment",
  shortNames: ["deploy"],
  ...workloadDefaults,
  countsAnnotations: true,
  scale,
  columns: [
    nameColumn,
    readyColumn,
    integerColumn("Up-to-date", cellAt("status.updatedReplicas", 0)),
    integerColumn("Available", cellAt("status.availableReplicas", 0)),
    ageColumn,
    ...containerColumns,
    selectorColumn,
  ],
  applyDefaults(object) {
    const strategy = rolling(objectAt(object, "spec.strategy"), { maxUnavailable: "25%", maxSurge: "25%" });
    const defaults = { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 };
    return withSpec(object, defaults, { strategy });
  },
  validate: (object, previous) => [
    ...templateCauses(object, previous),
    ...strategyCauses(object, "strategy", ["Recreate", "RollingUpdate"]),
  ],
});

export const replicaSets: ApiResource = defineResource("apps", "v1", {
  plural: "replicasets",
  kind: "ReplicaSet",
  shortNames: ["rs"],
  ...workloadDefaults,
  scale,
  columns: [
    nameColumn,
    integerColumn("Desired", cellAt("spec.replicas", 0)),
    integerColumn("Current", cellAt("status.replicas", 0)),
    integerColumn("Ready", cellAt("status.readyReplicas", 0)),
    ageColumn,
    ...containerColumns,
    selectorColumn,
  ],
  applyDefaults: (object) => withSpec(object, { replicas: 1 }),
  validate: templateCauses,
});

export const statefulSets: ApiResource = defineResource("apps", "v1", {
  plural: "statefulsets",
  kind: "StatefulSet",
  shortNames: ["sts"],
  ...workloadDefaults,
  scale,
  columns: [nameColumn, readyColumn, ageColumn, ...containerColumns],
  applyDefaults(object) {
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

export const daemonSets: ApiResource = defineResource("apps", "v1", {
  plural: "daemonsets",
  kind: "DaemonSet",
  shortNames: ["ds"],
  ...workloadDefaults,
  columns: [
    nameColumn,
    integerColumn("Desired", cellAt("status.desiredNumberScheduled", 0)),
    integerColumn("Current", cellAt("status.currentNumberScheduled", 0)),
    integerColumn("Ready", cellAt("status.numberReady", 0)),
    ageColumn,
    ...containerColumns,
    selectorColumn,
  ],
  applyDefaults(object) {
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

export const replicationControllers: ApiResource = defineResource("", "v1", {
  plural: "replicationcontrollers",
  kind: "ReplicationController",
  shortNames: ["rc"],
  ...workloadDefaults,
  scale,
  applyDefaults: (object) => withSpec(object, { replicas: 1 }),
});

export const jobs: ApiResource = defineResource("batch", "v1", {
  plural: "jobs",
  kind: "Job",
  ...workloadDefaults,
  columns: [
    nameColumn,
    column(
      "Completions",
      (one) => `${numberAt(one, "status.succeeded") ?? 0}/${numberAt(one, "spec.completions") ?? 1}`,
    ),
    ageColumn,
    ...containerColumns,
  ],
  allocated: [
    ["spec", "selector"],
    ["spec", "template", "metadata", "labels", "*"],
  ],
  applyDefaults: completeJob,
  validate: jobCauses,
});

export const cronJobs: ApiResource = defineResource("batch", "v1", {
  plural: "cronjobs",
  kind: "CronJob",
  shortNames: ["cj"],
  ...workloadDefaults,
  columns: [
    nameColumn,
    column("Schedule", cellAt("spec.schedule")),
    column("Suspend", cellAt("spec.suspend", false)),
    ageColumn,
  ],
  applyDefaults: completeCronJob,
  validate: cronJobCauses,
});
