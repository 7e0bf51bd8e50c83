/** Nodes and their printer columns. */
import { listAt, objectAt, textAt } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import type { ApiResource } from "../store/resource.ts";
import { ageColumn, cellAt, column, joined, nameColumn, none, wideColumn } from "./cells.ts";
import { defineResource } from "./define.ts";

export const nodes: ApiResource = defineResource("", "v1", {
  plural: "nodes",
  kind: "Node",
  shortNames: ["no"],
  namespaced: false,
  hasStatus: true,
  selectableFields: { "spec.unschedulable": "spec.unschedulable" },
  columns: [
    nameColumn,
    column("Status", nodeStatus),
    column("Roles", nodeRoles),
    ageColumn,
    column("Version", cellAt("status.nodeInfo.kubeletVersion")),
    wideColumn("Internal-IP", (one) => none(nodeAddress(one, "InternalIP"))),
    wideColumn("External-IP", (one) => none(nodeAddress(one, "ExternalIP"))),
    wideColumn("OS-Image", cellAt("status.nodeInfo.osImage", "<unknown>")),
    wideColumn("Kernel-Version", cellAt("status.nodeInfo.kernelVersion", "<unknown>")),
    wideColumn("Container-Runtime", cellAt("status.nodeInfo.containerRuntimeVersion", "<unknown>")),
  ],
});

function nodeStatus(node: KubeObject): string {
  const ready = listAt(node, "status.conditions").find((condition) => textAt(condition, "type") === "Ready");
  const condition =
    ready === undefined ? "Unknown" : textAt(ready, "status") === "True" ? "Ready" : "NotReady";
  return objectAt(node, "spec")["unschedulable"] === true ? `${condition},SchedulingDisabled` : condition;
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
