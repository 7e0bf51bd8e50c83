/**
 * What a copy needs in its member before it is of use: the objects that it names. Where these are federated they go first.
 *
 *   in the copy                                                    | names
 *   metadata.namespace                                             | Namespace
 *   spec.serviceAccountName of a pod                               | ServiceAccount
 *   volumes: configMap, secret, projected, persistentVolumeClaim   | ConfigMap, Secret, PersistentVolumeClaim
 *   env, envFrom of containers                                     | ConfigMap, Secret
 *   imagePullSecrets                                               | Secret
 *   Ingress: backend services, TLS                                 | Service, Secret
 *   HorizontalPodAutoscaler: scaleTargetRef                        | its kind
 *   RoleBinding, ClusterRoleBinding: roleRef, subjects             | Role, ClusterRole, ServiceAccount
 *   custom resources                                               | CustomResourceDefinition, by its kind: not here
 */
import { isJsonRecord } from "../../kernel/json.ts";

type Dependency = {
  readonly kind: string;
  /** "" = cluster-scoped. */
  readonly namespace: string;
  readonly name: string;
};

type Json = Readonly<Record<string, unknown>>;
type Add = (kind: string, name: unknown) => void;

/** Each once. `body` is what is applied. */
export function dependenciesOf(body: Json): readonly Dependency[] {
  const namespace = textAt(body["metadata"], "namespace");
  const found = new Map<string, Dependency>();
  const add: Add = (kind, name) => {
    if (typeof name !== "string" || name === "") return;
    const isClusterScoped = kind === "Namespace" || kind === "ClusterRole";
    const dependency = { kind, namespace: isClusterScoped ? "" : namespace, name };
    found.set(`${kind}/${name}`, dependency);
  };
  add("Namespace", namespace);
  const pod = podSpecOf(body);
  if (pod !== null) addOfPod(pod, add);
  ADDERS[String(body["kind"])]?.(body, add);
  return [...found.values()];
}

/** Of Pods, of what has a pod template, and of CronJobs, whose job template has one. */
function podSpecOf(body: Json): Json | null {
  const spec = recordAt(body, "spec");
  if (body["kind"] === "Pod") return spec;
  const template =
    recordAt(spec, "template") ?? recordAt(recordAt(recordAt(spec, "jobTemplate"), "spec"), "template");
  return recordAt(template, "spec");
}

function addOfPod(pod: Json, add: Add): void {
  add("ServiceAccount", pod["serviceAccountName"]);
  for (const secret of recordsAt(pod, "imagePullSecrets")) add("Secret", secret["name"]);
  for (const volume of recordsAt(pod, "volumes")) {
    addOfVolume(volume, add);
    for (const source of recordsAt(recordAt(volume, "projected"), "sources")) {
      addOptional("ConfigMap", recordAt(source, "configMap"), "name", add);
      addOptional("Secret", recordAt(source, "secret"), "name", add);
    }
  }
  const containers = [...recordsAt(pod, "initContainers"), ...recordsAt(pod, "containers")];
  for (const container of containers) addOfContainer(container, add);
}

function addOfVolume(volume: Json, add: Add): void {
  addOptional("ConfigMap", recordAt(volume, "configMap"), "name", add);
  addOptional("Secret", recordAt(volume, "secret"), "secretName", add);
  add("PersistentVolumeClaim", recordAt(volume, "persistentVolumeClaim")?.["claimName"]);
}

function addOfContainer(container: Json, add: Add): void {
  for (const source of recordsAt(container, "envFrom")) {
    addOptional("ConfigMap", recordAt(source, "configMapRef"), "name", add);
    addOptional("Secret", recordAt(source, "secretRef"), "name", add);
  }
  for (const variable of recordsAt(container, "env")) {
    const from = recordAt(variable, "valueFrom");
    addOptional("ConfigMap", recordAt(from, "configMapKeyRef"), "name", add);
    addOptional("Secret", recordAt(from, "secretKeyRef"), "name", add);
  }
}

/** A pod starts without what it calls optional. */
function addOptional(kind: string, reference: Json | null, field: string, add: Add): void {
  if (reference !== null && reference["optional"] !== true) add(kind, reference[field]);
}

const ADDERS: Readonly<Record<string, (body: Json, add: Add) => void>> = {
  Ingress: (body, add) => {
    const spec = recordAt(body, "spec");
    for (const tls of recordsAt(spec, "tls")) add("Secret", tls["secretName"]);
    const backends = recordsAt(spec, "rules").flatMap((rule) =>
      recordsAt(recordAt(rule, "http"), "paths").map((path) => recordAt(path, "backend")),
    );
    for (const backend of [recordAt(spec, "defaultBackend"), ...backends])
      add("Service", recordAt(backend, "service")?.["name"]);
  },
  HorizontalPodAutoscaler: (body, add) => {
    const target = recordAt(recordAt(body, "spec"), "scaleTargetRef");
    add(textAt(target, "kind"), target?.["name"]);
  },
  RoleBinding: addOfBinding,
  ClusterRoleBinding: addOfBinding,
};

function addOfBinding(body: Json, add: Add): void {
  const role = recordAt(body, "roleRef");
  add(textAt(role, "kind"), role?.["name"]);
  const namespace = textAt(body["metadata"], "namespace");
  for (const subject of recordsAt(body, "subjects"))
    if (subject["kind"] === "ServiceAccount" && (subject["namespace"] ?? namespace) === namespace)
      add("ServiceAccount", subject["name"]);
}

function recordAt(value: Json | null, key: string): Json | null {
  const inner = value?.[key];
  return isJsonRecord(inner) ? inner : null;
}

function recordsAt(value: Json | null, key: string): readonly Json[] {
  const inner = value?.[key];
  return Array.isArray(inner) ? (inner as readonly unknown[]).filter(isJsonRecord) : [];
}

function textAt(value: unknown, key: string): string {
  const inner = isJsonRecord(value) ? value[key] : undefined;
  return typeof inner === "string" ? inner : "";
}
