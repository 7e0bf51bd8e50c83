/**
 * The template of a federated object, from an object as a cluster has it or as a manifest says it. What one cluster has allotted must not
 * go to others:
 *
 * | kind | left out |
 * |---|---|
 * | any | `apiVersion`, `kind`, `status`, metadata except labels, labels of copies, null values |
 * | Service | `clusterIP` (but not `None`), `clusterIPs`, `ipFamilies`, `healthCheckNodePort`, `nodePort` of each port |
 * | Job | `selector` and the labels that it selects by, unless `manualSelector` is set |
 * | Namespace | `spec.finalizers`, the label with its name |
 * | PersistentVolumeClaim, PersistentVolume | `volumeName`; `claimRef` |
 * | ServiceAccount | `secrets` |
 * | StatefulSet | the status of its claims |
 * | ClusterRole with an aggregation rule | `rules`, which its cluster gathers |
 *
 * Annotations and finalizers do not propagate. Those that a person may miss are named.
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { ADOPTED, APPLIED, MANAGED, OWNER } from "./labels.ts";

type TemplateOf = {
  readonly template: JsonRecord;
  /** Paths of what was allotted by a cluster: `spec.clusterIP`. */
  readonly leftOut: readonly string[];
  /** `annotation example.com/team`, `finalizer example.com/keep`: not the ones that Kubernetes sets. */
  readonly lost: readonly string[];
};

/** `name`: plural with group, as `jobs.batch`. The object is not changed. */
export function templateOf(name: string, object: JsonRecord): TemplateOf {
  const { apiVersion: _, kind: _kind, status: _status, metadata = {}, ...content } = object;
  const draft = new Draft(withoutNulls(content) as MutableRecord);
  ALLOTTED[name]?.(draft);
  const labels = Object.entries(recordAt(metadata, "labels")).filter(([label]) => !OWN_LABELS.has(label));
  return {
    template: {
      ...(labels.length > 0 && { metadata: { labels: Object.fromEntries(labels) } }),
      ...draft.content,
    },
    leftOut: draft.leftOut,
    lost: lostIn(metadata),
  };
}

const OWN_LABELS: ReadonlySet<string> = new Set([
  MANAGED,
  OWNER,
  APPLIED,
  ADOPTED,
  // The API server sets it on every Namespace.
  "kubernetes.io/metadata.name",
]);

type MutableRecord = Record<string, unknown>;

/** A template while fields are taken out. */
class Draft {
  readonly content: MutableRecord;
  readonly leftOut: string[] = [];

  constructor(content: MutableRecord) {
    this.content = content;
  }

  at(...path: readonly string[]): unknown {
    return path.reduce<unknown>(
      (value, name) => (isJsonRecord(value) ? value[name] : undefined),
      this.content,
    );
  }

  /** A parent that becomes empty goes as well. */
  drop(...path: readonly string[]): void {
    const parent = this.at(...path.slice(0, -1)) as MutableRecord | undefined;
    const name = path.at(-1) ?? "";
    if (!isJsonRecord(parent) || !Object.hasOwn(parent, name)) return;
    delete parent[name];
    this.leftOut.push(path.join("."));
    if (path.length > 1 && Object.keys(parent).length === 0) this.#dropEmpty(path.slice(0, -1));
  }

  /** One field of each item of a list. */
  dropEach(path: readonly string[], name: string): void {
    const list = this.at(...path);
    if (!Array.isArray(list)) return;
    const having = list.filter(
      (item): item is MutableRecord => isJsonRecord(item) && Object.hasOwn(item, name),
    );
    for (const item of having) delete item[name];
    if (having.length > 0) this.leftOut.push(`${path.join(".")}[].${name}`);
  }

  #dropEmpty(path: readonly string[]): void {
    const parent = this.at(...path.slice(0, -1)) as MutableRecord;
    delete parent[path.at(-1) ?? ""];
  }
}

const JOB_LABELS = [
  "controller-uid",
  "job-name",
  "batch.kubernetes.io/controller-uid",
  "batch.kubernetes.io/job-name",
];

const ALLOTTED: Readonly<Record<string, (draft: Draft) => void>> = {
  services: (draft) => {
    if (draft.at("spec", "clusterIP") !== "None") draft.drop("spec", "clusterIP");
    for (const name of ["clusterIPs", "ipFamilies", "healthCheckNodePort"]) draft.drop("spec", name);
    draft.dropEach(["spec", "ports"], "nodePort");
  },
  "jobs.batch": (draft) => {
    if (draft.at("spec", "manualSelector") === true) return;
    draft.drop("spec", "selector");
    for (const label of JOB_LABELS) draft.drop("spec", "template", "metadata", "labels", label);
  },
  namespaces: (draft) => draft.drop("spec", "finalizers"),
  persistentvolumeclaims: (draft) => draft.drop("spec", "volumeName"),
  persistentvolumes: (draft) => draft.drop("spec", "claimRef"),
  serviceaccounts: (draft) => draft.drop("secrets"),
  "statefulsets.apps": (draft) => draft.dropEach(["spec", "volumeClaimTemplates"], "status"),
  "clusterroles.rbac.authorization.k8s.io": (draft) => {
    if (draft.at("aggregationRule") !== undefined) draft.drop("rules");
  },
};

/** Kubernetes and kubectl set these annotations again, so that a copy does not need them. */
const USUAL_ANNOTATION =
  /^(kubectl|deployment|pv|volume|volume\.beta|control-plane\.alpha|batch|autoscaling\.alpha|endpoints|rbac\.authorization)\.(kubernetes|k8s)\.io\//;
const USUAL_FINALIZER = /^(kubernetes|orphan|foregroundDeletion|([a-z0-9.-]+\.)?(kubernetes|k8s)\.io\/.*)$/;

function lostIn(metadata: unknown): readonly string[] {
  const annotations = Object.keys(recordAt(metadata, "annotations")).filter(
    (name) => !USUAL_ANNOTATION.test(name),
  );
  const finalizers: unknown = isJsonRecord(metadata) ? metadata["finalizers"] : undefined;
  const names = Array.isArray(finalizers) ? finalizers.filter((name) => typeof name === "string") : [];
  return [
    ...annotations.map((name) => `annotation ${name}`),
    ...names.filter((name) => !USUAL_FINALIZER.test(name)).map((name) => `finalizer ${name}`),
  ];
}

/** A copy, so that fields can be taken out. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return (value as readonly unknown[]).map(withoutNulls);
  if (!isJsonRecord(value)) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(entries.map(([key, one]) => [key, withoutNulls(one)]));
}

function recordAt(value: unknown, key: string): JsonRecord {
  const inner = isJsonRecord(value) ? value[key] : undefined;
  return isJsonRecord(inner) ? inner : {};
}
