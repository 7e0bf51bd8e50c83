/**
 * Lists whose items are known by a key, of the kinds that are built in, and what an item means whose key comes twice.
 * Server-side apply refuses such lists; plain writes take some of them.
 *
 *   list                         | key                             | twice, in a plain write
 *   env                          | name                            | the last one counts
 *   ports of a container         | containerPort, protocol         | all count: a name or a host port would be lost
 *   imagePullSecrets             | name                            | the same as once
 *   hostAliases                  | ip                              | their host names are joined
 *   secrets of a ServiceAccount  | name                            | the same as once
 *   finalizers                   | the value                       | the same as once
 *   containers, initContainers, volumes, schedulingGates, resourceClaims: name;
 *   volumeMounts: mountPath; volumeDevices: devicePath; topologySpreadConstraints:
 *   topologyKey, whenUnsatisfiable; ports of a Service: port, protocol;
 *   webhooks: name               |                                 | refused
 *
 * Lists of custom kinds are not here: their API server refuses a key that comes twice in every write.
 */

/** What a list means when a key comes twice in it. */
type Twice = "last-counts" | "all-count" | "same-as-once" | "host-names-are-joined" | "refused";

export type ListRule = {
  /** Names of the fields by which items are known; none = items are values. */
  readonly keys: readonly string[];
  readonly twice: Twice;
  /** Lists within the items. */
  readonly items?: ListRules;
};

/** By field. A field without `twice` has lists below it. */
export type ListRules = { readonly [field: string]: ListRule | ListRules };

const list = (keys: readonly string[], twice: Twice, items?: ListRules): ListRule =>
  items === undefined ? { keys, twice } : { keys, twice, items };

const CONTAINERS = list(["name"], "refused", {
  env: list(["name"], "last-counts"),
  ports: list(["containerPort", "protocol"], "all-count"),
  volumeMounts: list(["mountPath"], "refused"),
  volumeDevices: list(["devicePath"], "refused"),
});

const POD: ListRules = {
  containers: CONTAINERS,
  initContainers: CONTAINERS,
  volumes: list(["name"], "refused"),
  imagePullSecrets: list(["name"], "same-as-once"),
  hostAliases: list(["ip"], "host-names-are-joined"),
  topologySpreadConstraints: list(["topologyKey", "whenUnsatisfiable"], "refused"),
  schedulingGates: list(["name"], "refused"),
  resourceClaims: list(["name"], "refused"),
};

const TEMPLATE: ListRules = { spec: { template: { spec: POD } } };
const WEBHOOKS: ListRules = { webhooks: list(["name"], "refused") };

/** By group and kind; the core group is "". */
const BY_KIND: Readonly<Record<string, ListRules>> = {
  "/Pod": { spec: POD },
  "/PodTemplate": { template: { spec: POD } },
  "/ReplicationController": TEMPLATE,
  "/Service": { spec: { ports: list(["port", "protocol"], "refused") } },
  "/ServiceAccount": { secrets: list(["name"], "same-as-once") },
  "apps/Deployment": TEMPLATE,
  "apps/ReplicaSet": TEMPLATE,
  "apps/StatefulSet": TEMPLATE,
  "apps/DaemonSet": TEMPLATE,
  "batch/Job": TEMPLATE,
  "batch/CronJob": { spec: { jobTemplate: TEMPLATE } },
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": WEBHOOKS,
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": WEBHOOKS,
};

const METADATA: ListRules = { finalizers: list([], "same-as-once") };

export function listRulesOf(apiVersion: string, kind: string): ListRules {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return { metadata: METADATA, ...BY_KIND[`${group}/${kind}`] };
}

export function isListRule(rule: ListRule | ListRules): rule is ListRule {
  return Array.isArray(rule["keys"]);
}

/** As text. Protocols are TCP where nothing is said. */
export function keyOf(item: unknown, keys: readonly string[]): string {
  if (keys.length === 0) return JSON.stringify(item);
  const fields = item as Readonly<Record<string, unknown>>;
  return keys.map((key) => textOf(fields[key] ?? (key === "protocol" ? "TCP" : ""))).join("/");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
