/** The kinds that most federations place in members, and the two others that KubeFed had enabled by default. */
import type { FederatedTarget } from "./federated-definition.ts";

type UsualType = FederatedTarget & {
  /** Its copies have a status that people look at. */
  readonly collectsStatus: boolean;
};

type Place = "Namespaced" | "Cluster";

/** Enabled in the sandbox, in the order in which a federation needs them. */
export const USUAL_TYPES: readonly UsualType[] = [
  usual("v1", "Namespace", "namespaces", "ns", { scope: "Cluster" }),
  usual("v1", "ServiceAccount", "serviceaccounts", "sa"),
  usual("v1", "ConfigMap", "configmaps", "cm"),
  usual("v1", "Secret", "secrets", null),
  usual("v1", "PersistentVolumeClaim", "persistentvolumeclaims", "pvc", { collectsStatus: true }),
  usual("v1", "Service", "services", "svc", { collectsStatus: true }),
  usual("apps/v1", "Deployment", "deployments", "deploy", { collectsStatus: true, hasReplicas: true }),
  usual("apps/v1", "StatefulSet", "statefulsets", "sts", { collectsStatus: true, hasReplicas: true }),
  usual("apps/v1", "DaemonSet", "daemonsets", "ds", { collectsStatus: true }),
  usual("batch/v1", "Job", "jobs", null, { collectsStatus: true }),
  usual("batch/v1", "CronJob", "cronjobs", "cj", { collectsStatus: true }),
  usual("networking.k8s.io/v1", "Ingress", "ingresses", "ing", { collectsStatus: true }),
  usual("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa", {
    collectsStatus: true,
  }),
];

/** KubeFed had these enabled too. Whoever may make ClusterRoles decides who may do what: not without a word of the operator. */
export const OTHER_TYPES: readonly UsualType[] = [
  usual("apps/v1", "ReplicaSet", "replicasets", "rs", { collectsStatus: true, hasReplicas: true }),
  usual("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", null, { scope: "Cluster" }),
];

function usual(
  apiVersion: string,
  kind: string,
  pluralName: string,
  shortName: string | null,
  {
    scope = "Namespaced",
    collectsStatus = false,
    hasReplicas = false,
  }: { readonly scope?: Place; readonly collectsStatus?: boolean; readonly hasReplicas?: boolean } = {},
): UsualType {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  return {
    group: group as string,
    version: version as string,
    kind,
    pluralName,
    isNamespaced: scope === "Namespaced",
    shortName,
    hasReplicas,
    collectsStatus,
  };
}
