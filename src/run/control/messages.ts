/** What the supervisor and the control process say to each other over the IPC channel. */
import type { Config } from "../config/config.ts";
import type { HealthTrackerStatus } from "../../traffic/probe/report.ts";
import type { OrderRequest } from "../../traffic/orders/order.ts";
import type { HostStatus } from "../../federation/hosts/host-controller.ts";
import type { OrdersStatus, SteeringStatus } from "../../traffic/orders/order-status.ts";

export type ToControl =
  | {
      readonly kind: "start";
      readonly config: Config;
      readonly picturePath: string;
      readonly scoreboardFd: number;
    }
  | { readonly kind: "report"; readonly id: number }
  /** Read the zone files again. */
  | { readonly kind: "reload" }
  | { readonly kind: "order"; readonly id: number; readonly order: OrderRequest }
  | { readonly kind: "stop" };

export type FromControl =
  /** Every member has been read, or is known to fail: waiting longer would tell nothing new. */
  | { readonly kind: "settled" }
  | {
      readonly kind: "report";
      readonly id: number;
      readonly status: ControlStatus;
      readonly metrics: string;
    }
  | OrderReply;

/** What came of an order. */
export type OrderReply = {
  readonly kind: "ordered";
  readonly id: number;
  /** False = refused; nothing is changed. */
  readonly ok: boolean;
  /** A sentence for whoever ordered it. */
  readonly text: string;
  /** Services that have (when refused: would have) nothing left. */
  readonly left: readonly string[];
};

export type ControlStatus = {
  /** True until all members were read in this run: what is answered may be older. */
  readonly isStale: boolean;
  readonly clusters: readonly Readonly<Record<string, unknown>>[];
  readonly hosts: HostStatus;
  readonly zones: Readonly<Record<string, unknown>>;
  readonly publisher: Readonly<Record<string, unknown>>;
  readonly hostnames: Readonly<Record<string, unknown>>;
  readonly orders: OrdersStatus;
  readonly steering: SteeringStatus;
  readonly health: HealthTrackerStatus;
};
