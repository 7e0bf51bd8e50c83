/** Shapes of the built-in kinds: the merge keys and list types that the Kubernetes API types declare. */
import type { Shape } from "../merge/shape.ts";
import { atomic, fields, keyed, plain, set } from "../merge/shape.ts";

const metadata = fields({
  finalizers: set,
  ownerReferences: keyed(["uid"], atomic),
});

const conditions = keyed(["type"]);

const valueFrom = fields({
  configMapKeyRef: atomic,
  fieldRef: atomic,
  resourceFieldRef: atomic,
  secretKeyRef: atomic,
});

const container = fields({
  env: keyed(["name"], fields({ valueFrom })),
  ports: keyed(["containerPort", "protocol"], plain, { protocol: "TCP" }),
  volumeDevices: keyed(["devicePath"]),
  volumeMounts: keyed(["mountPath"]),
});
const containers = keyed(["name"], container);

const podSpec = fields({
  containers,
  ephemeralContainers: containers,
  hostAliases: keyed(["ip"]),
  imagePullSecrets: keyed(["name"]),
  initContainers: containers,
  nodeSelector: atomic,
  resourceClaims: keyed(["name"]),
  schedulingGates: keyed(["name"]),
  topologySpreadConstraints: keyed(["topologyKey", "whenUnsatisfiable"], fields({ labelSelector: atomic })),
  volumes: keyed(["name"]),
});

const template = fields({ metadata, spec: podSpec });
const workload = { spec: fields({ selector: atomic, template }), status: fields({ conditions }) };
const jobSpec = fields({ selector: atomic, template });
const balancer = fields({ ingress: plain });

const servicePorts = keyed(["port", "protocol"], plain, { protocol: "TCP" });

/** By group and kind; the core group is "". */
const shapes: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
  "/Namespace": { status: fields({ conditions }) },
  "/Node": {
    spec: fields({ podCIDRs: set }),
    status: fields({ addresses: keyed(["type"]), conditions }),
  },
  "/Pod": {
    spec: podSpec,
    status: fields({ conditions, podIPs: keyed(["ip"]), hostIPs: plain }),
  },
  "/Service": {
    spec: fields({ ports: servicePorts, selector: atomic }),
    status: fields({ conditions, loadBalancer: balancer }),
  },
  "/ServiceAccount": { secrets: keyed(["name"]) },
  "/PersistentVolumeClaim": {
    spec: fields({ selector: atomic, dataSource: atomic }),
    status: fields({ conditions }),
  },
  "/ReplicationController": { spec: fields({ selector: atomic, template }), status: fields({ conditions }) },
  "apps/Deployment": workload,
  "apps/ReplicaSet": workload,
  "apps/StatefulSet": workload,
  "apps/DaemonSet": workload,
  "batch/Job": { spec: jobSpec, status: fields({ conditions }) },
  "batch/CronJob": { spec: fields({ jobTemplate: fields({ metadata, spec: jobSpec }) }) },
  "networking.k8s.io/Ingress": { status: fields({ loadBalancer: balancer }) },
  "networking.k8s.io/NetworkPolicy": { spec: fields({ podSelector: atomic }) },
  "policy/PodDisruptionBudget": { spec: fields({ selector: atomic }), status: fields({ conditions }) },
  "autoscaling/HorizontalPodAutoscaler": { status: fields({ conditions }) },
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": { webhooks: keyed(["name"]) },
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": { webhooks: keyed(["name"]) },
  "apiextensions.k8s.io/CustomResourceDefinition": { status: fields({ conditions }) },
  "rbac.authorization.k8s.io/RoleBinding": { roleRef: atomic },
  "rbac.authorization.k8s.io/ClusterRoleBinding": { roleRef: atomic },
};

export function builtinShape(group: string, kind: string): Shape {
  return fields({ metadata, ...shapes[`${group}/${kind}`] });
}
