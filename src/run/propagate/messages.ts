/** The messages between the supervisor and the propagate process over IPC. */
import type { RemovalAsk, RemovalState } from "../../federation/removals/removal-ask.ts";
import type { ServingAsk, ServingState } from "../../federation/serving/serving-ask.ts";
import type { LeaseStatus } from "../../fleet/lease/lease-runner.ts";
import type { Succession } from "../../fleet/lease/succession.ts";
import type { Config } from "../config/config.ts";
import type { Reported } from "../reports/bounded.ts";

export type ToPropagate =
  | {
      readonly kind: "start";
      readonly config: Config;
      readonly scoreboardFd: number;
      readonly succession: Succession;
    }
  | { readonly kind: "report"; readonly id: number }
  /** The reply to "removals"; null = those who answer did not reply in time. */
  | { readonly kind: "removals"; readonly id: number; readonly states: readonly RemovalState[] | null }
  /** The reply to "serving", as above. */
  | { readonly kind: "serving"; readonly id: number; readonly states: readonly ServingState[] | null }
  | { readonly kind: "stop" };

export type FromPropagate =
  | { readonly kind: "started" }
  /** All services that copies are to leave now: for the control process. */
  | { readonly kind: "removals"; readonly id: number; readonly asks: readonly RemovalAsk[] }
  /** Services in front of copies whose rollout goes on when clients are served: for the control process. */
  | { readonly kind: "serving"; readonly id: number; readonly asks: readonly ServingAsk[] }
  /** Null: there is nothing to report yet, or it could not be made; the log says why. */
  | { readonly kind: "report"; readonly id: number; readonly status: Reported<PropagateStatus> | null };

export type PropagateStatus = {
  readonly lease: LeaseStatus;
  readonly types: readonly PropagatedTypeStatus[];
  /** Deletions that are still to be carried out in members that were not seen. */
  readonly journal: number;
  /** Why changes of copies are paused, and since when (RFC 3339); null = they are not. */
  readonly pause: { readonly reason: string; readonly since: string } | null;
  /** Why plain objects of Federation v1 are not federated, with the cure; null = they are, or are not meant to be. */
  readonly plainRefusal: string | null;
  /** Why the host does not show its ReplicaSchedulingPreferences, with the cure; null = it does, or has none. */
  readonly preferenceRefusal: string | null;
  readonly members: readonly PropagatedMemberStatus[];
  /** The first few copies that are not as wanted. */
  readonly failing: readonly FailingCopyStatus[];
};

export type FailingCopyStatus = {
  /** Name of the FederatedTypeConfig. */
  readonly type: string;
  /** "namespace/name" of the federated object. */
  readonly object: string;
  readonly cluster: string;
  /** As in `status.clusters` of the federated object. */
  readonly status: string;
  readonly message: string | null;
  /** HTTP code of the refusal; null = none. */
  readonly code: number | null;
  /** RFC 3339; null = not known. */
  readonly since: string | null;
};

type PropagatedTypeStatus = {
  /** Name of the FederatedTypeConfig. */
  readonly name: string;
  /** Federated objects in the host. */
  readonly objects: number;
};

type PropagatedMemberStatus = {
  readonly name: string;
  /** Copies that wait for work, and how many are worked on at once at most. */
  readonly waiting: number;
  readonly running: number;
  readonly limit: number;
  /** Why that is fewer than the server has borne; null = it is not. */
  readonly limitedBy: "overload" | "priority-and-fairness" | null;
  /** What is seen of the copies of each type. */
  readonly views: Readonly<Record<string, string>>;
  /** Copies that are not as wanted. */
  readonly failing: number;
  /** Copies with our label that the host does not know: they stay as they are. */
  readonly unknown: number;
  /** Why nothing is written to it; null = it is. */
  readonly problem: string | null;
};
