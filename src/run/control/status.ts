/** The part of /status that the control process reports. */
import type { ControlPlane } from "./control-plane.ts";
import type { ControlStatus } from "./messages.ts";

export function controlStatus(plane: ControlPlane): ControlStatus {
  const { fleet, host, hosts, zones, publisher, hostnames, orders, forgotten, planner, tracker } = plane;
  return {
    isStale: !fleet.isSynced,
    clusters: fleet.members.map((member) => member.status),
    fleet: fleet.status,
    host: host?.report ?? null,
    hosts: hosts.status,
    zones: zones.status,
    publisher: { ...publisher.health },
    hostnames: { ...hostnames.counts() },
    orders: orders.status,
    forgotten: forgotten.status,
    steering: planner.status,
    health: tracker.status(),
  };
}
