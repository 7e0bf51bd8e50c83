/** Reads from a cluster what is compared with others. What its account may not read is left out. */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { Resource } from "../../fleet/kube/resource.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { Discovery } from "../../fleet/objects/discovery.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { readAll } from "../../fleet/objects/read.ts";
import {
  type ComparedCluster,
  isRoleOfKubeFed,
  nodeFactsOf,
  NOTHING_READ,
  storageClassOf,
} from "../membership/compared-cluster.ts";
import type { Clock } from "../../kernel/clock.ts";

type FactsOptions = {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Given by the operator. */
  readonly region: string | null;
  readonly isInSettings: boolean;
};

type FactsSource = {
  readonly name: string;
  readonly apiEndpoint: string;
  readonly transport: Transport;
  readonly discovery: Discovery;
};

const FIRST_TIMEOUT_MS = 5_000;
const CLUSTER_ROLES: Resource = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  plural: "clusterroles",
};
const NODES: Resource = { group: "", version: "v1", plural: "nodes" };
const STORAGE_CLASSES: Resource = { group: "storage.k8s.io", version: "v1", plural: "storageclasses" };

export async function readFacts(
  cluster: FactsSource,
  { clock, signal, region, isInSettings }: FactsOptions,
): Promise<ComparedCluster> {
  const { transport } = cluster;
  const optional = async <T>(reading: Promise<T>): Promise<T | null> => reading.catch(() => null);
  const all = (resource: Resource): Promise<readonly ApiObject[] | null> =>
    optional(readAll(transport, { resource, namespace: "" }, { signal }));
  const startMs = clock.wallMs();
  const version = await optional(
    transport.request({ path: "/version", timeoutMs: FIRST_TIMEOUT_MS, signal }),
  );
  const middleMs = (startMs + clock.wallMs()) / 2;
  const { name, apiEndpoint } = cluster;
  // A cluster that is away must not hold the others up.
  if (version === null) return { ...NOTHING_READ, name, apiEndpoint, region, isInSettings };
  const [system, nodes, classes, roles, document] = await Promise.all([
    optional(transport.request({ path: "/api/v1/namespaces/kube-system", signal })),
    all(NODES),
    all(STORAGE_CLASSES),
    all(CLUSTER_ROLES),
    optional(cluster.discovery.kinds()),
  ]);
  const dateMs = Date.parse(String(version.headers["date"]));
  const gitVersion = isRecord(version.json) ? version.json["gitVersion"] : null;
  const metadata = isRecord(system?.json) && isRecord(system.json["metadata"]) ? system.json["metadata"] : {};
  return {
    name,
    apiEndpoint,
    uid: typeof metadata["uid"] === "string" ? metadata["uid"] : null,
    version: typeof gitVersion === "string" ? gitVersion : null,
    clockSkewMs: Number.isNaN(dateMs) ? null : dateMs - middleMs,
    region,
    nodes: nodes?.map(nodeFactsOf) ?? null,
    storageClasses: classes?.map(storageClassOf) ?? null,
    kinds: document?.kinds ?? null,
    rolesOfKubeFed: (roles ?? []).map(({ metadata }) => metadata.name).filter(isRoleOfKubeFed),
    isInSettings,
  };
}
