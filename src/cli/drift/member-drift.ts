/** How a member that joins differs from the others, as the person who joins it may see them. */
import type { Clock } from "../../kernel/clock.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { clusterAnnotation } from "../../fleet/host-objects/cluster-annotations.ts";
import { type ClusterConnection, connect, contextsOf } from "../clusters/connect.ts";
import { declaredClusters } from "../clusters/host.ts";
import { type ComparedCluster, NOTHING_READ } from "../membership/compared-cluster.ts";
import { type Drift, driftOf } from "../membership/drift.ts";
import { readFacts } from "./read-facts.ts";

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
      if (context === undefined) return { ...NOTHING_READ, ...recorded, apiEndpoint };
      const cluster = await connect({ kubeconfig, name, context, clock, signal });
      const facts = await readFacts(sourceOf(cluster), { clock, signal, ...recorded });
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
  const facts = await readFacts(sourceOf(member), { ...options, isInSettings });
  return driftOf(facts, await readMembersFacts(others, options));
}

function sourceOf(cluster: ClusterConnection): Parameters<typeof readFacts>[0] {
  return { ...cluster, apiEndpoint: cluster.credentials.server.href };
}
