/**
 * What preferences ask for that the federation cannot give:
 *
 *   names that are no cluster    | they get nothing
 *   minimums above the total     | the first in the order of weights get theirs
 *   less allowed than the total  | the rest runs nowhere
 */
import type { ClusterPreference, Preferences } from "./planner.ts";

type Federation = { readonly path: string; readonly clusters: readonly string[]; readonly total: number };

const NAMED_MAX = 5;
const NAME_SHOWN_MAX = 63;

export function preferenceWarnings(
  preferences: Preferences,
  { path, clusters, total }: Federation,
): readonly string[] {
  const { clusters: wanted } = preferences;
  const known = new Set(clusters);
  const unknown = [...wanted.keys()].filter((name) => name !== "*" && !known.has(name));
  let least = 0;
  let most = 0;
  for (const name of known) {
    const preference = wanted.get(name) ?? wanted.get("*");
    if (preference === undefined) continue;
    least += preference.minReplicas;
    most += mostOf(preference);
  }
  const warnings: string[] = [];
  if (unknown.length > 0)
    warnings.push(
      `${path}.clusters names ${listed(unknown)}, which the federation does not have: correct the name, or join the cluster`,
    );
  if (least > total)
    warnings.push(
      `${path}.clusters has minReplicas that add up to ${least} of ${total} wanted: lower them or raise the total`,
    );
  if (most < total)
    warnings.push(
      `${path}.clusters allows ${most} of ${total} wanted: raise maxReplicas, or give more clusters a weight`,
    );
  return warnings;
}

/** Without a weight a cluster gets its minimum alone. */
function mostOf({ weight, minReplicas, maxReplicas }: ClusterPreference): number {
  return weight === 0 ? minReplicas : (maxReplicas ?? Number.POSITIVE_INFINITY);
}

function listed(names: readonly string[]): string {
  const first = names.slice(0, NAMED_MAX).map((name) => JSON.stringify(shortened(name)));
  return names.length > NAMED_MAX
    ? `${first.join(", ")} and ${names.length - NAMED_MAX} more`
    : first.join(", ");
}

/** Names come from outside, and may be of any length. */
export function shortened(name: string): string {
  return name.length > NAME_SHOWN_MAX ? `${name.slice(0, NAME_SHOWN_MAX)}…` : name;
}
