/** The members that a host declares, each with the context of a kubeconfig that leads to it. */
import { messageOf } from "../../kernel/error.ts";
import { clusterAnnotation } from "../../fleet/host-objects/cluster-annotations.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { clusterUid } from "../clusters/host.ts";

type ReachOptions = {
  readonly connect: (name: string, context: string) => Promise<ClusterConnection>;
  /** Contexts by the names of clusters; a cluster that is not there has the context of its own name. */
  readonly contexts: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
};

type Reached = { readonly member: ClusterConnection } | { readonly problem: string };

/** `declared`: a KubeFedCluster. A context that leads to another cluster than the one that joined is a problem. */
export async function reach(
  declared: ApiObject,
  { connect, contexts, signal }: ReachOptions,
): Promise<Reached> {
  const { name, annotations } = declared.metadata;
  try {
    const member = await connect(name, contexts[name] ?? name);
    const uid = await clusterUid(member, signal);
    const recorded = annotations?.[clusterAnnotation("cluster-uid")];
    if (recorded === undefined || recorded === uid) return { member };
    return { problem: `context ${member.context} leads to another cluster than the one that was joined` };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
