/**
 * `fedns federate`: makes federated objects of objects. What can be checked is checked for all of them before the first write; a
 * command that failed on the way goes on when it is run again, since what is federated already is left out.
 *
 *     gather ──> plan: types, names, templates ──> check: the API server tries each ──> enable what is missing ──> create
 */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { stepRefused } from "../clusters/step-error.ts";
import { NAMESPACE_TYPE } from "../../fleet/host-objects/type-config.ts";
import { skipReason } from "../federate/skip-reason.ts";
import { qualified } from "../membership/kinds.ts";
import type { PlannedObject } from "../membership/planned-object.ts";
import { type DeclaredType, declaredTypes, requiredTypes } from "../types/declared-types.ts";
import { carryOut, isNamespacedFederation } from "../types/enable.ts";
import { contentsOf, type GatheredObjects, namedObject, objectsIn } from "./candidates.ts";
import type { FederateOptions } from "./federate-options.ts";
import { namingProblems, titleOf } from "./naming.ts";
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
  const naming = { ...options, isNamespaced };
  const gathering = { ...options, types };
  if (source.kind === "documents") {
    const { candidates, skipped, problems } = await objectsIn(source, gathering);
    refuseAll([...problems, ...namingProblems(candidates, naming)]);
    return { candidates, skipped };
  }
  const named = await namedObject(source, gathering);
  refuseAll(namingProblems([named], naming));
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
