/** The FederatedTypeConfig of a kind: that objects of its federated type are placed in members. */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { typeConfig } from "../../fleet/host-objects/federated-definition.ts";
import type { FederatedType } from "../../fleet/host-objects/type-config.ts";
import { TYPE_CONFIGS } from "../../fleet/host-objects/host-types.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { preferredResource } from "../../fleet/watch/watched-resource.ts";
import { qualified } from "../membership/kinds.ts";
import type { PlannedObject } from "../membership/planned-object.ts";
import { apiTypeOf, definitionName, type FederatedName, type TargetKind } from "./federated-names.ts";

export type TypePlan = {
  readonly target: TargetKind;
  readonly federated: FederatedName;
  /** The kind has `spec.replicas`. */
  readonly hasReplicas: boolean;
  /** The status of each copy is shown in the federated object; null = as the FederatedTypeConfig says. */
  readonly collectsStatus: boolean | null;
};

type ConfigPlan = TypePlan & {
  /** Of the federation. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Null: there is none yet. */
  readonly before: ApiObject | null;
};

/** One of KubeFed is adopted, and keeps what is not set here. */
export function typeConfigObject(plan: ConfigPlan): PlannedObject {
  const { target, federated, namespace, labels, before } = plan;
  const collectsStatus = plan.collectsStatus ?? specOf(before)["statusCollection"] === "Enabled";
  const config = typeConfig(apiTypeOf(target), apiTypeOf(federated), { namespace, collectsStatus });
  return {
    key: { resource: preferredResource(TYPE_CONFIGS), namespace, name: config.metadata.name },
    manifest: { kind: config.kind, metadata: { labels }, spec: config.spec },
    ifForeign: "adopt",
  };
}

/** For people: what an apply of `planned` changes, like `propagation from Disabled to Enabled`. */
export function changesOf(before: ApiObject, { manifest }: PlannedObject): readonly string[] {
  return differences(specOf(before), manifest["spec"], []);
}

function differences(before: unknown, after: unknown, path: readonly string[]): readonly string[] {
  if (isRecord(after))
    return Object.entries(after).flatMap(([name, value]) =>
      differences(isRecord(before) ? before[name] : undefined, value, [...path, name]),
    );
  if (before === after) return [];
  return [`${path.join(".")} from ${shown(before)} to ${shown(after)}`];
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "nothing" : JSON.stringify(value);
}

/**
 * Why this type cannot be enabled beside the others, with the cure; null = it can. Two kinds whose plurals are the same, in two
 * groups, would have one federated type.
 */
export function conflictOf(
  { target, federated }: Pick<TypePlan, "target" | "federated">,
  enabled: readonly FederatedType[],
): string | null {
  const own = enabled.find(({ name }) => name === qualified(target));
  const wanted = definitionName(federated);
  if (own !== undefined) {
    const { group, pluralName: plural, version } = own.federatedType;
    const isSame = definitionName({ group, plural }) === wanted && version === federated.version;
    return isSame
      ? null
      : `it is enabled as ${definitionName({ group, plural })} ${version}; run fedns disable ${own.name} first to give it another federated type`;
  }
  const other = enabled.find(
    ({ federatedType: { group, pluralName: plural } }) => definitionName({ group, plural }) === wanted,
  );
  return other === undefined
    ? null
    : `${wanted} is the federated type of ${other.name} already; choose another group with --federated-group`;
}

function specOf(object: ApiObject | null): Readonly<Record<string, unknown>> {
  return isRecord(object?.["spec"]) ? object["spec"] : {};
}
