/** The kinds that `--kinds` names, as the member serves them. */
import { closestWord } from "../../kernel/suggestion.ts";
import type { ServedKind } from "../../fleet/objects/discovery-document.ts";

type FoundKinds = { readonly kinds: readonly ServedKind[]; readonly problems: readonly string[] };

/** Each word is a plural, a kind, a short name, or a plural with its group, like `deployments.apps`. */
export function findKinds(served: readonly ServedKind[], words: readonly string[]): FoundKinds {
  const writable = served.filter(({ versions }) => versions.some(({ verbs }) => verbs.includes("create")));
  const kinds: ServedKind[] = [];
  const problems: string[] = [];
  for (const word of words) {
    const matches = writable.filter((kind) => isNamed(kind, word.toLowerCase()));
    // As with kubectl, the core group counts before others.
    const [found, other] = matches.some(({ group }) => group === "")
      ? matches.filter(({ group }) => group === "")
      : matches;
    if (found === undefined) problems.push(unknownKind(writable, word));
    else if (other === undefined) kinds.push(found);
    else problems.push(`${word} may be ${matches.map(qualified).join(" or ")}; write it with its group`);
  }
  return { kinds: [...new Set(kinds)], problems };
}

/** `deployments.apps`; `services` for a kind of the core group. */
export function qualified({ group, plural }: Pick<ServedKind, "group" | "plural">): string {
  return group === "" ? plural : `${plural}.${group}`;
}

function isNamed(kind: ServedKind, word: string): boolean {
  const { plural, shortNames } = kind;
  return [plural, kind.kind.toLowerCase(), ...shortNames, qualified(kind)].includes(word);
}

function unknownKind(served: readonly ServedKind[], word: string): string {
  const near = closestWord(
    word,
    served.map(({ plural }) => plural),
  );
  const cure = near === null ? "kubectl api-resources lists what it serves" : `did you mean ${near}?`;
  return `the cluster serves no kind ${word} that can be created; ${cure}`;
}
