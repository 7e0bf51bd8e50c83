/**
 * What the federated type of a kind is called, and its FederatedTypeConfig. KubeFed's names: those who know them find everything.
 *
 * | of deployments.apps | |
 * |---|---|
 * | FederatedTypeConfig | `deployments.apps`; `configmaps` for a kind of the core group |
 * | federated kind, plural | `FederatedDeployment`, `federateddeployments` |
 * | short names | `fdeploy`, one for each of the kind |
 * | scope | that of the kind, but a FederatedNamespace is in the namespace that it is about |
 */
import type { ServedKind } from "../../fleet/objects/discovery-document.ts";
import { qualified } from "../membership/kinds.ts";

/** A kind in the version in which it is placed in members. */
export type TargetKind = Pick<ServedKind, "group" | "kind" | "plural" | "isNamespaced" | "shortNames"> & {
  readonly version: string;
};

export type FederatedName = {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly isNamespaced: boolean;
  readonly shortNames: readonly string[];
};

/** As kubefedctl chose where nothing else was said. */
export const FEDERATED_GROUP = "types.kubefed.io";
export const FEDERATED_VERSION = "v1beta1";

/** The name of the FederatedTypeConfig of `namespaces`, whose federated objects bound all others. */
export const NAMESPACES_TYPE = "namespaces";

export function federatedName(
  target: TargetKind,
  { group, version }: Pick<FederatedName, "group" | "version">,
): FederatedName {
  return {
    group,
    version,
    kind: `Federated${target.kind}`,
    plural: `federated${target.plural}`,
    isNamespaced: target.isNamespaced || qualified(target) === NAMESPACES_TYPE,
    shortNames: target.shortNames.map((name) => `f${name}`),
  };
}

/** Of the CustomResourceDefinition. */
export function definitionName({ group, plural }: Pick<FederatedName, "group" | "plural">): string {
  return `${plural}.${group}`;
}
