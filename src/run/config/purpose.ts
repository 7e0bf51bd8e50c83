/** The rule on what a server serves: federations with nameservers, zone files, or both. Looks at the file as it was written. */

type PurposeConflict = {
  readonly path: readonly string[];
  readonly message: string;
};

/** `raw` is the whole file. Without federations there must be zone files and no clusters, which would have no names. */
export function purposeConflicts(raw: Readonly<Record<string, unknown>>): readonly PurposeConflict[] {
  const [federations, zones] = [raw["federations"], raw["zones"]];
  if (!isEmpty(federations)) return withoutNameservers(raw["nameservers"]);
  if (zones !== undefined) {
    if (isEmpty(raw["clusters"])) return [];
    const message = "is a list of clusters without a federation; add federations, or remove the clusters";
    return [{ path: ["clusters"], message }];
  }
  const fault = federations === undefined ? "is missing" : "is an empty list";
  const message = `${fault}; add a federation, or serve zone files alone (zones: ./zones)`;
  return [{ path: ["federations"], message }, ...withoutNameservers(raw["nameservers"])];
}

function withoutNameservers(nameservers: unknown): readonly PurposeConflict[] {
  if (!isEmpty(nameservers)) return [];
  const sentence = "must be a list with at least one nameserver";
  const message = nameservers === undefined ? `is missing; it ${sentence}` : `${sentence}, not an empty list`;
  return [{ path: ["nameservers"], message }];
}

/** Missing, or an empty list. Other values are checked by the schema in config.ts. */
function isEmpty(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}
