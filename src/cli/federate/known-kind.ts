/**
 * The kind that a manifest means when no host is asked:
 *
 *   kind             | plural                                     | in namespaces
 *   one of the usual | its own                                    | as it is
 *   any other        | by the rules by which Kubernetes makes one | if the manifest or the command names a namespace
 */
import { OTHER_TYPES, USUAL_TYPES } from "../../fleet/host-objects/usual-types.ts";
import type { TargetKind } from "./federated-names.ts";

export function knownKind({
  group,
  kind,
  version,
  hasNamespace,
}: {
  readonly group: string;
  readonly kind: string;
  readonly version: string;
  readonly hasNamespace: boolean;
}): TargetKind {
  const { pluralName: plural = pluralOf(kind), isNamespaced = hasNamespace } = usualType(group, kind) ?? {};
  return { group, kind, plural, isNamespaced, shortNames: [], version };
}

/** False: its plural and whether it is in namespaces are guesses. */
export function isUsual({ group, kind }: Pick<TargetKind, "group" | "kind">): boolean {
  return usualType(group, kind) !== undefined;
}

function usualType(group: string, kind: string): (typeof USUAL_TYPES)[number] | undefined {
  return [...USUAL_TYPES, ...OTHER_TYPES].find((type) => type.group === group && type.kind === kind);
}

function pluralOf(kind: string): string {
  const word = kind.toLowerCase();
  if (word.endsWith("endpoints")) return word;
  if (word.endsWith("s")) return `${word}es`;
  return word.endsWith("y") ? `${word.slice(0, -1)}ies` : `${word}s`;
}
