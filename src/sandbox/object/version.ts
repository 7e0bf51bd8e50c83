/** The order of API versions: clients prefer the first of those that are served. */

type Rank = { readonly stability: number; readonly major: number; readonly minor: number };

/** The order of Kubernetes: stable before beta before alpha, higher before lower; other names last, alphabetically. */
export function compareVersions(a: string, b: string): number {
  const [first, second] = [rankOf(a), rankOf(b)];
  if (!first || !second) return first ? -1 : second ? 1 : a.localeCompare(b);
  return second.stability - first.stability || second.major - first.major || second.minor - first.minor;
}

function rankOf(version: string): Rank | undefined {
  const [whole, major, phase, minor] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
  if (whole === undefined) return undefined;
  const stability = phase === undefined ? 2 : phase === "beta" ? 1 : 0;
  return { stability, major: Number(major), minor: Number(minor ?? 0) };
}
