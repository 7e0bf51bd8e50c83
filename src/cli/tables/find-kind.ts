/**
 * Which kind a person means by a word, as kubectl reads it. The first row that fits decides; of several kinds, the one that the
 * server names first.
 *
 * | word | kind |
 * |---|---|
 * | `deployments` | the plural |
 * | `deployment`, `Deployment` | the singular |
 * | `deploy` | a short name |
 * | `deployments.apps`, `deployment.apps`, `deploy.apps` | one of these in a group |
 * | `deployments.v1.apps` | one of these in a version of a group |
 */
import type { ServedKind } from "../../fleet/objects/discovery-document.ts";
import { closestWord } from "../../kernel/suggestion.ts";

/** A kind in the version in which it is read. */
export type ReadKind = Pick<ServedKind, "group" | "kind" | "plural" | "isNamespaced"> & {
  readonly version: string;
};

/** Null: this server has no such kind that can be read. */
export function findKind(word: string, kinds: readonly ServedKind[]): ReadKind | null {
  const wanted = word.toLowerCase();
  const [name = "", ...rest] = wanted.split(".");
  const suffix = rest.join(".");
  const [version = "", ...group] = rest;
  return (
    pick(kinds, wanted, () => true) ??
    pick(kinds, name, (kind) => suffix !== "" && kind.group === suffix) ??
    pick(kinds, name, (kind) => version !== "" && kind.group === group.join("."), version)
  );
}

/**
 * The kind that a word means for several servers, which may read it differently: short names come with versions, and two groups
 * may have kinds of one name. It is the one that most of these servers have, each in its own version; null = a server lacks it.
 */
export function findCommonKind(
  word: string,
  servers: readonly (readonly ServedKind[])[],
): readonly (ReadKind | null)[] {
  const meant = servers.flatMap((kinds) => findKind(word, kinds) ?? []);
  const named = new Map(meant.map((kind) => [nameOf(kind), inEach(kind, word, servers)]));
  const counted = [...named.values()].map((found) => ({
    found,
    count: found.filter((one) => one !== null).length,
  }));
  const [most] = counted.toSorted((a, b) => b.count - a.count);
  return most?.found ?? servers.map(() => null);
}

/** "deployments.apps" */
export function nameOf({ plural, group }: Pick<ReadKind, "plural" | "group">): string {
  return group === "" ? plural : `${plural}.${group}`;
}

/** A version that the word names counts where a server has it. */
function inEach(
  kind: ReadKind,
  word: string,
  servers: readonly (readonly ServedKind[])[],
): readonly (ReadKind | null)[] {
  return servers.map((kinds) => {
    const own = kinds.find(({ group, plural }) => group === kind.group && plural === kind.plural);
    return own === undefined ? null : (findKind(word, [own]) ?? readIn(own, undefined));
  });
}

/** The word among those of these servers that is nearest to a mistyped one. */
export function suggestKind(word: string, kinds: readonly ServedKind[]): string | null {
  return closestWord(word, [...new Set(kinds.flatMap(({ plural, shortNames }) => [plural, ...shortNames]))]);
}

function pick(
  kinds: readonly ServedKind[],
  word: string,
  isAsked: (kind: ServedKind) => boolean,
  version?: string,
): ReadKind | null {
  const asked = kinds.filter(isAsked);
  for (const isNamed of NAMED)
    for (const kind of asked.filter((one) => isNamed(one, word))) {
      const read = readIn(kind, version);
      if (read !== null) return read;
    }
  return null;
}

const NAMED: readonly ((kind: ServedKind, word: string) => boolean)[] = [
  ({ plural }, word) => plural === word,
  ({ kind, singular }, word) => kind.toLowerCase() === word || singular === word,
  ({ shortNames }, word) => shortNames.includes(word),
];

/** Some kinds can only be created: reviews, tokens. */
function readIn(served: ServedKind, version: string | undefined): ReadKind | null {
  const { group, kind, plural, isNamespaced, versions } = served;
  const found = versions.find(
    (one) => (version === undefined || one.version === version) && one.verbs.includes("get"),
  );
  return found === undefined ? null : { group, kind, plural, isNamespaced, version: found.version };
}
