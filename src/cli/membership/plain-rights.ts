/**
 * What the account of fedns needs in the host for plain objects of Federation v1, beside what it has for federated ones:
 *
 * | objects | verbs |
 * |---|---|
 * | Namespaces, ConfigMaps, Secrets, Services, Ingresses, Deployments, ReplicaSets, DaemonSets, Jobs, HorizontalPodAutoscalers | get, list, watch, patch |
 * | the status of those that controllers run | patch |
 * | Nodes | list |
 */
import { hasNativeStatus } from "../../propagate/plain/native-status.ts";
import { PLAIN_KINDS } from "../../propagate/plain/plain-kinds.ts";
import type { PolicyRule } from "./rights.ts";

const VERBS = ["get", "list", "watch", "patch"];

export function plainRules(): readonly PolicyRule[] {
  const groups = new Set(PLAIN_KINDS.map(({ target }) => target.group));
  const rules = [...groups].flatMap((group): PolicyRule[] => {
    const targets = PLAIN_KINDS.map(({ target }) => target).filter((target) => target.group === group);
    const statuses = targets
      .filter(({ kind }) => hasNativeStatus(kind))
      .map(({ plural }) => `${plural}/status`);
    const all = { apiGroups: [group], resources: targets.map(({ plural }) => plural), verbs: VERBS };
    return [
      all,
      ...(statuses.length === 0 ? [] : [{ apiGroups: [group], resources: statuses, verbs: ["patch"] }]),
    ];
  });
  // Whether the host would run workloads itself.
  return [...rules, { apiGroups: [""], resources: ["nodes"], verbs: ["list"] }];
}
