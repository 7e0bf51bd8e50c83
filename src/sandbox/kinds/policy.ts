/** Resources around workloads: ingress, network policy, RBAC, leases, disruption budgets, autoscaling, storage classes. */
import { listAt, objectAt, scalarText, textAt, valueAt } from "../object/json.ts";
import type { ApiResource } from "../store/resource.ts";
import { formatLabelSelector } from "../object/selector.ts";
import { autoscalers } from "./autoscaler.ts";
import {
  ageColumn,
  cellAt,
  column,
  joinedField,
  integerColumn,
  joined,
  nameColumn,
  none,
  wideColumn,
} from "./cells.ts";
import { defineResource } from "./define.ts";
import { ingressCauses, ingressWarnings } from "../validation/ingress.ts";
import { bindingCauses, completeBinding, roleCauses } from "../validation/rbac.ts";

const networking = (definition: Parameters<typeof defineResource>[2]): ApiResource =>
  defineResource("networking.k8s.io", "v1", definition);
const rbac = (definition: Parameters<typeof defineResource>[2]): ApiResource =>
  defineResource("rbac.authorization.k8s.io", "v1", {
    nameRule: "path-segment",
    ...definition,
  });

const ingresses = networking({
  plural: "ingresses",
  kind: "Ingress",
  shortNames: ["ing"],
  hasStatus: true,
  hasGeneration: true,
  columns: [
    nameColumn,
    column("Class", (one) => none(textAt(one, "spec.ingressClassName"))),
    column("Hosts", (one) =>
      joined(listAt(one, "spec.rules").map((rule) => textAt(rule, "host") || "*")).replace("<none>", "*"),
    ),
    column("Address", (one) =>
      listAt(one, "status.loadBalancer.ingress")
        .map((entry) => textAt(entry, "ip") || textAt(entry, "hostname"))
        .join(","),
    ),
    column("Ports", (one) => (listAt(one, "spec.tls").length > 0 ? "80, 443" : "80")),
    ageColumn,
  ],
  applyDefaults: (object) => ({ status: { loadBalancer: {} }, ...object }),
  validate: ingressCauses,
  warnings: ingressWarnings,
});

const ingressClasses = networking({
  plural: "ingressclasses",
  kind: "IngressClass",
  namespaced: false,
  hasGeneration: true,
  columns: [
    nameColumn,
    column("Controller", cellAt("spec.controller")),
    column("Parameters", () => "<none>"),
    ageColumn,
  ],
});

const networkPolicies = networking({
  plural: "networkpolicies",
  kind: "NetworkPolicy",
  shortNames: ["netpol"],
  hasGeneration: true,
  columns: [
    nameColumn,
    column("Pod-Selector", (one) => none(formatLabelSelector(objectAt(one, "spec.podSelector")))),
    ageColumn,
  ],
});

const bindingColumns = [
  nameColumn,
  column("Role", (one) => `${textAt(one, "roleRef.kind")}/${textAt(one, "roleRef.name")}`),
  ageColumn,
  wideColumn("Subjects", joinedField("subjects", "name")),
];

const binding = { columns: bindingColumns, applyDefaults: completeBinding, validate: bindingCauses };
const role = {
  columns: [nameColumn, column("Created At", cellAt("metadata.creationTimestamp"))],
  validate: roleCauses,
};

const leases = defineResource("coordination.k8s.io", "v1", {
  plural: "leases",
  kind: "Lease",
  allowsUnconditionalUpdate: false,
  columns: [nameColumn, column("Holder", cellAt("spec.holderIdentity")), ageColumn],
});

const disruptionBudgets = defineResource("policy", "v1", {
  plural: "poddisruptionbudgets",
  kind: "PodDisruptionBudget",
  shortNames: ["pdb"],
  hasStatus: true,
  hasGeneration: true,
  columns: [
    nameColumn,
    column("Min Available", (one) => scalarText(valueAt(one, "spec.minAvailable")) || "N/A"),
    column("Max Unavailable", (one) => scalarText(valueAt(one, "spec.maxUnavailable")) || "N/A"),
    integerColumn("Allowed Disruptions", cellAt("status.disruptionsAllowed", 0)),
    ageColumn,
  ],
});

const newEvents = defineResource("events.k8s.io", "v1", {
  plural: "events",
  kind: "Event",
  shortNames: ["ev"],
  selectableFields: { reason: "reason", type: "type", "regarding.name": "regarding.name" },
});

const storageClasses = defineResource("storage.k8s.io", "v1", {
  plural: "storageclasses",
  kind: "StorageClass",
  shortNames: ["sc"],
  namespaced: false,
  columns: [nameColumn, column("Provisioner", cellAt("provisioner")), ageColumn],
});

export const policyResources: readonly ApiResource[] = [
  ingresses,
  ingressClasses,
  networkPolicies,
  rbac({ plural: "roles", kind: "Role", ...role }),
  rbac({ plural: "rolebindings", kind: "RoleBinding", ...binding }),
  rbac({ plural: "clusterroles", kind: "ClusterRole", namespaced: false, ...role }),
  rbac({ plural: "clusterrolebindings", kind: "ClusterRoleBinding", namespaced: false, ...binding }),
  leases,
  disruptionBudgets,
  ...autoscalers,
  newEvents,
  storageClasses,
];
