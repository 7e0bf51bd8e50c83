/** The federated Services that stand before a federated object, and what a running fedns answers for each. */
import { propagated } from "../../run/propagate/placed-types.ts";
import type { PropagatedType } from "../../propagate/objects/propagated-type.ts";
import { loadAll, type ObjectName } from "../plan/load-objects.ts";
import type { OpenWorld } from "../plan/open-world.ts";
import { askTraffic, type Traffic, type TrafficOptions } from "../traffic/ask-shares.ts";
import type { ServiceName } from "../traffic/served-name.ts";
import { isSelected, runsPods, selectorOf, templateOf } from "./pod-labels.ts";

export type FrontService = { readonly service: ServiceName; readonly traffic: Traffic };

function isService({ target: { kind, group } }: Pick<PropagatedType, "target">): boolean {
  return kind === "Service" && group === "";
}

/** Reads the federated Services of a namespace. Those that cannot be read are left out. */
export async function loadServices(open: OpenWorld, namespace: string): Promise<void> {
  const services = typeOfServices(open);
  if (services !== null) await loadAll({ ...open, world: { ...open.world, types: [services] } }, namespace);
}

/** Of those that were loaded. A Service stands before itself. */
export function servicesInFront(open: OpenWorld, { type, key }: ObjectName): readonly ServiceName[] {
  const [namespace = "", name = ""] = key.split("/");
  if (isService(type)) return [{ namespace, name }];
  const services = typeOfServices(open);
  if (services === null || !type.target.isNamespaced || !runsPods(type)) return [];
  const { objects } = open.world;
  const template = templateOf(open, type, key);
  return [...objects.rowsIn(services.name, namespace)]
    .flatMap((row) => objects.keyOf(row)?.key ?? [])
    .filter((one) => {
      const selector = selectorOf(templateOf(open, services, one));
      return selector !== null && isSelected(template, selector);
    })
    .sort()
    .map((one) => ({ namespace, name: one.split("/")[1] ?? "" }));
}

/** Null = the host federates no Services. */
function typeOfServices({ types }: OpenWorld): PropagatedType | null {
  return types.map(propagated).find(isService) ?? null;
}

export async function trafficInFront(
  services: readonly ServiceName[],
  options: TrafficOptions,
): Promise<readonly FrontService[]> {
  return Promise.all(
    services.map(async (service) => ({
      service,
      traffic: await askTraffic({ service, domainName: null }, options),
    })),
  );
}
