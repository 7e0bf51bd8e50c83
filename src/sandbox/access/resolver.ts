/** The rules that apply to a user, from bindings and roles. Read again after a change of one of them. */
import { listAt, objectAt, textAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { groupsOf } from "../object/user.ts";
import type { User } from "../object/user.ts";
import type { ObjectClient } from "../store/objects.ts";
import { readRule } from "./rule.ts";
import type { Rule } from "./rule.ts";

const apiVersion = "rbac.authorization.k8s.io/v1";

type GrantedRule = {
  readonly rule: Rule;
  /** The binding as reasons name it: `RoleBinding "b/ns" of Role "r" to User "u"`. */
  readonly by: string;
};

export type UserRules = {
  readonly granted: readonly GrantedRule[];
  /** Roles that bindings name and that do not exist. */
  readonly faults: readonly string[];
};

type Binding = {
  /** "" grants in the whole cluster. */
  readonly namespace: string;
  readonly title: string;
  readonly subjects: readonly Json[];
  readonly rules: readonly Rule[];
  readonly fault: string;
};

export class RuleResolver {
  readonly #objects: ObjectClient;
  #bindings: readonly Binding[] | undefined;

  constructor(objects: ObjectClient) {
    this.#objects = objects;
    objects.subscribe(({ object }) => {
      if (object.apiVersion === apiVersion) this.#bindings = undefined;
    });
  }

  /** In a namespace, or in the whole cluster for "". */
  rulesFor(user: User, namespace: string): UserRules {
    this.#bindings ??= [
      ...this.#objects.list(apiVersion, "ClusterRoleBinding"),
      ...this.#objects.list(apiVersion, "RoleBinding"),
    ].map((binding) => this.#read(binding));
    const granted: GrantedRule[] = [];
    const faults: string[] = [];
    for (const binding of this.#bindings) {
      if (binding.namespace !== "" && binding.namespace !== namespace) continue;
      const subject = binding.subjects.find((one) => isSubject(one, user));
      if (subject === undefined) continue;
      if (binding.fault !== "") faults.push(binding.fault);
      const by = `${binding.title} to ${describeSubject(subject)}`;
      granted.push(...binding.rules.map((rule) => ({ rule, by })));
    }
    return { granted, faults };
  }

  /** The rules of the role that a binding names, or undefined where there is none. */
  rulesOfRole(roleRef: JsonObject, namespace: string): readonly Rule[] | undefined {
    const [kind, name] = [textAt(roleRef, "kind"), textAt(roleRef, "name")];
    const place = kind === "Role" ? { namespace } : {};
    const role = this.#objects.get({ apiVersion, kind, name, ...place });
    return role && listAt(role, "rules").map(readRule);
  }

  #read(binding: KubeObject): Binding {
    const { name, namespace = "" } = binding.metadata;
    const roleRef = objectAt(binding, "roleRef");
    const rules = this.rulesOfRole(roleRef, namespace);
    const role = `${textAt(roleRef, "kind")} ${JSON.stringify(textAt(roleRef, "name"))}`;
    const own = namespace === "" ? name : `${name}/${namespace}`;
    return {
      namespace,
      title: `${binding.kind} ${JSON.stringify(own)} of ${role}`,
      subjects: listAt(binding, "subjects"),
      rules: rules ?? [],
      fault: rules ? "" : missingRole(roleRef),
    };
  }
}

export function missingRole(roleRef: JsonObject): string {
  const kind = textAt(roleRef, "kind").toLowerCase();
  return `${kind}.rbac.authorization.k8s.io ${JSON.stringify(textAt(roleRef, "name"))} not found`;
}

function isSubject(subject: Json, user: User): boolean {
  const [kind, name] = [textAt(subject, "kind"), textAt(subject, "name")];
  if (kind === "User") return name === user.name;
  if (kind === "Group") return groupsOf(user).includes(name);
  return (
    kind === "ServiceAccount" && user.name === `system:serviceaccount:${textAt(subject, "namespace")}:${name}`
  );
}

function describeSubject(subject: Json): string {
  const [kind, name] = [textAt(subject, "kind"), textAt(subject, "name")];
  const own = kind === "ServiceAccount" ? `${name}/${textAt(subject, "namespace")}` : name;
  return `${kind} ${JSON.stringify(own)}`;
}
