/** The kinds that `--skip-kinds` names: each word is a kind, a plural, a short name, a plural with its group, or a whole group. */
import type { ServedKind } from "../../fleet/objects/discovery-document.ts";
import { findKinds, qualified } from "../membership/kinds.ts";

type SkippedKinds = { readonly names: ReadonlySet<string>; readonly problems: readonly string[] };

/** Names are plurals with groups. */
export function skippedKinds(served: readonly ServedKind[], words: readonly string[]): SkippedKinds {
  const names = new Set<string>();
  const problems: string[] = [];
  for (const word of words) {
    const ofGroup = served.filter(({ group }) => group !== "" && group === word);
    const found = ofGroup.length > 0 ? { kinds: ofGroup, problems: [] } : findKinds(served, [word]);
    for (const kind of found.kinds) names.add(qualified(kind));
    problems.push(...found.problems);
  }
  return { names, problems };
}
