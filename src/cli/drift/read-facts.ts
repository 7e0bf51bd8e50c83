/** Reads from a cluster what is compared with others. What its account may not read is left out. */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { Resource } from "../../fleet/kube/resource.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { Discovery } from "../../fleet/objects/discovery.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { readAll } from "../../fleet/objects/read.ts";
import { type ComparedCluster, nodeFactsOf, storageClassOf } from "../membership/compared-cluster.ts";
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
  const version = await optional(transport.request({ path: "/version", signal }));
  const middleMs = (startMs + clock.wallMs()) / 2;
  const [system, nodes, classes, document] = await Promise.all([
    optional(transport.request({ path: "/api/v1/namespaces/kube-system", signal })),
    all(NODES),
    all(STORAGE_CLASSES),
    optional(cluster.discovery.kinds()),
  ]);
  const dateMs = Date.parse(String(version?.headers["date"]));
  const gitVersion = isRecord(version?.json) ? version.json["gitVersion"] : null;
  const metadata = isRecord(system?.json) && isRecord(system.json["metadata"]) ? system.json["metadata"] : {};
  return {
    name: cluster.name,
    uid: typeof metadata["uid"] === "string" ? metadata["uid"] : null,
    apiEndpoint: cluster.apiEndpoint,
    version: typeof gitVersion === "string" ? gitVersion : null,
    clockSkewMs: Number.isNaN(dateMs) ? null : dateMs - middleMs,
    region,
    nodes: nodes?.map(nodeFactsOf) ?? null,
    storageClasses: classes?.map(storageClassOf) ?? null,
    kinds: document?.kinds ?? null,
    isInSettings,
  };
}
