/** The messages between the supervisor and the control process over IPC. */
import type { Config } from "../config/config.ts";
import type { FleetStatus } from "../../fleet/members/fleet.ts";
import type { HealthTrackerStatus } from "../../traffic/tracker/report.ts";
import type { OrderRequest } from "../../traffic/orders/order.ts";
import type { ForgetRequest } from "../forget/forget-request.ts";
import type { ForgottenStatus } from "../forget/forgotten-clusters.ts";
import type { PlacesStatus } from "../forget/remembered-places.ts";
import type { InitialSync } from "./initial-sync.ts";
import type { Reported } from "../reports/bounded.ts";
import type { HostReport } from "../host/host-report.ts";
import type { RemovalAsk, RemovalState } from "../../federation/removals/removal-ask.ts";
import type { ClaimProblem } from "../../federation/hosts/cluster-claim.ts";
import type { HostStatus } from "../../federation/hosts/host-status.ts";
import type { ServingAsk, ServingState } from "../../federation/serving/serving-ask.ts";
import type { OrdersStatus, SteeringStatus } from "../../traffic/orders/order-status.ts";

export type ToControl =
  | {
      readonly kind: "start";
      readonly config: Config;
      readonly picturePath: string;
      readonly scoreboardFd: number;
    }
  | { readonly kind: "status" | "metrics"; readonly id: number }
  /** Read the zone files again; "reloaded" is the reply. */
  | { readonly kind: "reload"; readonly id: number }
  /** The settings in force from now on; "adopted" is the reply. */
  | { readonly kind: "settings"; readonly id: number; readonly config: Config }
  | { readonly kind: "order"; readonly id: number; readonly order: OrderRequest }
  | { readonly kind: "forget"; readonly id: number; readonly forget: ForgetRequest }
  /** All that the propagator asks now; "removals" is the reply. */
  | { readonly kind: "removals"; readonly id: number; readonly asks: readonly RemovalAsk[] }
  /** Why objects that name this host are not served; "claims" is the reply. */
  | { readonly kind: "claims"; readonly id: number; readonly host: string }
  /** Whether clients are served; "serving" is the reply. */
  | { readonly kind: "serving"; readonly id: number; readonly asks: readonly ServingAsk[] }
  | { readonly kind: "stop" };

export type FromControl =
  /** The picture is open and holds the settings of today. From now on it follows the members. */
  | { readonly kind: "opened" }
  /** Sent whenever it has changed. */
  | { readonly kind: "initialSync"; readonly sync: InitialSync }
  /** Null: it could not be made; the log says why. */
  | { readonly kind: "status"; readonly id: number; readonly status: Reported<ControlStatus> | null }
  | { readonly kind: "metrics"; readonly id: number; readonly text: string | null }
  | ReloadReply
  | { readonly kind: "adopted"; readonly id: number }
  | { readonly kind: "removals"; readonly id: number; readonly states: readonly RemovalState[] }
  | { readonly kind: "claims"; readonly id: number; readonly problems: readonly ClaimProblem[] }
  | { readonly kind: "serving"; readonly id: number; readonly states: readonly ServingState[] }
  | OrderReply;

/** What was found when the zone files were read. */
export type ReloadReply = {
  readonly kind: "reloaded";
  readonly id: number;
  /** Zones that are served from files. */
  readonly zones: number;
  /** FILE:LINE: error or warning: what is wrong. */
  readonly problems: readonly string[];
};

/** The reply to an order, or to a request to forget. */
export type OrderReply = {
  readonly kind: "ordered";
  readonly id: number;
  /** False = refused, and nothing has changed. */
  readonly ok: boolean;
  /** A sentence for the operator. */
  readonly text: string;
  /** Services without any cluster left, or that would have none if the order were not refused. */
  readonly left: readonly string[];
};

export type ControlStatus = {
  /** True until all members were read in this run; until then answers may be from an earlier one. */
  readonly isStale: boolean;
  readonly clusters: readonly Readonly<Record<string, unknown>>[];
  readonly fleet: FleetStatus;
  /** Null = the settings name no host cluster. */
  readonly host: HostReport | null;
  readonly hosts: HostStatus;
  readonly zones: Readonly<Record<string, unknown>>;
  readonly publisher: Readonly<Record<string, unknown>>;
  readonly hostnames: Readonly<Record<string, unknown>>;
  readonly orders: OrdersStatus;
  readonly forgotten: ForgottenStatus;
  readonly rememberedPlaces: PlacesStatus;
  readonly steering: SteeringStatus;
  readonly health: HealthTrackerStatus;
};
