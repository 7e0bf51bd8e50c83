/**
 * `fedns federate`: makes federated objects of objects. What can be checked is checked for all of them before the first write; a
 * command that failed on the way goes on when it is run again, since what is federated already is left out.
 *
 *     gather ──> plan: types, names, templates ──> check: the API server tries each ──> enable what is missing ──> create
 */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { CLUSTER_NAMESPACES } from "../../propagate/reconcile/namespace-bound.ts";
import { stepRefused } from "../clusters/step-error.ts";
import { NAMESPACE_TYPE } from "../../fleet/host-objects/type-config.ts";
import { skipReason } from "../federate/skip-reason.ts";
import { qualified } from "../membership/kinds.ts";
import { objectTitle, type PlannedObject } from "../membership/planned-object.ts";
import { type DeclaredType, declaredTypes, requiredTypes } from "../types/declared-types.ts";
import { carryOut, isNamespacedFederation } from "../types/enable.ts";
import {
  type ObjectCandidate,
  contentsOf,
  type GatheredObjects,
  namedObject,
  objectsIn,
} from "./candidates.ts";
import type { FederateOptions } from "./federate-options.ts";
import { namespacesFirst, noteLoss, type PlannedFederation, planOf, typesFor } from "./object-plan.ts";
import { checkAll, createAll, objectCount, refuseAll } from "./write-objects.ts";

/** Resolves with false when an object that was named was not federated, which a line says. */
export async function federate(options: FederateOptions): Promise<boolean> {
  const { runner, source } = options;
  const types = options.isPrinted ? ((await declaredTypes(options)) ?? []) : await requiredTypes(options);
  const { candidates, skipped } = await gather(types, options);
  const found = await typesFor(candidates, types, options);
  const plans = candidates.map((candidate) => planOf(candidate, found, options)).sort(namespacesFirst);
  for (const { title, why } of skipped) runner.say(options.host.name, `skipped: ${why}`, title);
  if (options.isPrinted) {
    for (const plan of plans) noteLoss(plan, options);
    for (const { planned } of plans) runner.show(planned);
    return plans.length > 0;
  }
  const existing = await checkAll(plans, options);
  const wanted = plans.filter((plan) => !existing.has(plan));
  for (const plan of wanted) noteLoss(plan, options);
  if (runner.isDryRun) for (const { planned } of wanted) runner.show(withoutSecret(planned));
  await carryOut(found.missing, { ...options, requests: [], collectsStatus: null });
  const count = await createAll(wanted, options);
  for (const plan of existing) runner.say(options.host.name, "skipped: it is federated already", plan.title);
  await noteNamespaces(plans, types, options);
  const unfit = skipped.reduce((sum, { count: one }) => sum + one, 0);
  const left = unfit + existing.size + (wanted.length - count);
  runner.summarize(
    `${runner.isDryRun ? "would federate" : "federated"} ${objectCount(count)}, skipped ${left}`,
  );
  return source.kind === "documents" || plans.length > 0;
}

async function gather(types: readonly DeclaredType[], options: FederateOptions): Promise<GatheredObjects> {
  const { source } = options;
  const isNamespaced = await isNamespacedFederation(options);
  const problemsOf = (one: ObjectCandidate): readonly string[] => namingProblem(one, isNamespaced, options);
  const gathering = { ...options, types };
  if (source.kind === "documents") {
    const { candidates, skipped, problems } = await objectsIn(source, gathering);
    refuseAll([...problems, ...candidates.flatMap(problemsOf), ...twice(candidates)]);
    return { candidates, skipped };
  }
  const named = await namedObject(source, gathering);
  refuseAll(problemsOf(named));
  const why = skipReason(qualified(named.target), named.object);
  const own: GatheredObjects =
    why === null
      ? { candidates: [named], skipped: [] }
      : { candidates: [], skipped: [{ title: titleOf(named), why, count: 1 }] };
  if (source.contents === null) return own;
  if (qualified(named.target) !== NAMESPACE_TYPE)
    throw stepRefused("federate", `--contents is for namespaces, and ${source.word} is none`);
  const inside = await contentsOf(named.name, source.contents.skipKinds, gathering);
  return {
    candidates: [...own.candidates, ...inside.candidates],
    skipped: [...own.skipped, ...inside.skipped],
  };
}

/** Namespaces that the clusters themselves or the federation live in; a federation of one namespace has no other. */
function namingProblem(
  candidate: ObjectCandidate,
  isNamespaced: boolean,
  options: FederateOptions,
): readonly string[] {
  const { namespace, from } = candidate;
  const problem = namespaceProblem(namespace, isNamespaced, options.namespace);
  const where = from === "" ? "" : `${from}: `;
  return problem === null ? [] : [`${where}${titleOf(candidate)}: ${problem}`];
}

function namespaceProblem(namespace: string, isNamespaced: boolean, own: string): string | null {
  if (isNamespaced)
    return namespace === own
      ? null
      : `this federation has the namespace ${own} alone, and places nothing else`;
  const isOwn = namespace === own;
  if (!isOwn && !CLUSTER_NAMESPACES.test(namespace)) return null;
  const owner = isOwn ? "the federation itself" : "each cluster itself";
  return `the namespace ${namespace} belongs to ${owner} and is never federated`;
}

function titleOf({ target, namespace, name }: ObjectCandidate): string {
  return objectTitle(target.kind, { namespace: target.isNamespaced ? namespace : "", name });
}

function twice(candidates: readonly ObjectCandidate[]): readonly string[] {
  const groups = Map.groupBy(
    candidates,
    ({ target, namespace, name }) => `${qualified(target)} ${namespace}/${name}`,
  );
  return [...groups.values()]
    .filter((same) => same.length > 1)
    .map(
      (same) =>
        `${same.map(({ from }) => from).join(" and ")} are the same object, ${same[0]?.target.kind} ${same[0]?.name}`,
    );
}

/** Objects in a namespace go nowhere before the namespace is federated. */
async function noteNamespaces(
  plans: readonly PlannedFederation[],
  types: readonly DeclaredType[],
  options: FederateOptions,
): Promise<void> {
  const { host, runner } = options;
  const planned = new Set(
    plans.filter(({ isNamespace }) => isNamespace).map((plan) => plan.planned.key.name),
  );
  const needed = new Set(
    plans.map((plan) => plan.planned.key.namespace).filter((namespace) => namespace !== ""),
  );
  const type = types.find(({ name }) => name === NAMESPACE_TYPE)?.federatedType;
  for (const namespace of [...needed].filter((name) => !planned.has(name))) {
    const { group = "", version = "", pluralName: plural = "" } = type ?? {};
    const key = { resource: { group, version, plural }, namespace, name: namespace };
    const isThere = type !== undefined && (await runner.read(host, type.kind, key)) !== null;
    if (!isThere)
      runner.note(
        `the namespace ${namespace} is not federated: nothing in it is placed before fedns federate namespace ${namespace}`,
      );
  }
}

/** The manifest of a dry run: it hides the values of Secrets. */
function withoutSecret(planned: PlannedObject): PlannedObject {
  const { key, manifest } = planned;
  if (key.resource.plural !== "federatedsecrets") return planned;
  const spec = isRecord(manifest["spec"]) ? manifest["spec"] : {};
  const template = isRecord(spec["template"]) ? spec["template"] : {};
  const hidden = Object.fromEntries(
    Object.entries(template).map(([name, value]) => [
      name,
      name === "data" || name === "stringData" ? "(not shown)" : value,
    ]),
  );
  return { ...planned, manifest: { ...manifest, spec: { ...spec, template: hidden } } };
}
