/** A kind as discovery and commands see it, and the federated type that it gets. */
import { federatedTypeOf } from "../../fleet/host-objects/federated-definition.ts";
import type { ApiType } from "../../fleet/host-objects/type-config.ts";
import type { ServedKind } from "../../fleet/objects/discovery-document.ts";

/** A kind in the version in which it is placed in members. */
export type TargetKind = Pick<ServedKind, "group" | "kind" | "plural" | "isNamespaced" | "shortNames"> & {
  readonly version: string;
};

export type FederatedName = Omit<TargetKind, "shortNames"> & {
  /** Of the kind, as far as the federated type can have it: `deploy` for `fdeploy`. */
  readonly shortName: string | null;
};

/** `isFree`: whether no other kind has the short name. */
export function federatedName(
  target: TargetKind,
  { group, version }: Pick<FederatedName, "group" | "version">,
  isFree: (shortName: string) => boolean,
): FederatedName {
  const { pluralName: plural, ...names } = federatedTypeOf(apiTypeOf(target), { group, version });
  const shortName = target.shortNames.find((name) => isFree(`f${name}`)) ?? null;
  return { ...names, plural, shortName };
}

export function apiTypeOf({
  group,
  version,
  kind,
  plural,
  isNamespaced,
}: Omit<TargetKind, "shortNames">): ApiType {
  return { group, version, kind, pluralName: plural, isNamespaced };
}

/** Of the CustomResourceDefinition. */
export function definitionName({ group, plural }: Pick<FederatedName, "group" | "plural">): string {
  return `${plural}.${group}`;
}
