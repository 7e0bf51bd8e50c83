/** The FederatedNamespaces of the host, and what hangs on them: where the objects in a namespace may go, and what goes with it. */
import type { ParsedObject } from "../federated/federated-object.ts";
import type { NamespaceBound, PlaceableCluster } from "../placement/placement.ts";
import type { HostObjects } from "./host-objects.ts";
import { boundOf } from "./namespace-bound.ts";
import { NAMESPACES, type PropagatedType } from "./propagated-type.ts";

type FederatedNamespacesOptions = {
  readonly objects: HostObjects;
  readonly types: ReadonlyMap<string, PropagatedType>;
  /** That of the control plane, which is not federated. */
  readonly ownNamespace: string;
  /** Null = the control plane is global. */
  readonly onlyNamespace: string | null;
  /** Of all members, one and the same list while none comes, changes or goes. */
  readonly clusters: () => readonly PlaceableCluster[];
};

export class FederatedNamespaces {
  readonly #options: FederatedNamespacesOptions;

  constructor(options: FederatedNamespacesOptions) {
    this.#options = options;
  }

  /** `key`: "namespace/name" of a federated object. */
  boundOf(type: PropagatedType, key: string): NamespaceBound {
    const { ownNamespace, onlyNamespace, clusters } = this.#options;
    return boundOf(type, key, {
      ownNamespace,
      onlyNamespace,
      clusters: clusters(),
      federatedNamespace: (namespace) => this.#of(namespace),
    });
  }

  /** Wall ms of the order to delete the namespaces in the members that the copies are in; null = there is none. */
  takenAlongMs(type: string, key: string): number | null {
    const namespace = namespaceOf(key);
    if (type === NAMESPACES || namespace === "") return null;
    const parsed = this.#of(namespace);
    if (parsed === null || "problem" in parsed || parsed.object.orphan === true) return null;
    return parsed.object.deletedMs;
  }

  /** Rows of what is in the namespace of a FederatedNamespace, in the host or in a member. */
  *contentsOf(key: string): Iterable<number> {
    const { types, objects } = this.#options;
    for (const { name, target } of types.values())
      if (name !== NAMESPACES && target.isNamespaced) yield* objects.rowsIn(name, namespaceOf(key));
  }

  #of(namespace: string): ParsedObject | null {
    const { objects } = this.#options;
    const row = objects.rowOf({ type: NAMESPACES, key: `${namespace}/${namespace}` });
    return row === undefined ? null : (objects.read(row)?.parsed ?? null);
  }
}

/** "": in none. */
export function namespaceOf(key: string): string {
  return key.slice(0, key.indexOf("/"));
}
