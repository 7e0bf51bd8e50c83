/** What a server is for: federations with nameservers, or zone files, or both. Read as checks.ts reads: values as they were written. */

type PurposeConflict = {
  readonly path: readonly string[];
  readonly message: string;
};

/** `raw` is the whole file. Without federations there must be zone files, and no members: nobody would be asked about them. */
export function purposeConflicts(raw: Readonly<Record<string, unknown>>): readonly PurposeConflict[] {
  const [federations, zones] = [raw["federations"], raw["zones"]];
  if (!isNothing(federations)) return withoutNameservers(raw["nameservers"]);
  if (zones !== undefined) {
    if (isNothing(raw["clusters"])) return [];
    const message = "is a list of members without a federation; add federations, or remove the members";
    return [{ path: ["clusters"], message }];
  }
  const fault = federations === undefined ? "is missing" : "is an empty list";
  const message = `${fault}; add a federation, or serve zone files alone (zones: ./zones)`;
  return [{ path: ["federations"], message }, ...withoutNameservers(raw["nameservers"])];
}

function withoutNameservers(nameservers: unknown): readonly PurposeConflict[] {
  if (!isNothing(nameservers)) return [];
  const sentence = "must be a list with at least one nameserver";
  const message = nameservers === undefined ? `is missing; it ${sentence}` : `${sentence}, not an empty list`;
  return [{ path: ["nameservers"], message }];
}

/** Not there, or an empty list. What is no list at all, config.ts complains about. */
function isNothing(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}
