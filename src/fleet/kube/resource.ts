/** Resources, objects and watch events, as the Kubernetes API spells them. */
import { OperationalError } from "../../kernel/error.ts";
import { isRecord } from "./kube-error.ts";

/** Core resources have the group "". `plural` is the name in the URL: "services". */
export type Resource = {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** Only the objects of this namespace; absent = of all. */
  readonly namespace?: string;
};

/** What every valid object has. */
type ObjectFacts = {
  /** "namespace/name"; "/name" for cluster-scoped objects. */
  readonly identity: string;
  readonly resourceVersion: string;
};

export function collectionPath(resource: Resource): string {
  const root = resource.group === "" ? "/api" : `/apis/${resource.group}`;
  const within = resource.namespace === undefined ? "" : `/namespaces/${resource.namespace}`;
  return `${root}/${resource.version}${within}/${resource.plural}`;
}

/** Throws OperationalError KUBE_BAD_OBJECT when it is not a Kubernetes object. */
export function objectFacts(object: unknown): ObjectFacts {
  const { name, namespace } = metadataOf(object);
  if (typeof name !== "string" || name === "")
    throw new OperationalError("KUBE_BAD_OBJECT", "an object without a name");
  return {
    identity: `${typeof namespace === "string" ? namespace : ""}/${name}`,
    resourceVersion: resourceVersionOf(object),
  };
}

type WatchEvent =
  | {
      readonly type: "ADDED" | "MODIFIED" | "DELETED";
      readonly object: unknown;
      readonly identity: string;
      readonly resourceVersion: string;
    }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string }
  | { readonly type: "ERROR"; readonly object: unknown };

/** Throws OperationalError KUBE_BAD_EVENT or KUBE_BAD_OBJECT for a line that is not an event. */
export function parseWatchEvent(line: Buffer): WatchEvent {
  const event = parseRecord(line);
  const { type, object } = event;
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return { type, object, ...objectFacts(object) };
    case "BOOKMARK":
      return { type, resourceVersion: resourceVersionOf(object) };
    case "ERROR":
      return { type, object };
    default:
      throw new OperationalError("KUBE_BAD_EVENT", "a watch event of a type that does not exist");
  }
}

function parseRecord(line: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line.toString("utf8"));
  } catch (error) {
    throw new OperationalError("KUBE_BAD_EVENT", "a line of the watch is not JSON", { cause: error });
  }
  if (isRecord(value)) return value;
  throw new OperationalError("KUBE_BAD_EVENT", "a line of the watch is no JSON object");
}

function metadataOf(object: unknown): Record<string, unknown> {
  return isRecord(object) && isRecord(object["metadata"]) ? object["metadata"] : {};
}

function resourceVersionOf(object: unknown): string {
  const { resourceVersion } = metadataOf(object);
  if (typeof resourceVersion === "string" && resourceVersion !== "") return resourceVersion;
  throw new OperationalError("KUBE_BAD_OBJECT", "an object without a resourceVersion");
}

/**
 * True when `a` is known to be older than `b`: decimal revisions of etcd can be compared (KEP-5504). False for servers that
 * use other resourceVersions.
 */
export function isOlder(a: string, b: string): boolean {
  if (!isRevision(a) || !isRevision(b)) return false;
  return a.length === b.length ? a < b : a.length < b.length;
}

function isRevision(version: string): boolean {
  return /^[1-9]\d{0,19}$/.test(version);
}
