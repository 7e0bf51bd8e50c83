/** ResourceQuotas: their status says how much of each limit is used. */
import { isDeepStrictEqual } from "node:util";
import { objectAt } from "../object/json.ts";
import type { Controller } from "../reconcile/loop.ts";
import type { ObjectClient } from "../store/objects.ts";
import { countableOf } from "../store/quota.ts";

const kind = "ResourceQuota";

export function quotaController(objects: ObjectClient): Controller {
  /** Few namespaces have quotas; changes elsewhere cost nothing. */
  const limited = new Set<string>();

  return {
    name: "quotas",
    keysFor({ object, kind: change }) {
      const { namespace } = object.metadata;
      if (namespace === undefined) return [];
      if (object.kind === kind) {
        limited.add(namespace);
        return [namespace];
      }
      return change !== "MODIFIED" && limited.has(namespace) ? [namespace] : [];
    },
    reconcile(namespace) {
      for (const quota of objects.list("v1", kind, namespace)) {
        const hard = objectAt(quota, "spec.hard");
        const used = Object.keys(hard).map((key) => {
          const what = countableOf(key);
          const all = what ? objects.ofResource(what.plural, what.group, namespace) : [];
          return [key, String(all.reduce((sum, object) => sum + (what?.amountOf(object) ?? 0), 0))] as const;
        });
        const status = { hard, used: Object.fromEntries(used) };
        if (!isDeepStrictEqual(status, quota["status"])) objects.putStatus(quota, status);
      }
    },
  };
}
