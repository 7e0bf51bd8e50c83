/** The rest of the core group: namespaces, nodes, configuration, storage and events. */
import { listAt, numberAt, objectAt, textAt, textsAt } from "../store/json.ts";
import type { JsonObject } from "../store/json.ts";
import type { KubeObject } from "../store/object.ts";
import type { Resource } from "../store/resource.ts";
import { unsupportedValue } from "../store/status.ts";
import { age, ageColumn, at, column, integer, joined, nameColumn, none, texts, wide } from "./cells.ts";
import { defineResource } from "./define.ts";

const namespaces = defineResource("", "v1", {
  plural: "namespaces",
  kind: "Namespace",
  shortNames: ["ns"],
  namespaced: false,
  nameRule: "label",
  hasStatus: true,
  fields: { "status.phase": "status.phase" },
  columns: [nameColumn, column("Status", at("status.phase")), ageColumn],
  complete: (object, previous) => ({
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata.labels, "kubernetes.io/metadata.name": object.metadata.name },
    },
    spec: previous ? objectAt(previous, "spec") : { finalizers: ["kubernetes"] },
    status: { phase: "Active", ...objectAt(object, "status") },
  }),
});

const nodes = defineResource("", "v1", {
  plural: "nodes",
  kind: "Node",
  shortNames: ["no"],
  namespaced: false,
  hasStatus: true,
  fields: { "spec.unschedulable": "spec.unschedulable" },
  columns: [
    nameColumn,
    column("Status", nodeStatus),
    column("Roles", nodeRoles),
    ageColumn,
    column("Version", at("status.nodeInfo.kubeletVersion")),
    wide("Internal-IP", (one) => none(nodeAddress(one, "InternalIP"))),
    wide("External-IP", (one) => none(nodeAddress(one, "ExternalIP"))),
    wide("OS-Image", at("status.nodeInfo.osImage", "<unknown>")),
    wide("Kernel-Version", at("status.nodeInfo.kernelVersion", "<unknown>")),
    wide("Container-Runtime", at("status.nodeInfo.containerRuntimeVersion", "<unknown>")),
  ],
});

function nodeStatus(node: KubeObject): string {
  const ready = listAt(node, "status.conditions").find((condition) => textAt(condition, "type") === "Ready");
  const words = ready === undefined ? "Unknown" : textAt(ready, "status") === "True" ? "Ready" : "NotReady";
  return objectAt(node, "spec")["unschedulable"] === true ? `${words},SchedulingDisabled` : words;
}

function nodeRoles(node: KubeObject): string {
  const prefix = "node-role.kubernetes.io/";
  const keys = Object.keys(node.metadata.labels ?? {}).filter((key) => key.startsWith(prefix));
  return joined(keys.map((key) => key.slice(prefix.length)));
}

function nodeAddress(node: KubeObject, type: string): string {
  const address = listAt(node, "status.addresses").find((entry) => textAt(entry, "type") === type);
  return textAt(address, "address");
}

const endpoints = defineResource("", "v1", {
  plural: "endpoints",
  kind: "Endpoints",
  parts: ["subsets"],
  shortNames: ["ep"],
  columns: [nameColumn, column("Endpoints", endpointsCell), ageColumn],
});

/** The first three addresses, as `kubectl` cuts them. */
function endpointsCell(object: KubeObject): string {
  const all = listAt(object, "subsets").flatMap((subset) => {
    const ports = listAt(subset, "ports");
    const addresses = listAt(subset, "addresses").map((address) => textAt(address, "ip"));
    return ports.flatMap((port) => addresses.map((address) => `${address}:${numberAt(port, "port") ?? 0}`));
  });
  const rest = all.length > 3 ? ` + ${all.length - 3} more...` : "";
  return none(all.slice(0, 3).join(",") + rest);
}

const configMaps = defineResource("", "v1", {
  plural: "configmaps",
  kind: "ConfigMap",
  parts: ["binaryData", "data", "immutable"],
  shortNames: ["cm"],
  columns: [nameColumn, integer("Data", countOf("data", "binaryData")), ageColumn],
});

const secrets = defineResource("", "v1", {
  plural: "secrets",
  kind: "Secret",
  parts: ["data", "immutable", "stringData", "type"],
  fields: { type: "type" },
  columns: [nameColumn, column("Type", at("type")), integer("Data", countOf("data")), ageColumn],
  complete(object) {
    const texts = Object.entries(objectAt(object, "stringData"));
    const encoded = texts.map(([key, value]) => [
      key,
      Buffer.from(typeof value === "string" ? value : "").toString("base64"),
    ]);
    const data = { ...objectAt(object, "data"), ...(Object.fromEntries(encoded) as JsonObject) };
    const { stringData: _, ...rest } = object;
    return { type: "Opaque", ...rest, ...(Object.keys(data).length > 0 ? { data } : {}) } as KubeObject;
  },
});

function countOf(...fields: readonly string[]) {
  return (object: KubeObject): number =>
    fields.reduce((sum, field) => sum + Object.keys(objectAt(object, field)).length, 0);
}

const serviceAccounts = defineResource("", "v1", {
  plural: "serviceaccounts",
  kind: "ServiceAccount",
  parts: ["automountServiceAccountToken", "imagePullSecrets", "secrets"],
  shortNames: ["sa"],
  columns: [nameColumn, integer("Secrets", (one) => listAt(one, "secrets").length), ageColumn],
});

/** Core and events.k8s.io/v1 spell some of them differently. */
export const eventParts: readonly string[] = [
  "action",
  "count",
  "deprecatedCount",
  "deprecatedFirstTimestamp",
  "deprecatedLastTimestamp",
  "deprecatedSource",
  "eventTime",
  "firstTimestamp",
  "involvedObject",
  "lastTimestamp",
  "message",
  "note",
  "reason",
  "regarding",
  "related",
  "reportingComponent",
  "reportingController",
  "reportingInstance",
  "series",
  "source",
  "type",
];

const events = defineResource("", "v1", {
  plural: "events",
  kind: "Event",
  parts: eventParts,
  shortNames: ["ev"],
  fields: {
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
    column("Type", at("type")),
    column("Reason", at("reason")),
    column(
      "Object",
      (one) => `${textAt(one, "involvedObject.kind").toLowerCase()}/${textAt(one, "involvedObject.name")}`,
    ),
    column("Message", at("message")),
    { ...wide("Name", (one) => one.metadata.name), format: "name" },
  ],
});

const persistentVolumeClaims = defineResource("", "v1", {
  plural: "persistentvolumeclaims",
  kind: "PersistentVolumeClaim",
  shortNames: ["pvc"],
  hasStatus: true,
  columns: [
    nameColumn,
    column("Status", at("status.phase")),
    column("Volume", at("spec.volumeName")),
    column("Capacity", at("status.capacity.storage")),
    column("Access Modes", texts("status.accessModes")),
    column("StorageClass", at("spec.storageClassName")),
    ageColumn,
  ],
  complete: (object) => ({ ...object, status: { phase: "Pending", ...objectAt(object, "status") } }),
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

const endpointSlices = defineResource("discovery.k8s.io", "v1", {
  plural: "endpointslices",
  kind: "EndpointSlice",
  parts: ["addressType", "endpoints", "ports"],
  hasGeneration: true,
  columns: [
    nameColumn,
    column("AddressType", at("addressType")),
    column("Ports", (one) => unset(listAt(one, "ports").map((port) => String(numberAt(port, "port") ?? "")))),
    column("Endpoints", (one) =>
      unset(listAt(one, "endpoints").flatMap((entry) => textsAt(entry, "addresses"))),
    ),
    ageColumn,
  ],
  complete: (object) => ({ endpoints: null, ports: null, ...object }) as KubeObject,
  validate(object) {
    const families = ["IPv4", "IPv6", "FQDN"];
    const type = textAt(object, "addressType");
    return families.includes(type) ? [] : [unsupportedValue("addressType", type, families)];
  },
});

function unset(values: readonly string[]): string {
  if (values.length === 0) return "<unset>";
  return values.slice(0, 3).join(",") + (values.length > 3 ? ` + ${values.length - 3} more...` : "");
}

export const coreResources: readonly Resource[] = [
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
