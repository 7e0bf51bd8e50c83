/** Writes of roles and bindings: no one grants rights that they do not have, unless they may `escalate` or `bind`. */
import { isDeepStrictEqual } from "node:util";
import { isObject, listAt, objectAt, textAt } from "../object/json.ts";
import { withMetadata } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import { ApiError, forbidden } from "../object/status.ts";
import { groupsOf } from "../object/user.ts";
import type { AccessRequest, User } from "../object/user.ts";
import { statusDetailsOf } from "../store/resource.ts";
import type { ApiResource } from "../store/resource.ts";
import { missingRole } from "./resolver.ts";
import type { RuleResolver } from "./resolver.ts";
import { describeRules, missingFrom, quotedList, readRule } from "./rule.ts";
import type { Rule } from "./rule.ts";

const group = "rbac.authorization.k8s.io";
const everything: readonly Rule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"], resourceNames: [], nonResourceURLs: [] },
  { verbs: ["*"], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ["*"] },
];

type Escalation = {
  readonly resolver: RuleResolver;
  readonly user: User;
  readonly mayDo: (request: AccessRequest) => boolean;
  readonly resource: ApiResource;
};

/** Throws 403, and 404 for a binding to a role that does not exist. */
export function checkEscalation(
  escalation: Escalation,
  after: KubeObject,
  before: KubeObject | undefined,
): void {
  if (before && changesOwnersOnly(after, before)) return;
  if (after.kind.endsWith("RoleBinding")) checkBinding(escalation, after);
  else checkRole(escalation, after);
}

/** Garbage collection must be able to work without the rights. */
function changesOwnersOnly(after: KubeObject, before: KubeObject): boolean {
  const rest = (object: KubeObject): KubeObject =>
    withMetadata(object, {
      ownerReferences: undefined,
      finalizers: undefined,
      managedFields: undefined,
      resourceVersion: undefined,
    });
  return isDeepStrictEqual(rest(after), rest(before));
}

function checkRole(escalation: Escalation, role: KubeObject): void {
  const { name, namespace = "" } = role.metadata;
  const { resource, mayDo, resolver, user } = escalation;
  const about = { group, resource: resource.plural, subresource: "", namespace, name };
  if (mayDo({ verb: "escalate", ...about })) return;
  requireAll(escalation, role, listAt(role, "rules").map(readRule));
  if (!isObject(role["aggregationRule"])) return;
  const held = resolver.rulesFor(user, "").granted.map(({ rule }) => rule);
  if (missingFrom(held, everything).length > 0) {
    const why = "must have cluster-admin privileges to use an aggregationRule";
    throw forbidden(statusDetailsOf(resource, name), why);
  }
}

function checkBinding(escalation: Escalation, binding: KubeObject): void {
  const { namespace = "" } = binding.metadata;
  const roleRef = objectAt(binding, "roleRef");
  const plural = textAt(roleRef, "kind") === "Role" ? "roles" : "clusterroles";
  const about = { group, resource: plural, subresource: "", namespace, name: textAt(roleRef, "name") };
  if (escalation.mayDo({ verb: "bind", ...about })) return;
  const rules = escalation.resolver.rulesOfRole(roleRef, namespace);
  if (!rules) {
    const details = { name: about.name, group, kind: textAt(roleRef, "kind").toLowerCase() };
    throw new ApiError(404, "NotFound", missingRole(roleRef), { details });
  }
  requireAll(escalation, binding, rules);
}

function requireAll(
  { resolver, user, resource }: Escalation,
  object: KubeObject,
  rules: readonly Rule[],
): void {
  const { granted, faults } = resolver.rulesFor(user, object.metadata.namespace ?? "");
  const missing = missingFrom(
    granted.map(({ rule }) => rule),
    rules,
  );
  if (missing.length === 0) return;
  const who = `user ${JSON.stringify(user.name)} (groups=${quotedList(groupsOf(user))})`;
  const what = "is attempting to grant RBAC permissions not currently held:";
  const errors = faults.length > 0 ? `; resolution errors: [${faults.join(", ")}]` : "";
  const why = `${who} ${what}\n${describeRules(missing)}${errors}`;
  throw forbidden(statusDetailsOf(resource, object.metadata.name), why);
}
