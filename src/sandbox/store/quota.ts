/** ResourceQuotas: how many objects a namespace may have. Only counts are enforced, not CPU and memory. */
import { listAt, numberAt, objectAt, textAt } from "../object/json.ts";
import type { JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";

/** What a key of `spec.hard` counts: how much each object of a resource uses. */
export type Countable = {
  readonly plural: string;
  readonly group: string;
  readonly amountOf: (object: KubeObject) => number;
};

const one = (): number => 1;
const core = (plural: string, amountOf: (object: KubeObject) => number = one): Countable => ({
  plural,
  group: "",
  amountOf,
});
const isOpen = (service: KubeObject): boolean =>
  ["NodePort", "LoadBalancer"].includes(textAt(service, "spec.type"));

const countables: Readonly<Record<string, Countable>> = {
  configmaps: core("configmaps"),
  persistentvolumeclaims: core("persistentvolumeclaims"),
  pods: core("pods", (pod) => (["Succeeded", "Failed"].includes(textAt(pod, "status.phase")) ? 0 : 1)),
  replicationcontrollers: core("replicationcontrollers"),
  resourcequotas: core("resourcequotas"),
  secrets: core("secrets"),
  services: core("services"),
  "services.loadbalancers": core("services", (one) => (textAt(one, "spec.type") === "LoadBalancer" ? 1 : 0)),
  "services.nodeports": core("services", (one) => (isOpen(one) ? listAt(one, "spec.ports").length : 0)),
};

/** `count/deployments.apps` and the names of the core group; undefined for CPU, memory and the like. */
export function countableOf(key: string): Countable | undefined {
  const [, plural, group = ""] = /^count\/([^.]+)(?:\.(.+))?$/.exec(key) ?? [];
  if (plural !== undefined) return { plural, group, amountOf: one };
  return Object.hasOwn(countables, key) ? countables[key] : undefined;
}

type Usage = {
  readonly object: KubeObject;
  readonly resource: { readonly plural: string; readonly group: string };
  readonly usedOf: (what: Countable) => number;
};

/** Why the quota does not allow one more object, in the words of the API server; undefined where it does. */
export function quotaFault(quota: KubeObject, { object, resource, usedOf }: Usage): string | undefined {
  const hard = objectAt(quota, "spec.hard");
  const exceeded = Object.keys(hard)
    .toSorted()
    .flatMap((key) => {
      const what = countableOf(key);
      if (!what || what.plural !== resource.plural || what.group !== resource.group) return [];
      const [asked, used, limit] = [what.amountOf(object), usedOf(what), limitOf(hard, key)];
      return asked > 0 && used + asked > limit ? [{ key, asked, used, limit }] : [];
    });
  if (exceeded.length === 0) return undefined;
  const list = (field: "asked" | "used" | "limit"): string =>
    exceeded.map((each) => `${each.key}=${each[field]}`).join(",");
  return `exceeded quota: ${quota.metadata.name}, requested: ${list("asked")}, used: ${list("used")}, limited: ${list("limit")}`;
}

/** A quantity without a suffix, as a text or a number. */
function limitOf(hard: JsonObject, key: string): number {
  return numberAt({ limit: hard[key] }, "limit") ?? Number(hard[key]);
}
