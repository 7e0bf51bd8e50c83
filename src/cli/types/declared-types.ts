/** The types that a host declares as propagated: its FederatedTypeConfigs, and which of them a word means. */
import { closestWord } from "../../kernel/suggestion.ts";
import { TYPE_CONFIGS } from "../../fleet/host-objects/host-types.ts";
import { type FederatedType, parseFederatedTypeConfig } from "../../fleet/host-objects/type-config.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { readAll } from "../../fleet/objects/read.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { preferredResource } from "../../fleet/watch/watched-resource.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { stepError, stepRefused } from "../clusters/step-error.ts";
import { definitionName } from "../federate/federated-names.ts";
import { findKinds, qualified } from "../membership/kinds.ts";

export type DeclaredType = FederatedType & {
  /** The FederatedTypeConfig. */
  readonly object: ApiObject;
};

type HostParts = {
  readonly host: ClusterConnection;
  /** Of the federation. */
  readonly namespace: string;
  readonly signal: AbortSignal;
};

/** Null: the host does not serve the kind, so nothing was ever enabled there. Those that cannot be read are left out. */
export async function declaredTypes({
  host,
  namespace,
  signal,
}: HostParts): Promise<readonly DeclaredType[] | null> {
  const resource = preferredResource(TYPE_CONFIGS);
  try {
    const objects = await readAll(host.transport, { resource, namespace }, { signal });
    return objects.flatMap((object) => {
      const { value } = parseFederatedTypeConfig(object);
      return value === null ? [] : [{ ...value, object }];
    });
  } catch (error) {
    if (refusalOf(error, resource).kind === "kind-not-served") return null;
    throw stepError(`${host.name}: FederatedTypeConfigs in ${namespace}`, error, resource.plural);
  }
}

/** As `declaredTypes`. Throws an OperationalError that names `fedns init` where the kind is not served. */
export async function requiredTypes(parts: HostParts): Promise<readonly DeclaredType[]> {
  const types = await declaredTypes(parts);
  if (types !== null) return types;
  throw stepRefused(
    `${parts.host.name}: FederatedTypeConfigs in ${parts.namespace}`,
    "this cluster is no host yet; run fedns init first",
  );
}

/**
 * The type that the word means: a name that `fedns enable` takes, or that of the federated type. Null: it is enabled under none of
 * them. Throws an OperationalError when the host cannot be asked what the word means.
 */
export async function findType(
  host: ClusterConnection,
  types: readonly DeclaredType[],
  word: string,
): Promise<DeclaredType | null> {
  const given = word.toLowerCase();
  const named = types.filter((type) => namesOf(type).includes(given));
  const [core = named[0]] = named.filter(({ targetType }) => targetType.group === "");
  if (core !== undefined) return core;
  const document = await host.discovery.kinds().catch((error: unknown) => {
    throw stepError(`${host.name}: discovery`, error);
  });
  const [kind] = findKinds(document.kinds, [word]).kinds;
  if (kind === undefined) return null;
  return (
    types.find(
      ({ name, federatedType: { group, pluralName: plural } }) =>
        name === qualified(kind) || definitionName({ group, plural }) === qualified(kind),
    ) ?? null
  );
}

/** The sentence for a word that means no enabled type. */
export function notEnabled(types: readonly DeclaredType[], word: string): string {
  const near = closestWord(
    word,
    types.map(({ name }) => name),
  );
  const cure =
    near === null
      ? types.length === 0
        ? "no type is enabled here; fedns enable makes one"
        : `enabled are ${types.map(({ name }) => name).join(", ")}`
      : `did you mean ${near}?`;
  return `no type ${JSON.stringify(word)} is enabled; ${cure}`;
}

function namesOf({ name, targetType, federatedType }: DeclaredType): readonly string[] {
  const { group, pluralName: plural } = federatedType;
  return [
    name,
    targetType.pluralName,
    targetType.kind.toLowerCase(),
    plural,
    federatedType.kind.toLowerCase(),
    definitionName({ group, plural }),
  ];
}
