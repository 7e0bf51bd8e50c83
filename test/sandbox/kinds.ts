/** One object of each kind that the tests of writes go through, as it is created. */

export type Sample = {
  readonly kind: string;
  /** The collection. */
  readonly path: string;
  /** Whether objects of the kind have a generation. */
  readonly hasGeneration: boolean;
  readonly body: (name: string) => any;
};

const template = (name: string): object => ({
  metadata: { labels: { app: name } },
  spec: { containers: [{ name: "c", image: "i" }] },
});
const workload = (name: string): object => ({
  selector: { matchLabels: { app: name } },
  template: template(name),
});
const jobTemplate = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };

type Row = readonly [
  kind: string,
  apiVersion: string,
  plural: string,
  hasGeneration: boolean,
  fields: (name: string) => object,
];

const rows: readonly Row[] = [
  ["Deployment", "apps/v1", "deployments", true, (name) => ({ spec: workload(name) })],
  [
    "StatefulSet",
    "apps/v1",
    "statefulsets",
    true,
    (name) => ({ spec: { ...workload(name), serviceName: name } }),
  ],
  ["DaemonSet", "apps/v1", "daemonsets", true, (name) => ({ spec: workload(name) })],
  ["ReplicaSet", "apps/v1", "replicasets", true, (name) => ({ spec: workload(name) })],
  ["Job", "batch/v1", "jobs", true, () => ({ spec: { template: jobTemplate } })],
  [
    "CronJob",
    "batch/v1",
    "cronjobs",
    true,
    () => ({ spec: { schedule: "0 0 * * *", jobTemplate: { spec: { template: jobTemplate } } } }),
  ],
  ["Service", "v1", "services", false, () => ({ spec: { ports: [{ port: 80 }] } })],
  ["ConfigMap", "v1", "configmaps", false, () => ({ data: { a: "1" } })],
  ["Secret", "v1", "secrets", false, () => ({ data: { a: "MQ==" } })],
  ["ServiceAccount", "v1", "serviceaccounts", false, () => ({})],
  [
    "Ingress",
    "networking.k8s.io/v1",
    "ingresses",
    true,
    () => ({ spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } } }),
  ],
  ["NetworkPolicy", "networking.k8s.io/v1", "networkpolicies", true, () => ({ spec: { podSelector: {} } })],
  [
    "HorizontalPodAutoscaler",
    "autoscaling/v2",
    "horizontalpodautoscalers",
    false,
    () => ({
      spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" } },
    }),
  ],
  [
    "PodDisruptionBudget",
    "policy/v1",
    "poddisruptionbudgets",
    true,
    () => ({ spec: { minAvailable: 1, selector: { matchLabels: { app: "x" } } } }),
  ],
  [
    "PersistentVolumeClaim",
    "v1",
    "persistentvolumeclaims",
    false,
    () => ({ spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } }),
  ],
  [
    "Role",
    "rbac.authorization.k8s.io/v1",
    "roles",
    false,
    () => ({ rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] }),
  ],
  ["Namespace", "v1", "namespaces", false, () => ({})],
  ["Widget", "example.com/v1", "widgets", true, () => ({ spec: { color: "red", size: 1 } })],
];

export const samples: readonly Sample[] = rows.map(([kind, apiVersion, plural, hasGeneration, fields]) => {
  const root = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
  const place = kind === "Namespace" ? "" : "/namespaces/default";
  return {
    kind,
    path: `${root}${place}/${plural}`,
    hasGeneration,
    body: (name) => ({ apiVersion, kind, metadata: { name, labels: { made: "1" } }, ...fields(name) }),
  };
});
