/** What every source of names has in common: which objects it reads, what of them it wants, and the rights it needs. */
/** Of which objects a source hears: settings, the same for each. */
export type ObjectFilter = {
  /** Empty = all. */
  readonly namespaces: readonly string[];
};

export function isChosen(namespaces: readonly string[], namespace: string): boolean {
  return namespaces.length === 0 || namespaces.includes(namespace);
}
