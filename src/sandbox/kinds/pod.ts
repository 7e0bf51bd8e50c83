/** Pods and their printer columns. */
import { listAt, objectAt, textAt, valueAt } from "../object/json.ts";
import type { Json } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import type { ApiResource } from "../store/resource.ts";
import { age, cellAt, column, nameColumn, wideColumn } from "./cells.ts";
import { defineResource } from "./define.ts";
import { podCauses, podChangeCauses } from "../validation/pod.ts";
import { completePod } from "../validation/pod-defaults.ts";

export const pods: ApiResource = defineResource("", "v1", {
  plural: "pods",
  kind: "Pod",
  shortNames: ["po"],
  categories: ["all"],
  hasStatus: true,
  selectableFields: {
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
    column("Status", (one) => (one.metadata.deletionTimestamp ? "Terminating" : phaseCell(one))),
    column("Restarts", () => "0"),
    column("Age", (one, nowMs) => age(one.metadata.creationTimestamp, nowMs)),
    wideColumn("IP", cellAt("status.podIP", "<none>")),
    wideColumn("Node", cellAt("spec.nodeName", "<none>")),
    wideColumn("Nominated Node", cellAt("status.nominatedNodeName", "<none>")),
    wideColumn("Readiness Gates", () => "<none>"),
  ],
  applyDefaults: completePod,
  validate: (object, previous) => [
    ...podCauses(objectAt(object, "spec"), "spec"),
    ...(previous ? podChangeCauses(object, previous) : []),
  ],
});

function readyCell(object: KubeObject): string {
  const isReady = (status: Json): boolean => valueAt(status, "ready") === true;
  const ready = listAt(object, "status.containerStatuses").filter(isReady).length;
  return `${ready}/${listAt(object, "spec.containers").length}`;
}

/** A pod that ran to its end is `Completed`. */
function phaseCell(object: KubeObject): string {
  const phase = textAt(object, "status.phase");
  return phase === "Succeeded" ? "Completed" : phase;
}
