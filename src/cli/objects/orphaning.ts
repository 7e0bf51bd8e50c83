/** `fedns orphaning-deletion`: whether the copies of one federated object stay when it is deleted. */
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import type { StepRunner } from "../clusters/runner.ts";
import { stepError, stepRefused } from "../clusters/step-error.ts";
import { NAMESPACE_TYPE } from "../../fleet/host-objects/type-config.ts";
import { isOrphaning, ORPHAN_ANNOTATION } from "../federate/orphan.ts";
import { objectTitle } from "../membership/planned-object.ts";
import { findType, notEnabled, requiredTypes } from "../types/declared-types.ts";

type OrphaningOptions = {
  readonly runner: StepRunner;
  readonly host: ClusterConnection;
  readonly signal: AbortSignal;
  /** Of the federation. */
  readonly namespace: string;
  readonly word: string;
  readonly name: string;
  readonly objectNamespace: string | undefined;
};

/** A status may be written between the read and the patch. */
const TRIES = 3;

type Found = { readonly key: ObjectKey; readonly kind: string; readonly object: ApiObject };

/** What is in force now. Throws an OperationalError when there is no such federated object. */
export async function orphaningOf(options: OrphaningOptions): Promise<boolean> {
  const { object } = await find(options);
  return isOrphaning(object);
}

export async function setOrphaning(isWanted: boolean, options: OrphaningOptions): Promise<void> {
  const { runner, host } = options;
  const { key, kind, object } = await find(options);
  const title = objectTitle(kind, key);
  for (let attempt = 1, current: ApiObject | null = object; current !== null; attempt++) {
    if (isOrphaning(current) === isWanted) {
      const before = isWanted ? "orphans its copies already" : "does not orphan its copies anyway";
      runner.say(host.name, attempt === 1 ? before : isWanted ? ORPHANS : DELETES, title);
      return;
    }
    if (isWanted && current.metadata.deletionTimestamp !== undefined)
      runner.note(`${title} is being deleted: copies that are gone already stay gone`);
    const { uid, resourceVersion } = current.metadata;
    const annotations = { [ORPHAN_ANNOTATION]: isWanted ? "true" : null };
    try {
      const patch = { metadata: { uid, resourceVersion, annotations } };
      await mergePatch(host.transport, key, patch, { ...runner.writing, isDryRun: runner.isDryRun });
      runner.say(host.name, isWanted ? ORPHANS : DELETES, title);
      return;
    } catch (error) {
      const refusal = refusalOf(error, { plural: key.resource.plural });
      if (refusal.kind !== "stale" || attempt === TRIES)
        throw stepError(`${host.name}: ${title}`, error, key.resource.plural);
      current = await runner.read(host, kind, key);
    }
  }
}

const ORPHANS = "orphans its copies: they stay in the members when it is deleted";
const DELETES = "does not orphan its copies: they are deleted with it";

async function find(options: OrphaningOptions): Promise<Found> {
  const { runner, host, namespace, word, name, objectNamespace } = options;
  const types = await requiredTypes(options);
  const type = await findType(host, types, word);
  if (type === null)
    throw stepRefused(`${host.name}: FederatedTypeConfigs in ${namespace}`, notEnabled(types, word));
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
  if (object !== null) return { key, kind, object };
  const cure = `fedns federate ${type.name} ${name}${type.targetType.isNamespaced ? ` -n ${String(within)}` : ""} makes it`;
  throw stepRefused(
    step,
    `there is no such federated object${isNamespaced ? ` in ${String(within)}` : ""}; ${cure}`,
  );
}
