/**
 * Which types are placed in members, and what else the FederatedTypeConfigs of the host say about federated objects:
 *
 *   propagation | the FederatedTypeConfig        | the type
 *   Enabled     | lives                          | is placed
 *   Enabled     | is being deleted, with copies  | is placed, as if all its objects were being deleted
 *   Enabled     | is being deleted, copies stay  | is not
 *   Disabled    | any                            | is not
 */
import type { HostCluster } from "../../fleet/host-cluster/host-cluster.ts";
import type { FederatedType } from "../../fleet/host-objects/type-config.ts";
import type { TypeState } from "../../fleet/host-objects/type-state.ts";
import type { PropagatedType } from "../../propagate/objects/propagated-type.ts";
import type { TypeClaims } from "../../propagate/retire/lost-types.ts";

type States = ReadonlyMap<string, TypeState>;

/** KubeFed's group, in which there may be federated types although no FederatedTypeConfig is left. */
const STANDARD_GROUP = "types.kubefed.io";

export function isPlaced({ name, isPropagated }: FederatedType, states: States): boolean {
  const { deletedMs = null, copies = "orphan" } = states.get(name) ?? {};
  return isPropagated && (deletedMs === null || copies === "delete");
}

export function placedTypes(types: readonly FederatedType[], states: States): readonly PropagatedType[] {
  return types
    .filter((type) => isPlaced(type, states))
    .map((type) => {
      const endedMs = states.get(type.name)?.deletedMs ?? null;
      return { ...propagated(type), ...(endedMs !== null && { endedMs }) };
    });
}

/** A FederatedTypeConfig that was not read is not there. */
export function areTypesKnown({ typeConfigs: { state, watch } }: HostCluster["watches"]): boolean {
  return state === "not served here" || (watch?.isSynced === true && watch.blindSinceMs === null);
}

export function claimsOf(types: readonly FederatedType[], states: States): TypeClaims {
  const named = [...states.values()].flatMap(({ federated }) => federated ?? []);
  const usable = types.map(({ federatedType: { group, pluralName } }) => `${pluralName}.${group}`);
  const isSwitchedOff = ({ name, isPropagated }: FederatedType): boolean =>
    !isPropagated && states.get(name)?.deletedMs === null;
  return {
    claimed: new Set([...named, ...usable]),
    disabled: new Map(
      types.filter(isSwitchedOff).map((type) => [type.name, propagated(type).federated] as const),
    ),
    groups: new Set([STANDARD_GROUP, ...types.map(({ federatedType }) => federatedType.group)]),
  };
}

export function propagated({
  name,
  federatedType,
  targetType,
  collectsStatus,
}: FederatedType): PropagatedType {
  const { group, version, pluralName: plural, kind, isNamespaced } = targetType;
  return {
    name,
    federated: {
      group: federatedType.group,
      version: federatedType.version,
      plural: federatedType.pluralName,
      kind: federatedType.kind,
    },
    target: { group, version, plural, kind, isNamespaced },
    collectsStatus,
  };
}
