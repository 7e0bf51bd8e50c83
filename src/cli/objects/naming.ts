/** Objects that no federation places, by their names and namespaces, and objects that are named twice. */
import { CLUSTER_NAMESPACES } from "../../propagate/objects/namespace-bound.ts";
import { qualified } from "../membership/kinds.ts";
import { objectTitle } from "../membership/planned-object.ts";
import type { ObjectCandidate } from "./candidates.ts";

type NamingOptions = {
  /** Of the federation. */
  readonly namespace: string;
  /** The federation has that namespace alone. */
  readonly isNamespaced: boolean;
};

/** One sentence for each. */
export function namingProblems(
  candidates: readonly ObjectCandidate[],
  options: NamingOptions,
): readonly string[] {
  return [...candidates.flatMap((candidate) => placeProblem(candidate, options)), ...twice(candidates)];
}

export function titleOf({ target, namespace, name }: ObjectCandidate): string {
  return objectTitle(target.kind, { namespace: target.isNamespaced ? namespace : "", name });
}

/** Namespaces that the clusters themselves or the federation live in; a federation of one namespace has no other. */
function placeProblem(candidate: ObjectCandidate, options: NamingOptions): readonly string[] {
  const { namespace, from } = candidate;
  const problem = namespaceProblem(namespace, options);
  const where = from === "" ? "" : `${from}: `;
  return problem === null ? [] : [`${where}${titleOf(candidate)}: ${problem}`];
}

function namespaceProblem(namespace: string, { isNamespaced, namespace: own }: NamingOptions): string | null {
  if (isNamespaced)
    return namespace === own
      ? null
      : `this federation has the namespace ${own} alone, and places nothing else`;
  const isOwn = namespace === own;
  if (!isOwn && !CLUSTER_NAMESPACES.test(namespace)) return null;
  const owner = isOwn ? "the federation itself" : "each cluster itself";
  return `the namespace ${namespace} belongs to ${owner} and is never federated`;
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
