/** The roles and bindings that every cluster has from the start, as far as people and clients rely on them. */
import type { JsonObject } from "../object/json.ts";
import type { Manifest } from "../store/objects.ts";

const apiVersion = "rbac.authorization.k8s.io/v1";
const group = "rbac.authorization.k8s.io";
const read = ["get", "list", "watch"];
const write = ["create", "delete", "deletecollection", "patch", "update"];

const rule = (
  apiGroups: readonly string[],
  resources: readonly string[],
  verbs: readonly string[],
): JsonObject => ({
  apiGroups,
  resources,
  verbs,
});
const paths = (...nonResourceURLs: readonly string[]): JsonObject => ({ nonResourceURLs, verbs: ["get"] });

/** What the roles of users may read: no Secrets, and no roles. */
const viewed: readonly JsonObject[] = [
  rule(
    [""],
    [
      "configmaps",
      "endpoints",
      "events",
      "limitranges",
      "namespaces",
      "persistentvolumeclaims",
      "persistentvolumeclaims/status",
      "pods",
      "pods/log",
      "pods/status",
      "replicationcontrollers",
      "replicationcontrollers/scale",
      "resourcequotas",
      "resourcequotas/status",
      "serviceaccounts",
      "services",
      "services/status",
    ],
    read,
  ),
  rule(["discovery.k8s.io"], ["endpointslices"], read),
  rule(
    ["apps"],
    [
      "controllerrevisions",
      "daemonsets",
      "daemonsets/status",
      "deployments",
      "deployments/scale",
      "deployments/status",
      "replicasets",
      "replicasets/scale",
      "replicasets/status",
      "statefulsets",
      "statefulsets/scale",
      "statefulsets/status",
    ],
    read,
  ),
  rule(["autoscaling"], ["horizontalpodautoscalers", "horizontalpodautoscalers/status"], read),
  rule(["batch"], ["cronjobs", "cronjobs/status", "jobs", "jobs/status"], read),
  rule(["policy"], ["poddisruptionbudgets", "poddisruptionbudgets/status"], read),
  rule(["networking.k8s.io"], ["ingresses", "ingresses/status", "networkpolicies"], read),
];

const edited: readonly JsonObject[] = [
  rule(
    [""],
    ["pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"],
    read,
  ),
  rule([""], ["serviceaccounts"], ["impersonate"]),
  rule([""], ["pods", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy"], write),
  rule([""], ["pods/eviction"], ["create"]),
  rule(
    [""],
    [
      "configmaps",
      "events",
      "persistentvolumeclaims",
      "replicationcontrollers",
      "replicationcontrollers/scale",
      "secrets",
      "serviceaccounts",
      "services",
      "services/proxy",
    ],
    write,
  ),
  rule([""], ["serviceaccounts/token"], ["create"]),
  rule(
    ["apps"],
    [
      "daemonsets",
      "deployments",
      "deployments/rollback",
      "deployments/scale",
      "replicasets",
      "replicasets/scale",
      "statefulsets",
      "statefulsets/scale",
    ],
    write,
  ),
  rule(["autoscaling"], ["horizontalpodautoscalers"], write),
  rule(["batch"], ["cronjobs", "jobs"], write),
  rule(["policy"], ["poddisruptionbudgets"], write),
  rule(["networking.k8s.io"], ["ingresses", "networkpolicies"], write),
  rule(["coordination.k8s.io"], ["leases"], [...write, ...read]),
];

const administered: readonly JsonObject[] = [
  rule(["authorization.k8s.io"], ["localsubjectaccessreviews"], ["create"]),
  rule([group], ["rolebindings", "roles"], [...write, ...read]),
];

const labelOf = (role: string): string => `${group}/aggregate-to-${role}`;
const standard = { "kubernetes.io/bootstrapping": "rbac-defaults" };

function clusterRole(name: string, fields: JsonObject, labels: JsonObject = {}): Manifest {
  const annotations = { "rbac.authorization.kubernetes.io/autoupdate": "true" };
  return {
    apiVersion,
    kind: "ClusterRole",
    metadata: { name, annotations, labels: { ...standard, ...labels } },
    ...fields,
  };
}

/** A role whose rules are those of all roles with its label. */
function aggregate(role: string, labels: JsonObject = {}): Manifest {
  const clusterRoleSelectors = [{ matchLabels: { [labelOf(role)]: "true" } }];
  return clusterRole(role, { aggregationRule: { clusterRoleSelectors }, rules: [] }, labels);
}

function part(role: string, rules: readonly JsonObject[]): Manifest {
  return clusterRole(`system:aggregate-to-${role}`, { rules }, { [labelOf(role)]: "true" });
}

function bind(role: string, groups: readonly string[]): Manifest {
  const subjects = groups.map((name) => ({ kind: "Group", name, apiGroup: group }));
  const roleRef = { apiGroup: group, kind: "ClusterRole", name: role };
  return {
    apiVersion,
    kind: "ClusterRoleBinding",
    metadata: { name: role, labels: standard },
    subjects,
    roleRef,
  };
}

const reviews = ["selfsubjectaccessreviews", "selfsubjectrulesreviews"];

export const defaultRoles: readonly Manifest[] = [
  clusterRole("cluster-admin", {
    rules: [rule(["*"], ["*"], ["*"]), { nonResourceURLs: ["*"], verbs: ["*"] }],
  }),
  part("view", viewed),
  part("edit", edited),
  part("admin", administered),
  aggregate("view", { [labelOf("edit")]: "true" }),
  aggregate("edit", { [labelOf("admin")]: "true" }),
  aggregate("admin"),
  clusterRole("system:basic-user", {
    rules: [
      rule(["authorization.k8s.io"], reviews, ["create"]),
      rule(["authentication.k8s.io"], ["selfsubjectreviews"], ["create"]),
    ],
  }),
  clusterRole("system:discovery", {
    rules: [
      paths(
        "/api",
        "/api/*",
        "/apis",
        "/apis/*",
        "/healthz",
        "/livez",
        "/openapi",
        "/openapi/*",
        "/readyz",
        "/version",
        "/version/",
      ),
    ],
  }),
  clusterRole("system:public-info-viewer", {
    rules: [paths("/healthz", "/livez", "/readyz", "/version", "/version/")],
  }),
  clusterRole("system:auth-delegator", {
    rules: [
      rule(["authentication.k8s.io"], ["tokenreviews"], ["create"]),
      rule(["authorization.k8s.io"], ["subjectaccessreviews"], ["create"]),
    ],
  }),
  bind("cluster-admin", ["system:masters"]),
  bind("system:basic-user", ["system:authenticated"]),
  bind("system:discovery", ["system:authenticated"]),
  bind("system:public-info-viewer", ["system:authenticated", "system:unauthenticated"]),
];
