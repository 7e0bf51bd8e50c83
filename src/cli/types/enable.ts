/**
 * `fedns enable`: makes a kind one that is placed in members. Everything is checked before anything is written; then, for each
 * kind, in this order: the rights of fedns, the definition of the federated type, the FederatedTypeConfig that says to propagate.
 */
import type { Clock } from "../../kernel/clock.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import {
  FEDERATED_GROUP,
  FEDERATED_VERSION,
  federatedDefinition,
} from "../../fleet/host-objects/federated-definition.ts";
import { NAMESPACE_TYPE } from "../../fleet/host-objects/type-config.ts";
import { CONFIG_NAME, CONFIGS } from "../../fleet/host-objects/host-types.ts";
import { preferredResource } from "../../fleet/watch/watched-resource.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { DEFINITION_KIND, DEFINITIONS, installDefinition } from "../clusters/definitions.ts";
import { clusterUid } from "../clusters/host.ts";
import type { StepRunner } from "../clusters/runner.ts";
import { stepRefused } from "../clusters/step-error.ts";
import type { EnableRequest } from "../federate/enable-directive.ts";
import {
  apiTypeOf,
  definitionName,
  federatedName,
  type FederatedName,
  type TargetKind,
} from "../federate/federated-names.ts";
import { changesOf, conflictOf, typeConfigObject, type TypePlan } from "../federate/type-config.ts";
import { hostLabels } from "../membership/init-objects.ts";
import { qualified } from "../membership/kinds.ts";
import { type DeclaredType, declaredTypes, requiredTypes } from "./declared-types.ts";
import { grantType } from "./grant-type.ts";
import { hasReplicas, targetKind } from "./target-kind.ts";

export type EnableOptions = {
  readonly runner: StepRunner;
  readonly host: ClusterConnection;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of the federation. */
  readonly namespace: string;
  readonly requests: readonly EnableRequest[];
  /** Null = as it is; not collected where the type is new. */
  readonly collectsStatus: boolean | null;
};

/** Throws an OperationalError before the first write when one of the kinds cannot be enabled. */
export async function enable(options: EnableOptions): Promise<void> {
  await carryOut(await planTypes(options), options);
}

/** Nothing is written. */
export async function planTypes(options: EnableOptions): Promise<readonly TypePlan[]> {
  const { host, runner, requests, signal, collectsStatus } = options;
  const enabled = runner.isDryRun ? ((await declaredTypes(options)) ?? []) : await requiredTypes(options);
  const plans: TypePlan[] = [];
  for (const request of requests) {
    const { word, targetVersion } = request;
    const found = await targetKind(host, word, targetVersion);
    if (plans.some(({ target }) => qualified(target) === qualified(found))) continue;
    const own = enabled.find(({ name }) => name === qualified(found));
    const target = targetVersion === undefined ? await inStoredVersion(host, found, own) : found;
    const federated = await namedFor(target, request, own, host);
    const conflict = conflictOf({ target, federated }, enabled);
    if (conflict !== null) throw stepRefused(`${host.name}: kind ${word}`, conflict);
    await refuseForeign(host, federated, options);
    plans.push({ target, federated, hasReplicas: await hasReplicas(host, target, signal), collectsStatus });
  }
  return plans;
}

/** A version that is propagated already stays as long as the host serves it: the template is written for it. */
async function inStoredVersion(
  host: ClusterConnection,
  found: TargetKind,
  own: DeclaredType | undefined,
): Promise<TargetKind> {
  if (own === undefined || own.targetType.version === found.version) return found;
  return targetKind(host, qualified(found), own.targetType.version).catch(() => found);
}

/** As the FederatedTypeConfig has it, unless the request says otherwise. Short names that other kinds have are left out. */
async function namedFor(
  target: TargetKind,
  request: EnableRequest,
  own: DeclaredType | undefined,
  host: ClusterConnection,
): Promise<FederatedName> {
  const group = request.group ?? own?.federatedType.group ?? FEDERATED_GROUP;
  const version = request.version ?? own?.federatedType.version ?? FEDERATED_VERSION;
  const name = definitionName({ group, plural: `federated${target.plural}` });
  const { kinds } = await host.discovery.kinds();
  const others = kinds.filter((kind) => qualified(kind) !== name);
  const isFree = (word: string): boolean => !others.some(({ shortNames }) => shortNames.includes(word));
  return federatedName(target, { group, version }, isFree);
}

/** A definition of that name that is another one, or is about to go. */
async function refuseForeign(
  host: ClusterConnection,
  federated: FederatedName,
  { runner }: EnableOptions,
): Promise<void> {
  const name = definitionName(federated);
  const installed = await runner.read(host, DEFINITION_KIND, { resource: DEFINITIONS, namespace: "", name });
  if (installed === null) return;
  const step = `${host.name}: ${DEFINITION_KIND} ${name}`;
  if (installed.metadata.deletionTimestamp !== undefined)
    throw stepRefused(step, "it is being deleted; wait until it is gone and run the command again");
  const spec = isRecord(installed["spec"]) ? installed["spec"] : {};
  const kind = isRecord(spec["names"]) ? spec["names"]["kind"] : undefined;
  const isNamespaced = spec["scope"] === "Namespaced";
  if (kind !== federated.kind || isNamespaced !== federated.isNamespaced)
    throw stepRefused(
      step,
      `it defines ${String(kind)}, ${String(spec["scope"])}, and not ${federated.kind}; choose another group with --federated-group`,
    );
}

/** The steps of plans that were checked. */
export async function carryOut(plans: readonly TypePlan[], options: EnableOptions): Promise<void> {
  const { host, signal, runner } = options;
  const labels = hostLabels(await clusterUid(host, signal));
  const isNamespaced = await isNamespacedFederation(options);
  for (const plan of plans) {
    const onlyNamespace = isNamespaced ? options.namespace : null;
    if (plan.federated.group !== FEDERATED_GROUP)
      await grantType(plan.federated, { ...options, labels, onlyNamespace });
    const { shortName } = plan.federated;
    const { metadata, spec } = federatedDefinition(
      { shortName, hasReplicas: plan.hasReplicas },
      apiTypeOf(plan.federated),
    );
    await installDefinition(host, { name: metadata.name, spec, isLoosened: true }, { ...options, labels });
    await declare(plan, labels, options);
    if (isNamespaced && !plan.target.isNamespaced)
      runner.note(
        `${qualified(plan.target)} are not in a namespace: this federation, which has one, does not place them`,
      );
  }
  await noteNamespaces(plans, isNamespaced, options);
}

async function declare(
  plan: TypePlan,
  labels: Readonly<Record<string, string>>,
  options: EnableOptions,
): Promise<void> {
  const { runner, host, namespace } = options;
  const types = await declaredTypes(options);
  const before = types?.find(({ name }) => name === qualified(plan.target))?.object ?? null;
  const planned = typeConfigObject({ ...plan, namespace, labels, before });
  // Only a dry run comes here without a host.
  if (types === null) {
    runner.show(planned);
    runner.say(host.name, "would be created", `FederatedTypeConfig ${namespace}/${planned.key.name}`);
    return;
  }
  const changes = before === null ? [] : changesOf(before, planned);
  if (changes.length > 0) runner.note(`FederatedTypeConfig ${planned.key.name}: ${changes.join(", ")}`);
  await runner.apply(host, planned);
}

/** The federation has one namespace, and places what is in it. */
export async function isNamespacedFederation({
  host,
  namespace,
  runner,
}: Pick<EnableOptions, "host" | "namespace" | "runner">): Promise<boolean> {
  const key = { resource: preferredResource(CONFIGS), namespace, name: CONFIG_NAME };
  const config = await runner.read(host, "KubeFedConfig", key).catch((error: unknown) => {
    if (runner.isDryRun) return null;
    throw error;
  });
  return isRecord(config?.["spec"]) && config["spec"]["scope"] === "Namespaced";
}

async function noteNamespaces(
  plans: readonly TypePlan[],
  isNamespaced: boolean,
  options: EnableOptions,
): Promise<void> {
  const { runner } = options;
  const needing = plans.find(({ target }) => target.isNamespaced);
  if (isNamespaced || needing === undefined) return;
  const types = await declaredTypes(options);
  const isThere = types?.some(({ name, isPropagated }) => name === NAMESPACE_TYPE && isPropagated);
  const isPlanned = plans.some(({ target }) => qualified(target) === NAMESPACE_TYPE);
  if (isThere !== true && !isPlanned)
    runner.note(
      `namespaces are not enabled: nothing in a namespace is placed before fedns enable namespaces, and a FederatedNamespace in it`,
    );
}
