/** The cloud: gives Services of type LoadBalancer their addresses, the lowest free ones of the pool. */
import { isDeepStrictEqual } from "node:util";
import { listAt, textAt, textsAt } from "../store/json.ts";
import type { KubeObject } from "../store/object.ts";
import type { Objects } from "../store/objects.ts";
import type { Controller } from "./loop.ts";
import type { LoadBalancerPool } from "./settings.ts";

/** The first address of a pool; below it is what routers and the like would have. */
const FIRST_NUMBER = 10;
/** The last of an IPv4 /24; a sandbox with more Services leaves the rest pending. */
const LAST_NUMBER = 254;

export function balancerController(objects: Objects, pool: LoadBalancerPool): Controller {
  return {
    name: "balancers",
    touches({ kind, object, previous }) {
      if (object.kind !== "Service" || object.apiVersion !== "v1") return [];
      // Whoever writes another status (a test, an operator trying something) keeps it until the spec changes.
      const isAsked = kind !== "MODIFIED" || !isDeepStrictEqual(object["spec"], previous?.["spec"]);
      return isAsked ? [keyOf(object)] : [];
    },
    reconcile(key) {
      const services = objects.list("v1", "Service");
      const service = services.find((one) => keyOf(one) === key);
      // A Service that left may make room for others that are still waiting.
      const served = service && isBalanced(service) ? [service] : services.filter(isPending);
      for (const one of served) serve(objects, one, pool);
    },
  };
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** Services with a class of their own belong to another balancer. */
function isBalanced(service: KubeObject): boolean {
  if (service.metadata.deletionTimestamp || textAt(service, "spec.loadBalancerClass")) return false;
  return textAt(service, "spec.type") === "LoadBalancer";
}

function isPending(service: KubeObject): boolean {
  return isBalanced(service) && addressesOf(service).length === 0;
}

function addressesOf(service: KubeObject): readonly string[] {
  return listAt(service, "status.loadBalancer.ingress").map((entry) => textAt(entry, "ip"));
}

function serve(objects: Objects, service: KubeObject, pool: LoadBalancerPool): void {
  const families = textsAt(service, "spec.ipFamilies");
  const own = addressesOf(service);
  const taken = new Set(objects.list("v1", "Service").flatMap(addressesOf));
  const wanted = families.flatMap((family) => {
    const isSix = family === "IPv6";
    const kept = own.filter((address) => address.includes(":") === isSix);
    const count = isSix ? pool.ipv6PerService : pool.ipv4PerService;
    return [...kept, ...free(pool, isSix, taken)].slice(0, count);
  });
  const isSame = wanted.length === own.length && wanted.every((address) => own.includes(address));
  if (isSame || wanted.length === 0) return;
  const ingress = wanted.map((ip) => ({ ip, ipMode: "VIP" }));
  objects.putStatus(service, { loadBalancer: { ingress } });
}

function free(pool: LoadBalancerPool, isSix: boolean, taken: ReadonlySet<string>): readonly string[] {
  const numbers = Array.from({ length: LAST_NUMBER - FIRST_NUMBER + 1 }, (_, index) => FIRST_NUMBER + index);
  const addresses = numbers.map((number) =>
    isSix ? `${pool.ipv6Prefix}${number.toString(16)}` : `${pool.ipv4Prefix}${number}`,
  );
  return addresses.filter((address) => !taken.has(address));
}
