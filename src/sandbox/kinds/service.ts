/** Services and their printer columns. */
import { listAt, numberAt, objectAt, textAt, textsAt } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import type { ApiResource } from "../store/resource.ts";
import { formatLabelSelector } from "../object/selector.ts";
import { ageColumn, column, nameColumn, none, wideColumn } from "./cells.ts";
import { defineResource } from "./define.ts";
import { completeService } from "../validation/service-defaults.ts";
import { serviceCauses } from "../validation/service.ts";

export const services: ApiResource = defineResource("", "v1", {
  plural: "services",
  kind: "Service",
  shortNames: ["svc"],
  categories: ["all"],
  nameRule: "service",
  hasStatus: true,
  selectableFields: { "spec.clusterIP": "spec.clusterIP", "spec.type": "spec.type" },
  columns: [
    nameColumn,
    column("Type", (one) => textAt(one, "spec.type")),
    column("Cluster-IP", (one) => none(textAt(one, "spec.clusterIP"))),
    column("External-IP", externalCell),
    column("Port(s)", portsCell),
    ageColumn,
    wideColumn("Selector", (one) => none(formatLabelSelector(objectAt(one, "spec.selector")))),
  ],
  allocated: [
    ["spec", "clusterIP"],
    ["spec", "clusterIPs"],
    ["spec", "ipFamilies"],
    ["spec", "ipFamilyPolicy"],
    ["spec", "ports", "*", "nodePort"],
  ],
  applyDefaults: completeService,
  validate: serviceCauses,
});

function externalCell(object: KubeObject): string {
  const type = textAt(object, "spec.type");
  if (type === "ExternalName") return textAt(object, "spec.externalName");
  const ingress = listAt(object, "status.loadBalancer.ingress");
  const balanced = ingress.map((entry) => textAt(entry, "ip") || textAt(entry, "hostname"));
  const all = [...balanced, ...textsAt(object, "spec.externalIPs")];
  if (all.length === 0) return type === "LoadBalancer" ? "<pending>" : "<none>";
  return all.join(",");
}

function portsCell(object: KubeObject): string {
  const ports = listAt(object, "spec.ports").map((port) => {
    const nodePort = numberAt(port, "nodePort");
    const number = numberAt(port, "port") ?? 0;
    return `${number}${nodePort ? `:${nodePort}` : ""}/${textAt(port, "protocol") || "TCP"}`;
  });
  return none(ports.join(","));
}
