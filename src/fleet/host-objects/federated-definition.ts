/**
 * What makes a kind a federated type, as objects of the host: the CustomResourceDefinition of its federated objects, and the
 * FederatedTypeConfig that has them propagated.
 *
 *   target               | federated objects
 *   in namespaces        | in namespaces: copies go to the namespace of the same name
 *   Namespace            | in the namespace that they are about
 *   of the whole cluster | of the whole cluster: rights in a namespace are not enough to make one
 */
import { CORE_GROUP, CORE_VERSION, SYSTEM_NAMESPACE } from "./host-types.ts";
import { FEDERATED_SCHEMA, SCALED_SCHEMA } from "./federated-schema.ts";
import { type ApiType, NAMESPACE_TYPE, typeConfigName } from "./type-config.ts";

/** A kind that is to be federated. */
export type FederatedTarget = ApiType & {
  /** Like kubectl's: "deploy"; null = it has none. */
  readonly shortName: string | null;
  /** It has `spec.replicas`. */
  readonly hasReplicas: boolean;
};

/** An object as it is sent. */
type HostManifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: Readonly<Record<string, unknown>>;
};

/** As KubeFed's own tool chose where nothing else was said. */
export const FEDERATED_GROUP = "types.kubefed.io";
export const FEDERATED_VERSION = "v1beta1";

/** The type of its federated objects. `group` and `version`: other ones than KubeFed's. */
export function federatedTypeOf(
  target: ApiType,
  {
    group = FEDERATED_GROUP,
    version = FEDERATED_VERSION,
  }: { readonly group?: string; readonly version?: string } = {},
): ApiType {
  const { kind, pluralName, isNamespaced } = target;
  return {
    group,
    version,
    kind: `Federated${kind}`,
    pluralName: `federated${pluralName}`,
    isNamespaced: isNamespaced || typeConfigName(target) === NAMESPACE_TYPE,
  };
}

export function federatedDefinition(
  { shortName, hasReplicas }: Pick<FederatedTarget, "shortName" | "hasReplicas">,
  federated: ApiType,
): HostManifest {
  const { group, version, kind, pluralName, isNamespaced } = federated;
  const names = {
    kind,
    listKind: `${kind}List`,
    plural: pluralName,
    singular: kind.toLowerCase(),
    ...(shortName !== null && { shortNames: [`f${shortName}`] }),
    categories: ["kubefed"],
  };
  const served = {
    name: version,
    served: true,
    storage: true,
    subresources: { status: {} },
    additionalPrinterColumns: COLUMNS,
    schema: { openAPIV3Schema: hasReplicas ? SCALED_SCHEMA : FEDERATED_SCHEMA },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${pluralName}.${group}` },
    spec: { group, scope: scopeOf(isNamespaced), names, versions: [served] },
  };
}

const COLUMNS = [
  { name: "propagated", type: "string", jsonPath: ".status.conditions[?(@.type=='Propagation')].status" },
  { name: "reason", type: "string", jsonPath: ".status.conditions[?(@.type=='Propagation')].reason" },
  { name: "age", type: "date", jsonPath: ".metadata.creationTimestamp" },
] as const;

/** Enabled. `collectsStatus`: the status of each copy is shown in the federated object. */
export function typeConfig(
  target: ApiType,
  federated: ApiType,
  {
    namespace = SYSTEM_NAMESPACE,
    collectsStatus,
  }: { readonly namespace?: string; readonly collectsStatus: boolean },
): HostManifest {
  return {
    apiVersion: `${CORE_GROUP}/${CORE_VERSION}`,
    kind: "FederatedTypeConfig",
    metadata: { name: typeConfigName(target), namespace },
    spec: {
      federatedType: resourceOf(federated),
      targetType: resourceOf(target),
      propagation: "Enabled",
      statusCollection: collectsStatus ? "Enabled" : "Disabled",
    },
  };
}

function resourceOf({
  group,
  version,
  kind,
  pluralName,
  isNamespaced,
}: ApiType): Readonly<Record<string, string>> {
  return { ...(group !== "" && { group }), version, kind, pluralName, scope: scopeOf(isNamespaced) };
}

function scopeOf(isNamespaced: boolean): "Namespaced" | "Cluster" {
  return isNamespaced ? "Namespaced" : "Cluster";
}
