/**
 * `fedns disable`: a kind is placed in members no more. Copies stay as they are: a reason that is lost is no order to delete. The
 * FederatedTypeConfig goes last, so that a command that failed goes on when it is run again.
 */
import type { Clock } from "../../kernel/clock.ts";
import { TYPE_CONFIGS } from "../../fleet/host-objects/host-types.ts";
import type { Resource } from "../../fleet/kube/resource.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { readAll } from "../../fleet/objects/read.ts";
import { preferredResource } from "../../fleet/watch/watched-resource.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { DEFINITION_KIND, DEFINITIONS } from "../clusters/definitions.ts";
import { clusterUid } from "../clusters/host.ts";
import { lockHolder } from "../clusters/lock-holder.ts";
import type { StepRunner } from "../clusters/runner.ts";
import { stepError, stepRefused } from "../clusters/step-error.ts";
import { definitionName } from "../federate/federated-names.ts";
import { NAMESPACE_TYPE } from "../../fleet/host-objects/type-config.ts";
import { ORPHAN_ANNOTATION } from "../federate/orphan.ts";
import { objectTitle } from "../membership/planned-object.ts";
import { type DeclaredType, findType, notEnabled, requiredTypes } from "./declared-types.ts";
import { finalizersToRemove, removeFinalizersOf } from "./finalizers.ts";
import { revokeType } from "./grant-type.ts";
import { untilLetGo } from "./let-go.ts";

type DisableOptions = {
  readonly runner: StepRunner;
  readonly host: ClusterConnection;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of the federation. */
  readonly namespace: string;
  readonly word: string;
  /** Removes the definition as well, and with it all federated objects of the type. */
  readonly withDefinition: boolean;
  /** Also when there are federated objects. */
  readonly isForced: boolean;
};

type TypeParts = { readonly type: DeclaredType; readonly key: ObjectKey; readonly federated: Resource };

export async function disable(options: DisableOptions): Promise<void> {
  const { host, namespace, word, signal, withDefinition } = options;
  const hostUid = await clusterUid(host, signal);
  const types = await requiredTypes(options);
  const type = await findType(host, types, word);
  if (type === null)
    throw stepRefused(`${host.name}: FederatedTypeConfigs in ${namespace}`, notEnabled(types, word));
  const { group, version, pluralName: plural } = type.federatedType;
  const federated = { group, version, plural };
  const key = { resource: preferredResource(TYPE_CONFIGS), namespace, name: type.name };
  const parts: TypeParts = { type, key, federated };
  const objects = await federatedObjects(parts, options);
  if (withDefinition && objects.length > 0 && !options.isForced) throw stillThere(parts, objects, options);
  await stopPropagation(parts, options);
  const pattern = finalizersToRemove(await lockHolder(options));
  const isLosing = withDefinition && objects.length > 0;
  if (objects.length > 0)
    await removeFinalizersOf({
      ...options,
      pattern,
      resource: federated,
      kind: type.federatedType.kind,
      // In case that something still places the type: the copies stay.
      ...(isLosing && { annotations: { [ORPHAN_ANNOTATION]: "true" } }),
    });
  await revokeType(federated, { ...options, hostUid });
  if (withDefinition) await removeDefinition(parts, options);
  await removeTypeConfig(parts, pattern, options);
  noteWhatStays(parts, objects.length, options);
}

/** None where the host does not serve the federated type any more. */
async function federatedObjects(
  { federated }: TypeParts,
  { host, signal }: DisableOptions,
): Promise<readonly ApiObject[]> {
  const step = `${host.name}: ${federated.plural}`;
  const found = await host.discovery.find(federated.group, federated.plural);
  if (found.state === "not-served") return [];
  if (found.state === "unknown") throw stepRefused(step, `${found.reason}; run the command again`);
  return readAll(host.transport, { resource: federated, namespace: "" }, { signal }).catch(
    (error: unknown) => {
      throw stepError(step, error, federated.plural);
    },
  );
}

function stillThere(
  { type, federated }: TypeParts,
  objects: readonly ApiObject[],
  { host }: DisableOptions,
): Error {
  const { namespace = "", name } = objects[0]?.metadata ?? { name: "" };
  const title = objectTitle(type.federatedType.kind, { namespace, name });
  const more = objects.length > 1 ? ` and ${objects.length - 1} more exist` : " exists";
  return stepRefused(
    `${host.name}: ${DEFINITION_KIND} ${definitionName(federated)}`,
    `${title}${more}, and would be deleted with it; delete them first, or use --force: their copies stay in the members`,
  );
}

async function stopPropagation({ type, key }: TypeParts, options: DisableOptions): Promise<void> {
  const { runner, host } = options;
  const title = objectTitle("FederatedTypeConfig", key);
  if (type.isPropagated) {
    const { uid, resourceVersion } = type.object.metadata;
    const patch = { metadata: { uid, resourceVersion }, spec: { propagation: "Disabled" } };
    try {
      if (!runner.isDryRun) await mergePatch(host.transport, key, patch, runner.writing);
    } catch (error) {
      throw stepError(`${host.name}: ${title}`, error, key.resource.plural);
    }
    runner.say(host.name, runner.isDryRun ? "would be set to Disabled" : "set to Disabled", title);
  }
  if (!runner.isDryRun) await untilLetGo({ ...options, key });
}

async function removeDefinition({ federated }: TypeParts, { runner, host }: DisableOptions): Promise<void> {
  const key = { resource: DEFINITIONS, namespace: "", name: definitionName(federated) };
  const object = await runner.read(host, DEFINITION_KIND, key);
  if (object === null) return;
  const isOurs = ({ metadata }: ApiObject): boolean => metadata.uid === object.metadata.uid;
  await runner.remove(host, { kind: DEFINITION_KIND, key, object, isOurs });
}

async function removeTypeConfig({ key }: TypeParts, pattern: RegExp, options: DisableOptions): Promise<void> {
  const { runner, host } = options;
  const kind = "FederatedTypeConfig";
  const object = await runner.read(host, kind, key);
  if (object === null) return;
  const isOurs = ({ metadata }: ApiObject): boolean => metadata.uid === object.metadata.uid;
  await runner.remove(host, { kind, key, object, isOurs });
  const left = runner.isDryRun ? null : await runner.read(host, kind, key);
  if (left !== null && isOurs(left))
    await removeFinalizersOf({ ...options, pattern, resource: key.resource, kind, only: key });
}

function noteWhatStays({ type }: TypeParts, count: number, { runner, withDefinition }: DisableOptions): void {
  const left =
    withDefinition || count === 0 ? "" : ` ${count} objects ${type.federatedType.kind} stay in the host.`;
  runner.note(`copies in the members stay as they are.${left}`);
  if (type.name === NAMESPACE_TYPE)
    runner.note(
      "no namespace is federated any more: objects in namespaces are not placed, and their copies stay",
    );
}
