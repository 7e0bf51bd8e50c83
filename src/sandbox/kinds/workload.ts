/** Workloads (apps/v1, batch/v1, pods): defaults, validation and columns. */
import { listAt, numberAt, objectAt, textAt, valueAt } from "../store/json.ts";
import type { Json } from "../store/json.ts";
import type { KubeObject } from "../store/object.ts";
import type { Column, Resource, ScalePaths } from "../store/resource.ts";
import { formatLabelSelector, labelSelectorMatches } from "../store/selector.ts";
import { invalidValue, required } from "../store/status.ts";
import type { Cause } from "../store/status.ts";
import { age, ageColumn, at, column, each, integer, nameColumn, none, wide } from "./cells.ts";
import { defineResource } from "./define.ts";

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
    const strategy = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } };
    const defaults = { replicas: 1, strategy, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 };
    return withSpec(object, defaults);
  },
  validate: validateTemplate,
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
  validate: validateTemplate,
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
  complete: (object) => withSpec(object, { replicas: 1, podManagementPolicy: "OrderedReady" }),
  validate: validateTemplate,
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
  complete: (object) => withSpec(object, { revisionHistoryLimit: 10 }),
  validate: validateTemplate,
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
  complete: (object) => withSpec(object, { completions: 1, parallelism: 1, backoffLimit: 6 }),
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
  complete: (object) => withSpec(object, { concurrencyPolicy: "Allow", suspend: false }),
});

export const pods: Resource = defineResource("", "v1", {
  plural: "pods",
  kind: "Pod",
  shortNames: ["po"],
  categories: ["all"],
  hasStatus: true,
  fields: {
    "spec.nodeName": "spec.nodeName",
    "spec.restartPolicy": "spec.restartPolicy",
    "spec.schedulerName": "spec.schedulerName",
    "spec.serviceAccountName": "spec.serviceAccountName",
    "status.phase": "status.phase",
    "status.podIP": "status.podIP",
    "status.nominatedNodeName": "status.nominatedNodeName",
  },
  columns: [
    nameColumn,
    column("Ready", readyCell),
    column("Status", (one) => (one.metadata.deletionTimestamp ? "Terminating" : textAt(one, "status.phase"))),
    column("Restarts", () => "0"),
    column("Age", (one, nowMs) => age(one.metadata.creationTimestamp, nowMs)),
    wide("IP", at("status.podIP", "<none>")),
    wide("Node", at("spec.nodeName", "<none>")),
    wide("Nominated Node", at("status.nominatedNodeName", "<none>")),
    wide("Readiness Gates", () => "<none>"),
  ],
  complete(object) {
    const defaults = {
      restartPolicy: "Always",
      dnsPolicy: "ClusterFirst",
      serviceAccountName: "default",
      enableServiceLinks: true,
    };
    return { status: { phase: "Pending", qosClass: "BestEffort" }, ...withSpec(object, defaults) };
  },
  validate: (object) => containerCauses(listAt(object, "spec.containers"), "spec.containers"),
});

function readyCell(object: KubeObject): string {
  const isReady = (status: Json): boolean => valueAt(status, "ready") === true;
  const ready = listAt(object, "status.containerStatuses").filter(isReady).length;
  return `${ready}/${listAt(object, "spec.containers").length}`;
}

function withSpec(object: KubeObject, defaults: Readonly<Record<string, Json>>): KubeObject {
  return { ...object, spec: { ...defaults, ...objectAt(object, "spec") } };
}

function validateTemplate(object: KubeObject, previous: KubeObject | undefined): readonly Cause[] {
  const selector = objectAt(object, "spec.selector");
  const causes: Cause[] = [];
  const labels = objectAt(object, "spec.template.metadata.labels");
  if (Object.keys(selector).length === 0) causes.push(required("spec.selector"));
  else if (!labelSelectorMatches(selector, labels as Readonly<Record<string, string>>)) {
    causes.push(
      invalidValue("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"),
    );
  }
  const before = objectAt(previous, "spec.selector");
  if (previous && formatLabelSelector(before) !== formatLabelSelector(selector)) {
    causes.push(invalidValue("spec.selector", selector, "field is immutable"));
  }
  const replicas = valueAt(object, "spec.replicas");
  if (
    replicas !== undefined &&
    !(typeof replicas === "number" && Number.isInteger(replicas) && replicas >= 0)
  ) {
    causes.push(invalidValue("spec.replicas", replicas, "must be greater than or equal to 0"));
  }
  return [...causes, ...containerCauses(listAt(object, templateContainers), templateContainers)];
}

function containerCauses(containers: readonly Json[], field: string): readonly Cause[] {
  if (containers.length === 0) return [required(field)];
  return containers.flatMap((container, index) => {
    const causes: Cause[] = [];
    if (!textAt(container, "name")) causes.push(required(`${field}[${index}].name`));
    if (!textAt(container, "image")) causes.push(required(`${field}[${index}].image`));
    return causes;
  });
}
