/** Aggregated ClusterRoles: their rules are those of all ClusterRoles that their selectors match. */
import { isDeepStrictEqual } from "node:util";
import { isObject, listAt } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { labelSelectorMatches } from "../object/selector.ts";
import type { Controller } from "../reconcile/loop.ts";
import type { ObjectClient } from "../store/objects.ts";

const kind = "ClusterRole";
const apiVersion = "rbac.authorization.k8s.io/v1";

export function aggregationController(objects: ObjectClient): Controller {
  const rolesWhere = (test: (role: KubeObject) => boolean): readonly KubeObject[] =>
    objects.list(apiVersion, kind).filter(test);

  return {
    name: "aggregation",
    keysFor({ object }) {
      if (object.kind !== kind || object.apiVersion !== apiVersion) return [];
      return rolesWhere((role) => isObject(role["aggregationRule"])).map(({ metadata }) => metadata.name);
    },
    reconcile(name) {
      const role = objects.get({ apiVersion, kind, name });
      if (!role) return;
      const selectors = listAt(role, "aggregationRule.clusterRoleSelectors").filter(isObject);
      const parts = rolesWhere(
        ({ metadata }) =>
          metadata.name !== name &&
          selectors.some((selector) => labelSelectorMatches(selector, metadata.labels ?? {})),
      );
      const all = parts.flatMap((one) => listAt(one, "rules"));
      const rules = [...new Map(all.map((rule) => [JSON.stringify(rule), rule])).values()];
      if (!isDeepStrictEqual(rules, listAt(role, "rules")))
        objects.patch({ apiVersion, kind, name }, { rules });
    },
  };
}
