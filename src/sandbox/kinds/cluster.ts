/** Kinds that are stored only: priority classes, admission, storage, API services and others that manifests contain. */
import { listAt, numberAt, objectAt, textAt } from "../object/json.ts";
import type { JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import type { ApiResource } from "../store/resource.ts";
import { ageColumn, cellAt, column, integerColumn, nameColumn } from "./cells.ts";
import { defineResource } from "./define.ts";
import type { ResourceDefinition } from "./define.ts";

const clusterWide = { namespaced: false } as const;

const priorityClasses = defineResource("scheduling.k8s.io", "v1", {
  plural: "priorityclasses",
  kind: "PriorityClass",
  shortNames: ["pc"],
  ...clusterWide,
  hasGeneration: true,
  columns: [
    nameColumn,
    integerColumn("Value", cellAt("value", 0)),
    column("Global-Default", cellAt("globalDefault", false)),
    ageColumn,
    column("PreemptionPolicy", cellAt("preemptionPolicy")),
  ],
  applyDefaults: (object) => ({ preemptionPolicy: "PreemptLowerPriority", ...object }),
});

const notEvaluated = "the sandbox stores admission policies but does not evaluate them";
const notCalled =
  "the sandbox stores admission webhooks of Services but does not call them; it calls those with a url";
const count = (field: string) => (one: KubeObject) => listAt(one, field).length;

const admission = (definition: ResourceDefinition): ApiResource =>
  defineResource("admissionregistration.k8s.io", "v1", {
    ...clusterWide,
    hasGeneration: true,
    ...definition,
  });

const webhookWarnings = (object: JsonObject): readonly string[] =>
  listAt(object, "webhooks").some((one) => textAt(one, "clientConfig.url") === "") ? [notCalled] : [];
const policyWarnings = (): readonly string[] => [notEvaluated];

const webhookColumns = [nameColumn, integerColumn("Webhooks", count("webhooks")), ageColumn];

const apiServices = defineResource("apiregistration.k8s.io", "v1", {
  plural: "apiservices",
  kind: "APIService",
  ...clusterWide,
  hasStatus: true,
  columns: [
    nameColumn,
    column("Service", (one) => {
      const service = objectAt(one, "spec.service");
      return "name" in service ? `${textAt(service, "namespace")}/${textAt(service, "name")}` : "Local";
    }),
    column("Available", () => "False (Sandbox)"),
    ageColumn,
  ],
  warnings: () => ["the sandbox stores APIServices but does not proxy requests to them"],
});

const storage = (plural: string, kind: string, more: Partial<ResourceDefinition> = {}): ApiResource =>
  defineResource("storage.k8s.io", "v1", { plural, kind, ...clusterWide, ...more });

export const clusterResources: readonly ApiResource[] = [
  priorityClasses,
  admission({
    plural: "validatingwebhookconfigurations",
    kind: "ValidatingWebhookConfiguration",
    warnings: webhookWarnings,
    categories: ["api-extensions"],
    columns: webhookColumns,
  }),
  admission({
    plural: "mutatingwebhookconfigurations",
    kind: "MutatingWebhookConfiguration",
    warnings: webhookWarnings,
    categories: ["api-extensions"],
    columns: webhookColumns,
  }),
  admission({
    plural: "validatingadmissionpolicies",
    kind: "ValidatingAdmissionPolicy",
    warnings: policyWarnings,
    hasStatus: true,
    columns: [nameColumn, integerColumn("Validations", count("spec.validations")), ageColumn],
  }),
  admission({
    plural: "validatingadmissionpolicybindings",
    kind: "ValidatingAdmissionPolicyBinding",
    warnings: policyWarnings,
    columns: [nameColumn, column("PolicyName", cellAt("spec.policyName")), ageColumn],
  }),
  apiServices,
  defineResource("apps", "v1", {
    plural: "controllerrevisions",
    kind: "ControllerRevision",
    columns: [nameColumn, integerColumn("Revision", (one) => numberAt(one, "revision") ?? 0), ageColumn],
  }),
  defineResource("", "v1", { plural: "podtemplates", kind: "PodTemplate" }),
  defineResource("certificates.k8s.io", "v1", {
    plural: "certificatesigningrequests",
    kind: "CertificateSigningRequest",
    shortNames: ["csr"],
    ...clusterWide,
    hasStatus: true,
  }),
  defineResource("node.k8s.io", "v1", {
    plural: "runtimeclasses",
    kind: "RuntimeClass",
    ...clusterWide,
    columns: [nameColumn, column("Handler", cellAt("handler")), ageColumn],
  }),
  storage("csidrivers", "CSIDriver"),
  storage("csinodes", "CSINode"),
  storage("volumeattachments", "VolumeAttachment", { hasStatus: true }),
  storage("csistoragecapacities", "CSIStorageCapacity", { namespaced: true }),
];
