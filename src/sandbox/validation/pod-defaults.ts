/** Defaults of pod specs, in pods and in the templates of workloads. */
import { isObject, listAt, objectAt, textAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";

const podDefaults = {
  restartPolicy: "Always",
  terminationGracePeriodSeconds: 30,
  dnsPolicy: "ClusterFirst",
  securityContext: {},
  schedulerName: "default-scheduler",
} as const;

function completePodSpec(spec: JsonObject): JsonObject {
  const account = textAt(spec, "serviceAccountName") || textAt(spec, "serviceAccount");
  const lists = { containers: completeContainer, initContainers: completeContainer, volumes: completeVolume };
  const completed = Object.entries(lists)
    .filter(([field]) => Array.isArray(spec[field]))
    .map(([field, complete]) => [field, listAt(spec, field).map(eachObject(complete))] as const);
  return {
    ...podDefaults,
    ...spec,
    // `serviceAccount` is the deprecated name of `serviceAccountName`.
    ...(account && { serviceAccountName: account, serviceAccount: account }),
    ...Object.fromEntries(completed),
  };
}

/** `spec` with defaults in the spec of its pod template. */
export function withTemplate(spec: JsonObject): JsonObject {
  const template = objectAt(spec, "template");
  if (!isObject(template["spec"])) return spec;
  return { ...spec, template: { ...template, spec: completePodSpec(template["spec"]) } };
}

function eachObject(complete: (entry: JsonObject) => JsonObject): (entry: Json) => Json {
  return (entry) => (isObject(entry) ? complete(entry) : entry);
}

function completeContainer(container: JsonObject): JsonObject {
  const probes = ["livenessProbe", "readinessProbe", "startupProbe"].filter((name) =>
    isObject(container[name]),
  );
  return {
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: pullPolicy(textAt(container, "image")),
    ...container,
    ...(Array.isArray(container["ports"]) && {
      ports: listAt(container, "ports").map(eachObject((port) => ({ protocol: "TCP", ...port }))),
    }),
    ...(Array.isArray(container["env"]) && {
      env: listAt(container, "env").map(eachObject(completeVariable)),
    }),
    ...Object.fromEntries(probes.map((name) => [name, completeProbe(objectAt(container, name))])),
  };
}

/** An image with the tag `latest`, or without a tag and digest, is always pulled. */
function pullPolicy(image: string): string {
  const [name = "", digest] = image.split("@");
  const tag = /:([^/]*)$/.exec(name)?.[1] ?? "latest";
  return digest === undefined && tag === "latest" ? "Always" : "IfNotPresent";
}

function completeVariable(variable: JsonObject): JsonObject {
  const from = objectAt(variable, "valueFrom");
  if (!isObject(from["fieldRef"])) return variable;
  return { ...variable, valueFrom: { ...from, fieldRef: { apiVersion: "v1", ...from["fieldRef"] } } };
}

function completeProbe(probe: JsonObject): JsonObject {
  const { httpGet } = probe;
  const defaults = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
  return {
    ...defaults,
    ...probe,
    ...(isObject(httpGet) && { httpGet: { path: "/", scheme: "HTTP", ...httpGet } }),
  };
}

/** A volume without a source is an emptyDir. The default mode makes files readable for all users. */
function completeVolume(volume: JsonObject): JsonObject {
  if (Object.keys(volume).every((field) => field === "name")) return { ...volume, emptyDir: {} };
  const modes = ["configMap", "secret", "projected", "downwardAPI"]
    .filter((kind) => isObject(volume[kind]))
    .map((kind) => [kind, { defaultMode: 420, ...objectAt(volume, kind) }] as const);
  const path = isObject(volume["hostPath"]) ? { hostPath: { type: "", ...volume["hostPath"] } } : {};
  return { ...volume, ...Object.fromEntries(modes), ...path };
}

/** Fields that admission adds to pods but not to templates: the service account, and tolerations of lost nodes. */
export function completePod(object: KubeObject): KubeObject {
  const tolerate = (key: string): Json => ({
    key: `node.kubernetes.io/${key}`,
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds: 300,
  });
  const admitted = {
    serviceAccountName: "default",
    enableServiceLinks: true,
    preemptionPolicy: "PreemptLowerPriority",
    priority: 0,
    tolerations: [tolerate("not-ready"), tolerate("unreachable")],
    ...objectAt(object, "spec"),
  };
  return {
    status: { phase: "Pending", qosClass: "BestEffort" },
    ...object,
    spec: completePodSpec(admitted),
  };
}
