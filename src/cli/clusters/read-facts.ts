/** Reads from a cluster what is compared with others. What its account may not read is left out. */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { Resource } from "../../fleet/kube/resource.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { readAll } from "../../fleet/objects/read.ts";
import { clusterAnnotation } from "../../fleet/host-objects/cluster-annotations.ts";
import { type ComparedCluster, nodeFactsOf, storageClassOf } from "../membership/compared-cluster.ts";
import { type Drift, driftOf } from "../membership/drift.ts";
import type { Clock } from "../../kernel/clock.ts";
import { type ClusterConnection, connect, contextsOf } from "./connect.ts";
import { declaredClusters } from "./host.ts";

type FactsOptions = {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Given by the operator. */
  readonly region: string | null;
  readonly isInSettings: boolean;
};

const NODES: Resource = { group: "", version: "v1", plural: "nodes" };
const STORAGE_CLASSES: Resource = { group: "storage.k8s.io", version: "v1", plural: "storageclasses" };

async function readFacts(
  cluster: ClusterConnection,
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
    apiEndpoint: cluster.credentials.server.href,
    version: typeof gitVersion === "string" ? gitVersion : null,
    clockSkewMs: Number.isNaN(dateMs) ? null : dateMs - middleMs,
    region,
    nodes: nodes?.map(nodeFactsOf) ?? null,
    storageClasses: classes?.map(storageClassOf) ?? null,
    kinds: document?.kinds ?? null,
    isInSettings,
  };
}

type MembersOptions = {
  readonly kubeconfig: string | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Names in the settings file. */
  readonly settings: readonly string[];
};

/** The facts of declared clusters, as far as the kubeconfig has a context with the same address. */
async function readMembersFacts(
  declared: readonly ApiObject[],
  options: MembersOptions,
): Promise<readonly ComparedCluster[]> {
  const { kubeconfig, clock, signal, settings } = options;
  const byServer = new Map<string, string>();
  for (const { context } of await contextsOf(kubeconfig)) {
    const found = await connect({ ...options, name: context, context }).catch(() => null);
    if (found !== null && !byServer.has(found.credentials.server.href))
      byServer.set(found.credentials.server.href, context);
    found?.transport.close();
  }
  return Promise.all(
    declared.map(async (object) => {
      const { name, annotations = {} } = object.metadata;
      const recorded = {
        name,
        uid: annotations[clusterAnnotation("cluster-uid")] ?? null,
        region: annotations[clusterAnnotation("region")] ?? null,
        isInSettings: settings.includes(name),
      };
      const spec = isRecord(object["spec"]) ? object["spec"] : {};
      const apiEndpoint = String(spec["apiEndpoint"]);
      const context = byServer.get(URL.parse(apiEndpoint)?.href ?? "");
      const nothing = { version: null, clockSkewMs: null, nodes: null, storageClasses: null, kinds: null };
      if (context === undefined) return { ...recorded, ...nothing, apiEndpoint };
      const cluster = await connect({ kubeconfig, name, context, clock, signal });
      const facts = await readFacts(cluster, { clock, signal, ...recorded });
      cluster.transport.close();
      return { ...facts, uid: recorded.uid ?? facts.uid };
    }),
  );
}

type DriftOptions = MembersOptions & {
  readonly host: ClusterConnection;
  readonly member: ClusterConnection;
  readonly namespace: string;
  /** Of the member, given by the operator. */
  readonly region: string | null;
};

/** How a member differs from the others that the host declares. */
export async function driftOfMember(options: DriftOptions): Promise<readonly Drift[]> {
  const { host, member, namespace, signal, settings } = options;
  const declared = await declaredClusters(host, namespace, signal);
  const others = declared.filter(({ metadata }) => metadata.name !== member.name);
  const isInSettings = settings.includes(member.name);
  const facts = await readFacts(member, { ...options, isInSettings });
  return driftOf(facts, await readMembersFacts(others, options));
}
