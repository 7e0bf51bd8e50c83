/** Where each service has something to hand out now: what an order may take away. */
import type { Federation } from "../federation/federation.ts";
import type { Presence } from "../steer/left.ts";

/** All services that any member declares, also those with nothing ready anywhere. */
export function presencesIn(federation: Federation): readonly Presence[] {
  const services = new Map<string, string[]>();
  for (const { name, backends } of federation.members) {
    for (const [service, { readyEndpoints, ipv4, ipv6 }] of backends) {
      const readyIn = services.get(service) ?? [];
      services.set(service, readyIn);
      if (readyEndpoints > 0 && ipv4.length + ipv6.length > 0) readyIn.push(name);
    }
  }
  return [...services].map(([service, readyIn]) => ({ service, readyIn }));
}
