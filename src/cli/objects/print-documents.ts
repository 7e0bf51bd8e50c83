/** `fedns federate -f FILE -o yaml` without a host: the file has the objects, and the names of federated types follow from theirs. */
import { FEDERATED_GROUP, FEDERATED_VERSION } from "../../fleet/host-objects/federated-definition.ts";
import type { StepRunner } from "../clusters/runner.ts";
import { federatedName } from "../federate/federated-names.ts";
import { isUsual, knownKind } from "../federate/known-kind.ts";
import { OWN_TYPE, OWN_GROUPS } from "../types/target-kind.ts";
import { candidatesIn, type DocumentsSource } from "./candidates.ts";
import type { FederateOptions } from "./federate-options.ts";
import { namingProblems } from "./naming.ts";
import { namespacesFirst, noteLoss, planOf } from "./object-plan.ts";
import { refuseAll } from "./write-objects.ts";

type PrintOptions = Pick<FederateOptions, "placement" | "namespace"> & { readonly runner: StepRunner };

/** False: there is nothing in the file that can be federated, which lines say. Throws an OperationalError with all problems. */
export function printDocuments(source: DocumentsSource, options: PrintOptions): boolean {
  const { runner } = options;
  const { candidates, skipped, problems } = candidatesIn(source, (written) =>
    OWN_GROUPS.test(written.group) ? OWN_TYPE : knownKind(written),
  );
  refuseAll([...problems, ...namingProblems(candidates, { ...options, isNamespaced: false })]);
  const names = { group: FEDERATED_GROUP, version: FEDERATED_VERSION };
  const missing = candidates.map(({ target }) => ({
    target,
    federated: federatedName(target, names, () => true),
    hasReplicas: false,
    collectsStatus: null,
  }));
  const plans = candidates.map((candidate) => planOf(candidate, { declared: [], missing }, options));
  for (const { title, why } of skipped) runner.note(`${title} skipped: ${why}`);
  const guesses = candidates.flatMap(({ target }) => (isUsual(target) ? [] : [guessOf(target)]));
  for (const guess of new Set(guesses)) runner.note(`${guess}; --host-context asks a host instead`);
  for (const plan of plans.sort(namespacesFirst)) {
    noteLoss(plan, options);
    runner.show(plan.planned);
  }
  return plans.length > 0;
}

function guessOf({ kind, isNamespaced }: { readonly kind: string; readonly isNamespaced: boolean }): string {
  const place = isNamespaced
    ? "a kind in namespaces"
    : "a kind of the whole cluster, since no namespace is named";
  return `${kind} is taken for ${place}, with Federated${kind} of ${FEDERATED_GROUP} as its federated type`;
}
