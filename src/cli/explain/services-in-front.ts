/** The federated Services that stand before a federated object, and what a running fedns answers for each. */
import { propagated } from "../../run/propagate/placed-types.ts";
import { loadAll, type ObjectName } from "../plan/load-objects.ts";
import type { OpenWorld } from "../plan/open-world.ts";
import { askTraffic, type Traffic, type TrafficOptions } from "../traffic/ask-shares.ts";
import type { ServiceName } from "../traffic/served-name.ts";
import { isSelected, selectorOf, templateOf } from "./pod-labels.ts";

export type FrontService = { readonly service: ServiceName; readonly traffic: Traffic };

/** A Service stands before itself. Those of its namespace that cannot be read are left out. */
export async function servicesInFront(
  open: OpenWorld,
  { type, key }: ObjectName,
): Promise<readonly ServiceName[]> {
  const [namespace = "", name = ""] = key.split("/");
  if (!type.target.isNamespaced) return [];
  if (type.target.kind === "Service" && type.target.group === "") return [{ namespace, name }];
  const federated = open.types.find(({ targetType: { kind, group } }) => kind === "Service" && group === "");
  if (federated === undefined) return [];
  const services = propagated(federated);
  await loadAll({ ...open, world: { ...open.world, types: [services] } }, namespace);
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
