/** An object that a command wants to have in a cluster. */
import type { Resource } from "../../fleet/kube/resource.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import type { ObjectContent } from "../../fleet/objects/write.ts";

/**
 * What happens when there is an object of this name that fedns did not make. `keep`: it stays as it is and counts as done.
 * `adopt`: fedns takes the fields that it sets. `refuse`: the command ends.
 */
type IfForeign = "keep" | "adopt" | "refuse";

export type PlannedObject = {
  readonly key: ObjectKey;
  readonly manifest: ObjectContent;
  readonly ifForeign: IfForeign;
};

const CORE = { group: "", version: "v1" } as const;
const RBAC = { group: "rbac.authorization.k8s.io", version: "v1" } as const;

type BuiltIn =
  | "Namespace"
  | "ServiceAccount"
  | "Secret"
  | "ClusterRole"
  | "ClusterRoleBinding"
  | "Role"
  | "RoleBinding";

/** The built-in kinds that commands make, with their places in the API. */
export const BUILT_IN: Readonly<Record<BuiltIn, Resource>> = {
  Namespace: { ...CORE, plural: "namespaces" },
  ServiceAccount: { ...CORE, plural: "serviceaccounts" },
  Secret: { ...CORE, plural: "secrets" },
  ClusterRole: { ...RBAC, plural: "clusterroles" },
  ClusterRoleBinding: { ...RBAC, plural: "clusterrolebindings" },
  Role: { ...RBAC, plural: "roles" },
  RoleBinding: { ...RBAC, plural: "rolebindings" },
};

type PlanOptions = {
  readonly namespace?: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly ifForeign?: IfForeign;
};

export function planned(kind: BuiltIn, options: PlanOptions): PlannedObject {
  const { namespace = "", name, labels, fields = {}, ifForeign = "refuse" } = options;
  return {
    key: { resource: BUILT_IN[kind], namespace, name },
    manifest: { kind, metadata: { labels }, ...fields },
    ifForeign,
  };
}

export type Subject = { readonly namespace: string; readonly name: string };

type GrantOptions = Omit<PlanOptions, "fields"> & {
  readonly rules: readonly unknown[];
  readonly subject: Subject;
};

/** A role and its binding to a service account: a ClusterRole, or with a namespace a Role. */
export function granted({ rules, subject, ...options }: GrantOptions): readonly PlannedObject[] {
  const isClusterWide = options.namespace === undefined;
  const role = isClusterWide ? "ClusterRole" : "Role";
  const roleRef = { apiGroup: RBAC.group, kind: role, name: options.name };
  const subjects = [{ kind: "ServiceAccount", ...subject }];
  return [
    planned(role, { ...options, fields: { rules } }),
    planned(isClusterWide ? "ClusterRoleBinding" : "RoleBinding", {
      ...options,
      fields: { roleRef, subjects },
    }),
  ];
}

/** For people: `ClusterRole fedns-1a2b3c4d`, `Secret kube-federation-system/us-west`. */
export function objectTitle(
  kind: string,
  { namespace, name }: Pick<ObjectKey, "namespace" | "name">,
): string {
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}
