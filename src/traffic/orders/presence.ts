/** In which clusters each service has ready endpoints now. An order may remove these. */
import type { Federation } from "../../federation/members/federation.ts";
import { hasTarget } from "../../federation/members/backend.ts";
import type { Presence } from "./left.ts";

/** All services that any member declares, including those without ready endpoints. */
export function presencesIn(federation: Federation): readonly Presence[] {
  const services = new Map<string, string[]>();
  for (const { name, backends } of federation.members) {
    for (const [service, backend] of backends) {
      const readyIn = services.get(service) ?? [];
      services.set(service, readyIn);
      if (backend.readyEndpoints > 0 && hasTarget(backend)) readyIn.push(name);
    }
  }
  return [...services].map(([service, readyIn]) => ({ service, readyIn }));
}

/** Where one service or host is ready. */
export function presenceIn(federation: Federation, service: string): Presence {
  const readyIn = federation.declaring(service).flatMap(({ name, backends }) => {
    const backend = backends.get(service);
    return backend !== undefined && backend.readyEndpoints > 0 && hasTarget(backend) ? [name] : [];
  });
  return { service, readyIn };
}
