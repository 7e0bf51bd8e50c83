/** The federated object that a person means by a kind and a name, in the host. */
import { NAMESPACE_TYPE } from "../../fleet/host-objects/type-config.ts";
import { PLAIN_KINDS } from "../../propagate/plain/plain-kinds.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import type { StepRunner } from "../clusters/runner.ts";
import { stepRefused } from "../clusters/step-error.ts";
import { findType, notEnabled, requiredTypes } from "../types/declared-types.ts";

export type FindOptions = {
  readonly runner: StepRunner;
  readonly host: ClusterConnection;
  readonly signal: AbortSignal;
  /** Of the federation. */
  readonly namespace: string;
  readonly word: string;
  readonly name: string;
  readonly objectNamespace: string | undefined;
  /** Plain objects of Federation v1 are meant as well. Absent = they are not. */
  readonly isPlainToo?: boolean;
};

export type FoundObject = {
  /** Name of the FederatedTypeConfig, or what it would be: "deployments.apps". */
  readonly type: string;
  /** Of the copies. */
  readonly copyKind: string;
  /** A plain object of Federation v1. */
  readonly isPlain: boolean;
  readonly key: ObjectKey;
  readonly kind: string;
  readonly object: ApiObject;
};

/** Throws an OperationalError when there is none, with the cure. */
export async function findFederated(options: FindOptions): Promise<FoundObject> {
  const { runner, host, namespace, word, name, objectNamespace } = options;
  const types = await requiredTypes(options);
  const type = await findType(host, types, word);
  if (type === null) {
    const plain = await findPlain(options, word);
    if (plain !== null) return plain;
    throw stepRefused(`${host.name}: FederatedTypeConfigs in ${namespace}`, notEnabled(types, word));
  }
  const { group, version, pluralName: plural, kind, isNamespaced } = type.federatedType;
  const within = type.name === NAMESPACE_TYPE ? name : objectNamespace;
  const step = `${host.name}: ${kind} ${name}`;
  if (isNamespaced && within === undefined) throw stepRefused(step, "name its namespace with -n");
  const key = {
    resource: { group, version, plural },
    namespace: isNamespaced ? (within ?? "") : "",
    name,
  };
  const object = await runner.read(host, kind, key);
  const copyKind = type.targetType.kind;
  if (object !== null) return { type: type.name, copyKind, isPlain: false, key, kind, object };
  const plain = await findPlain(options, type.name);
  if (plain !== null) return plain;
  const cure = `fedns federate ${type.name} ${name}${type.targetType.isNamespaced ? ` -n ${String(within)}` : ""} makes it`;
  throw stepRefused(
    step,
    `there is no such federated object${isNamespaced ? ` in ${String(within)}` : ""}; ${cure}`,
  );
}

/** An object of the copies' own kind, which annotations of Federation v1 make federated. Null = there is none. */
async function findPlain(
  { runner, host, name, objectNamespace, isPlainToo = false }: FindOptions,
  word: string,
): Promise<FoundObject | null> {
  if (!isPlainToo) return null;
  const given = word.toLowerCase();
  const plain = PLAIN_KINDS.find(({ name: type, target: { kind, plural } }) =>
    [type, plural, kind.toLowerCase()].includes(given),
  );
  if (plain === undefined) return null;
  const { isNamespaced, kind, ...resource } = plain.target;
  if (isNamespaced && objectNamespace === undefined) return null;
  const key = { resource, namespace: isNamespaced ? (objectNamespace ?? "") : "", name };
  const object = await runner.read(host, kind, key);
  return object === null ? null : { type: plain.name, copyKind: kind, isPlain: true, key, kind, object };
}
