/**
 * What the host orders for its members, from its federated objects alone. Written against the promises, without a look at how
 * copies are made.
 *
 *   federated object                    | copies
 *   deletion was asked for              | none
 *   placement.clusters                  | in those members
 *   placement.clusterSelector: {}       | in all of them
 *   in a namespace                      | only where its FederatedNamespace is placed as well
 *   overrides[].clusterName             | the value at the path is another one there
 */

export const FEDERATED_VERSION = "types.kubefed.io/v1beta1";
export const FEDERATED_KINDS: readonly string[] = [
  "FederatedNamespace",
  "FederatedConfigMap",
  "FederatedDeployment",
  "FederatedService",
];

export type Federated = {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
  };
  readonly spec: {
    readonly template: Tree;
    readonly placement: { readonly clusters?: readonly { readonly name: string }[] };
    readonly overrides?: readonly {
      readonly clusterName: string;
      readonly clusterOverrides: readonly { readonly path: string; readonly value: unknown }[];
    }[];
  };
};

type Tree = { readonly [field: string]: unknown };

/** `namespace` "": the copy is in none. */
export type CopyRef = { readonly kind: string; readonly namespace: string; readonly name: string };
export type WantedCopy = { readonly member: string; readonly ref: CopyRef; readonly content: Tree };

export function copyRefOf({ kind, metadata: { namespace, name } }: Federated): CopyRef {
  const target = kind.replace(/^Federated/, "");
  return { kind: target, namespace: target === "Namespace" ? "" : namespace, name };
}

export function idOf(member: string, { kind, namespace, name }: CopyRef): string {
  return `${member}: ${kind} ${namespace}/${name}`;
}

/** By id. */
export function wantedCopies(
  objects: readonly Federated[],
  members: readonly string[],
): ReadonlyMap<string, WantedCopy> {
  const present = objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const wanted = new Map<string, WantedCopy>();
  for (const object of present)
    for (const member of placesOf(object, present, members)) {
      const ref = copyRefOf(object);
      wanted.set(idOf(member, ref), { member, ref, content: contentFor(object, member) });
    }
  return wanted;
}

/** The members in which an object is placed. */
export function placesOf(
  object: Federated,
  present: readonly Federated[],
  members: readonly string[],
): readonly string[] {
  const own = chosen(object, members);
  if (object.kind === "FederatedNamespace") return own;
  const bound = present.find(
    ({ kind, metadata }) => kind === "FederatedNamespace" && metadata.name === object.metadata.namespace,
  );
  return bound === undefined ? [] : own.filter((name) => chosen(bound, members).includes(name));
}

function chosen({ spec: { placement } }: Federated, members: readonly string[]): readonly string[] {
  const { clusters } = placement;
  return clusters === undefined
    ? members
    : members.filter((name) => clusters.some((cluster) => cluster.name === name));
}

function contentFor({ spec: { template, overrides = [] } }: Federated, member: string): Tree {
  const content = structuredClone(template) as Record<string, unknown>;
  for (const { clusterName, clusterOverrides } of overrides)
    if (clusterName === member)
      for (const { path, value } of clusterOverrides) set(content, path.split("/").slice(1), value);
  return content;
}

function set(tree: Record<string, unknown>, [field = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) tree[field] = value;
  else set((tree[field] ??= {}) as Record<string, unknown>, rest, value);
}

/** Whether everything that is wanted is there; what a member adds is its own. */
export function holds(actual: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(actual) &&
      actual.length === wanted.length &&
      wanted.every((value, i) => holds(actual[i], value))
    );
  if (typeof wanted !== "object" || wanted === null) return actual === wanted;
  if (typeof actual !== "object" || actual === null) return false;
  return Object.entries(wanted).every(([field, value]) => holds((actual as Tree)[field], value));
}
