/**
 * Which Services of a member lead clients to a copy, so that they lose their last ready endpoint there when it goes.
 *
 *   copy                    | Services
 *   Service                 | itself
 *   Namespace               | all in it
 *   a workload with pods    | those that select its pods, as far as no ready endpoint remains without it
 *   any other               | none
 *
 * What the account may not read counts as it does most harm: without the pods every ready endpoint is the copy's, without the
 * endpoints each Service that selects its pods leads to it. Without the Services no answer leads there either.
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { KubeError } from "../../fleet/kube/kube-error.ts";
import type { Resource } from "../../fleet/kube/resource.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import { read, readAll } from "../../fleet/objects/read.ts";
import { selects, selectorText } from "./pod-selector.ts";

const SERVICES: Resource = { group: "", version: "v1", plural: "services" };
const PODS: Resource = { group: "", version: "v1", plural: "pods" };
const SLICES: Resource = { group: "discovery.k8s.io", version: "v1", plural: "endpointslices" };
const SERVICE_NAME = "kubernetes.io/service-name";
const WORKLOADS: ReadonlySet<string> = new Set(["deployments", "replicasets", "statefulsets", "daemonsets"]);

type BackingCopy = {
  /** Of the member. */
  readonly transport: Transport;
  readonly key: ObjectKey;
  readonly signal: AbortSignal;
};

/** False: no Service leads to copies of this kind, whatever is in the member. */
function mayBackServices({ group, plural }: Resource): boolean {
  if (group === "apps") return WORKLOADS.has(plural);
  return group === "" && (plural === "services" || plural === "namespaces");
}

/** "namespace/name" of each. Throws as `Transport.request` does. */
export async function servicesBackedBy(copy: BackingCopy): Promise<readonly string[]> {
  const { resource, namespace, name } = copy.key;
  if (!mayBackServices(resource)) return [];
  if (resource.plural === "services") return [`${namespace}/${name}`];
  const isNamespace = resource.plural === "namespaces";
  const services = await readable(copy, SERVICES, isNamespace ? name : namespace);
  if (isNamespace) return (services ?? []).map(({ metadata }) => `${name}/${metadata.name}`);
  if (services === null || services.length === 0) return [];
  return servicesOfWorkload(copy, services);
}

async function servicesOfWorkload(
  copy: BackingCopy,
  services: readonly ApiObject[],
): Promise<readonly string[]> {
  const { namespace } = copy.key;
  const live = await read(copy.transport, copy.key, copy);
  if (live === null) return [];
  const spec = recordAt(live, "spec");
  const labels = recordAt(recordAt(recordAt(spec, "template"), "metadata"), "labels");
  const selecting = services.filter((service) => {
    const { selector, type } = recordAt(service, "spec");
    return type !== "ExternalName" && selects(selector, labels);
  });
  if (selecting.length === 0) return [];
  const slices = await readable(copy, SLICES, namespace);
  const pods = await readable(copy, PODS, namespace, selectorText(spec["selector"]));
  const own = pods === null ? null : new Set(pods.map(({ metadata }) => metadata.name));
  const names = selecting.map(({ metadata }) => metadata.name);
  const backed = slices === null ? names : names.filter((name) => isBacked(slices, name, own));
  return backed.map((name) => `${namespace}/${name}`);
}

/** `own`: names of the copy's pods; null = not known. */
function isBacked(slices: readonly ApiObject[], service: string, own: ReadonlySet<string> | null): boolean {
  const ready = slices
    .filter(({ metadata }) => metadata.labels?.[SERVICE_NAME] === service)
    .flatMap((slice) => (Array.isArray(slice["endpoints"]) ? (slice["endpoints"] as unknown[]) : []))
    .filter((endpoint): endpoint is JsonRecord => isJsonRecord(endpoint))
    .filter((endpoint) => recordAt(endpoint, "conditions")["ready"] !== false);
  return ready.length > 0 && ready.every((endpoint) => own === null || isOneOf(endpoint, own));
}

function isOneOf(endpoint: JsonRecord, pods: ReadonlySet<string>): boolean {
  const { kind, name } = recordAt(endpoint, "targetRef");
  return kind === "Pod" && typeof name === "string" && pods.has(name);
}

/** Null = the account may not. */
async function readable(
  { transport, signal }: BackingCopy,
  resource: Resource,
  namespace: string,
  labelSelector?: string,
): Promise<readonly ApiObject[] | null> {
  try {
    const selector = labelSelector === undefined ? {} : { labelSelector };
    return await readAll(transport, { resource, namespace }, { signal, ...selector });
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) return null;
    throw error;
  }
}

function recordAt(value: unknown, key: string): JsonRecord {
  const inner = isJsonRecord(value) ? value[key] : undefined;
  return isJsonRecord(inner) ? inner : {};
}
