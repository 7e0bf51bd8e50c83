/** The part of /status that the control process reports. */
import { type Reported, reported } from "../reports/bounded.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { ControlStatus } from "./messages.ts";

export function controlStatus(plane: ControlPlane): Reported<ControlStatus> {
  const { fleet, host, hosts, zones, publisher, hostnames, orders, forgotten, places, planner, tracker } =
    plane;
  return reported({
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
    rememberedPlaces: places.status,
    steering: planner.status,
    health: tracker.status(),
  });
}
