/** The types that are propagated in the simulation, and the definitions of their federated objects. */
import { resourcesOf } from "../../../src/sandbox/custom/resources.ts";
import type { KubeObject } from "../../../src/sandbox/object/object.ts";
import type { ApiResource } from "../../../src/sandbox/store/resource.ts";
import { type PropagatedType, targetTypeOf } from "../../../src/propagate/objects/propagated-type.ts";
import { definition, TYPES } from "../../propagate/rig.ts";

export const ALL_TYPES: readonly PropagatedType[] = Object.values(TYPES);

export const FEDERATED_RESOURCES: readonly ApiResource[] = ALL_TYPES.flatMap((type) =>
  resourcesOf(definition(type) as KubeObject),
);

const FEDERATED_KINDS: Readonly<Record<string, string>> = {
  namespaces: "FederatedNamespace",
  configmaps: "FederatedConfigMap",
  "deployments.apps": "FederatedDeployment",
};

export function federatedKindOf({ name }: PropagatedType): string {
  return FEDERATED_KINDS[name] as string;
}

export function typeOf(name: string): PropagatedType {
  return TYPES[name as keyof typeof TYPES];
}

/** The type whose federated objects, or whose copies, these are; undefined = none. */
export function typeOfFederated(plural: string): PropagatedType | undefined {
  return ALL_TYPES.find(({ federated }) => federated.plural === plural);
}

export function typeOfCopies(plural: string): PropagatedType | undefined {
  return ALL_TYPES.find(({ target }) => target.plural === plural);
}

export function pathOfCopies({ target }: PropagatedType, namespace: string): string {
  const { group, version, plural, isNamespaced } = target;
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return isNamespaced ? `${root}/namespaces/${namespace}/${plural}` : `${root}/${plural}`;
}

export function pathOfFederated({ federated }: PropagatedType, namespace: string): string {
  return `/apis/${federated.group}/${federated.version}/namespaces/${namespace}/${federated.plural}`;
}

export function apiVersionOfCopies(type: PropagatedType): string {
  return targetTypeOf(type).apiVersion;
}
