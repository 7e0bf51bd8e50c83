/** Nodes: how `kubectl` prints them. */
import { listAt, objectAt, textAt } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import type { Resource } from "../store/resource.ts";
import { ageColumn, at, column, joined, nameColumn, none, wide } from "./cells.ts";
import { defineResource } from "./define.ts";

export const nodes: Resource = defineResource("", "v1", {
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
