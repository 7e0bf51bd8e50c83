/** Cluster IPs and node ports: the lowest free one of a range, worked out from what the Services of the cluster hold. */
import { listAt, numberAt, textsAt } from "../store/json.ts";
import type { KubeObject } from "../store/object.ts";

export type Family = "IPv4" | "IPv6";

/** 65,534 addresses each; the first belongs to the `kubernetes` Service, the next nine are left for DNS and the like. */
const FIRST_CLUSTER_IP = 10;
const LAST_CLUSTER_IP = 65_534;
const nodePorts = { first: 30_000, last: 32_767 };

export function clusterIp(family: Family, number: number): string {
  return family === "IPv4" ? `10.96.${number >> 8}.${number & 255}` : `fd00:10:96::${number.toString(16)}`;
}

export function freeClusterIp(family: Family, services: readonly KubeObject[]): string | undefined {
  const taken = new Set(services.flatMap((service) => textsAt(service, "spec.clusterIPs")));
  for (let number = FIRST_CLUSTER_IP; number <= LAST_CLUSTER_IP; number += 1) {
    const address = clusterIp(family, number);
    if (!taken.has(address)) return address;
  }
  return undefined;
}

export function usedNodePorts(services: readonly KubeObject[]): Set<number> {
  const ports = services.flatMap((service) => listAt(service, "spec.ports"));
  return new Set(ports.map((port) => numberAt(port, "nodePort") ?? 0));
}

/** Takes the lowest free node port out of `used`. */
export function takeNodePort(used: Set<number>): number | undefined {
  for (let port = nodePorts.first; port <= nodePorts.last; port += 1) {
    if (used.has(port)) continue;
    used.add(port);
    return port;
  }
  return undefined;
}
