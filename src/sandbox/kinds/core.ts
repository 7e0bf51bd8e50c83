/** The rest of the core group: namespaces, configuration, storage and events. */
import { listAt, objectAt, textAt } from "../object/json.ts";
import type { JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import type { ApiResource } from "../store/resource.ts";
import { claimCauses } from "../validation/claim.ts";
import { contentCauses, secretCauses } from "../validation/config.ts";
import {
  age,
  ageColumn,
  cellAt,
  column,
  integerColumn,
  nameColumn,
  joinedTexts,
  wideColumn,
} from "./cells.ts";
import { defineResource } from "./define.ts";
import { endpoints, endpointSlices } from "./endpoint.ts";
import { nodes } from "./node.ts";

const namespaces = defineResource("", "v1", {
  plural: "namespaces",
  kind: "Namespace",
  shortNames: ["ns"],
  namespaced: false,
  nameRule: "label",
  hasStatus: true,
  selectableFields: { "status.phase": "status.phase" },
  allocated: [["spec", "finalizers"]],
  columns: [nameColumn, column("Status", cellAt("status.phase")), ageColumn],
  applyDefaults: (object, previous) => ({
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata.labels, "kubernetes.io/metadata.name": object.metadata.name },
    },
    spec: previous ? objectAt(previous, "spec") : { finalizers: ["kubernetes"] },
    status: { phase: "Active", ...objectAt(object, "status") },
  }),
});

const configMaps = defineResource("", "v1", {
  plural: "configmaps",
  kind: "ConfigMap",
  shortNames: ["cm"],
  columns: [nameColumn, integerColumn("Data", countOf("data", "binaryData")), ageColumn],
  validate: (object, previous) => contentCauses(object, previous, ["data", "binaryData"]),
});

const secrets = defineResource("", "v1", {
  plural: "secrets",
  kind: "Secret",
  selectableFields: { type: "type" },
  columns: [nameColumn, column("Type", cellAt("type")), integerColumn("Data", countOf("data")), ageColumn],
  applyDefaults(object) {
    const plain = Object.entries(objectAt(object, "stringData"));
    const encoded = plain.map(([key, value]) => [
      key,
      Buffer.from(typeof value === "string" ? value : "").toString("base64"),
    ]);
    const data = { ...objectAt(object, "data"), ...(Object.fromEntries(encoded) as JsonObject) };
    const { stringData: _, ...rest } = object;
    return { type: "Opaque", ...rest, ...(Object.keys(data).length > 0 ? { data } : {}) };
  },
  validate: secretCauses,
});

function countOf(...fields: readonly string[]) {
  return (object: KubeObject): number =>
    fields.reduce((sum, field) => sum + Object.keys(objectAt(object, field)).length, 0);
}

const serviceAccounts = defineResource("", "v1", {
  plural: "serviceaccounts",
  kind: "ServiceAccount",
  shortNames: ["sa"],
  columns: [nameColumn, integerColumn("Secrets", (one) => listAt(one, "secrets").length), ageColumn],
});

const events = defineResource("", "v1", {
  plural: "events",
  kind: "Event",
  shortNames: ["ev"],
  selectableFields: {
    "involvedObject.kind": "involvedObject.kind",
    "involvedObject.namespace": "involvedObject.namespace",
    "involvedObject.name": "involvedObject.name",
    "involvedObject.uid": "involvedObject.uid",
    "involvedObject.apiVersion": "involvedObject.apiVersion",
    "involvedObject.resourceVersion": "involvedObject.resourceVersion",
    "involvedObject.fieldPath": "involvedObject.fieldPath",
    reason: "reason",
    source: "source.component",
    type: "type",
  },
  columns: [
    column("Last Seen", (one, nowMs) => age(textAt(one, "lastTimestamp") || textAt(one, "eventTime"), nowMs)),
    column("Type", cellAt("type")),
    column("Reason", cellAt("reason")),
    column(
      "Object",
      (one) => `${textAt(one, "involvedObject.kind").toLowerCase()}/${textAt(one, "involvedObject.name")}`,
    ),
    column("Message", cellAt("message")),
    { ...wideColumn("Name", (one) => one.metadata.name), format: "name" },
  ],
});

const persistentVolumeClaims = defineResource("", "v1", {
  plural: "persistentvolumeclaims",
  kind: "PersistentVolumeClaim",
  shortNames: ["pvc"],
  hasStatus: true,
  columns: [
    nameColumn,
    column("Status", cellAt("status.phase")),
    column("Volume", cellAt("spec.volumeName")),
    column("Capacity", cellAt("status.capacity.storage")),
    column("Access Modes", joinedTexts("status.accessModes")),
    column("StorageClass", cellAt("spec.storageClassName")),
    ageColumn,
  ],
  applyDefaults: (object) => ({
    ...object,
    spec: { volumeMode: "Filesystem", ...objectAt(object, "spec") },
    status: { phase: "Pending", ...objectAt(object, "status") },
  }),
  validate: claimCauses,
});

const persistentVolumes = defineResource("", "v1", {
  plural: "persistentvolumes",
  kind: "PersistentVolume",
  shortNames: ["pv"],
  namespaced: false,
  hasStatus: true,
});

const resourceQuotas = defineResource("", "v1", {
  plural: "resourcequotas",
  kind: "ResourceQuota",
  shortNames: ["quota"],
  hasStatus: true,
});

const limitRanges = defineResource("", "v1", {
  plural: "limitranges",
  kind: "LimitRange",
  shortNames: ["limits"],
});

export const coreResources: readonly ApiResource[] = [
  namespaces,
  nodes,
  endpoints,
  endpointSlices,
  configMaps,
  secrets,
  serviceAccounts,
  events,
  persistentVolumeClaims,
  persistentVolumes,
  resourceQuotas,
  limitRanges,
];
