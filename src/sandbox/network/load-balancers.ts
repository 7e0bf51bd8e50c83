/** Addresses for Services of type LoadBalancer: the lowest free ones of the cluster's pool. */
import { isDeepStrictEqual } from "node:util";
import { listAt, textAt, textsAt } from "../object/json.ts";
import type { Change } from "../store/history.ts";
import type { KubeObject } from "../object/object.ts";
import type { ObjectClient } from "../store/objects.ts";
import type { Controller } from "../reconcile/loop.ts";
import type { LoadBalancerPool } from "../reconcile/settings.ts";

/** The first address that is assigned; lower ones would belong to routers. */
const FIRST_NUMBER = 10;
/** The last of an IPv4 /24; further Services stay pending. */
const LAST_NUMBER = 254;

export function loadBalancerController(objects: ObjectClient, pool: LoadBalancerPool): Controller {
  /** How many Services have each address. */
  const taken = new Map<string, number>();
  /** Services that are pending because the pool was exhausted. */
  const waiting = new Set<string>();

  const count = (service: KubeObject, by: number): void => {
    for (const address of addressesOf(service)) {
      const holders = (taken.get(address) ?? 0) + by;
      if (holders > 0) taken.set(address, holders);
      else taken.delete(address);
    }
  };

  const index = ({ kind, object, previous }: Change): void => {
    if (kind !== "DELETED") count(object, 1);
    if (previous) count(previous, -1);
  };

  const serve = (service: KubeObject): void => {
    const wanted = choose(service, pool, taken);
    const own = addressesOf(service);
    if (wanted.length === 0) waiting.add(keyOf(service));
    else waiting.delete(keyOf(service));
    if (wanted.length === 0 || isDeepStrictEqual(wanted, own)) return;
    objects.putStatus(service, { loadBalancer: { ingress: wanted.map((ip) => ({ ip, ipMode: "VIP" })) } });
  };

  return {
    name: "balancers",
    keysFor(change) {
      const { kind, object, previous } = change;
      if (object.kind !== "Service" || object.apiVersion !== "v1") return [];
      index(change);
      // A status written by others (a test, a person) is kept until the spec changes.
      const isAsked = kind !== "MODIFIED" || !isDeepStrictEqual(object["spec"], previous?.["spec"]);
      return isAsked ? [keyOf(object)] : [];
    },
    reconcile(key) {
      const service = serviceAt(objects, key);
      if (service && isBalanced(service)) {
        serve(service);
        return;
      }
      // A released address goes to the Services that are pending.
      waiting.delete(key);
      for (const other of waiting) {
        const next = serviceAt(objects, other);
        if (next && isBalanced(next)) serve(next);
      }
    },
  };
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function serviceAt(objects: ObjectClient, key: string): KubeObject | undefined {
  const [namespace = "", name = ""] = key.split("/");
  return objects.get({ apiVersion: "v1", kind: "Service", namespace, name });
}

/** Services with a load balancer class belong to another implementation. */
function isBalanced(service: KubeObject): boolean {
  if (service.metadata.deletionTimestamp || textAt(service, "spec.loadBalancerClass")) return false;
  return textAt(service, "spec.type") === "LoadBalancer";
}

function addressesOf(service: KubeObject): readonly string[] {
  return listAt(service, "status.loadBalancer.ingress")
    .map((entry) => textAt(entry, "ip"))
    .filter((address) => address !== "");
}

/** The addresses it has, completed with free ones for each of its families. */
function choose(
  service: KubeObject,
  pool: LoadBalancerPool,
  taken: ReadonlyMap<string, number>,
): readonly string[] {
  return textsAt(service, "spec.ipFamilies").flatMap((family) => {
    const isSix = family === "IPv6";
    const wanted = isSix ? pool.ipv6PerService : pool.ipv4PerService;
    const chosen = addressesOf(service).filter((address) => address.includes(":") === isSix);
    for (let number = FIRST_NUMBER; number <= LAST_NUMBER && chosen.length < wanted; number += 1) {
      const address = isSix ? `${pool.ipv6Prefix}${number.toString(16)}` : `${pool.ipv4Prefix}${number}`;
      if (!taken.has(address)) chosen.push(address);
    }
    return chosen.slice(0, wanted);
  });
}
