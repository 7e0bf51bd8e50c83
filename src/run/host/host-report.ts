/** What /status says about the host cluster, and about its members beside what it says of every cluster. */
import type { IssuedTokenStatus } from "../../fleet/credentials/issued-token.ts";
import type { HostCluster } from "../../fleet/host-cluster/host-cluster.ts";
import type { HostProblem } from "../../fleet/host-objects/host-problem.ts";
import type { LeaseStatus } from "../../fleet/lease/lease-runner.ts";
import type { EventRecorder } from "../../fleet/members/event-recorder.ts";
import type { PublishedState } from "../../fleet/member-status/readiness.ts";

export type HostMemberReport = {
  readonly name: string;
  /** Null: it has not been probed yet. */
  readonly state: PublishedState | null;
  readonly kubernetesVersion: string | null;
  /** Of its namespace kube-system; null = not read. */
  readonly clusterUid: string | null;
  /** Something may be written to it: it is the cluster that joined. */
  readonly mayBeWrittenTo: boolean;
  /** The token that it issued to this server; null for a cluster of the settings. */
  readonly token: IssuedTokenStatus | null;
};

export type HostReport = {
  readonly namespace: string;
  readonly connection: HostCluster["connection"]["health"];
  /** The KubeFedClusters are seen now. */
  readonly isSeen: boolean;
  readonly watches: HostCluster["watches"];
  readonly members: readonly HostMemberReport[];
  /** The lease without which nothing is written to the host. */
  readonly lease: LeaseStatus;
  /** Statuses of KubeFedClusters written in this run. */
  readonly statusesWritten: number;
  readonly events: EventRecorder["status"];
  readonly problems: readonly HostProblem[];
};
