/**
 * Which context of a kubeconfig leads to a member. The first row that fits decides.
 *
 * | there is | context |
 * |---|---|
 * | a context that the person named for this cluster | that one, or a problem where it does not exist |
 * | a context with the name of the cluster | that one |
 * | a context with the address that the host has for the cluster | the current one of these, else the first |
 * | none of these | a problem |
 */
import type { ContextPlace } from "../clusters/connect.ts";

/** A member as the host declares it, or by its name alone. */
export type WantedCluster = {
  readonly name: string;
  /** Null: not known. */
  readonly apiEndpoint: string | null;
  /** The uid of its namespace kube-system when it joined; null = not known. */
  readonly uid: string | null;
};

type Chosen = { readonly place: ContextPlace } | { readonly problem: string };

export function chooseContext(
  { name, apiEndpoint }: WantedCluster,
  contexts: readonly ContextPlace[],
  named: Readonly<Record<string, string>>,
): Chosen {
  const wanted = Object.hasOwn(named, name) ? named[name] : undefined;
  const place = contexts.find(({ context }) => context === (wanted ?? name));
  if (place !== undefined) return { place };
  if (wanted !== undefined)
    return { problem: `there is no context ${JSON.stringify(wanted)}; there are: ${listed(contexts)}` };
  const server = apiEndpoint === null ? null : URL.parse(apiEndpoint)?.href;
  const there = contexts.filter((one) => one.server !== null && one.server === server);
  const found = there.find(({ isCurrent }) => isCurrent) ?? there[0];
  if (found !== undefined) return { place: found };
  const address = apiEndpoint === null ? "" : `, and none with the address ${apiEndpoint}`;
  return {
    problem: `the kubeconfig has no context of this name${address}; name one with --cluster-contexts ${name}=CONTEXT`,
  };
}

function listed(contexts: readonly ContextPlace[]): string {
  return contexts.map(({ context }) => context).join(", ") || "none";
}
