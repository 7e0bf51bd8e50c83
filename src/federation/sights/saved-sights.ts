/**
 * What is remembered of claims as lines of JSON, so that neither writing nor reading them holds anything up:
 *
 *   {"version":1}
 *   {"cluster":"us-west","seen":1767225600}
 *   ["us-west","shop",[["shop.example.com",1767225600],["old.example.com",1767225600,1767300000]]]
 *
 * A host is followed by the wall second since which it is claimed, and, if nothing claims it, since which nothing does.
 */
import type { SavedSight, SavedSights } from "./first-sights.ts";

const VERSION = 1;
/** Of one line. */
const HOSTS_MAX = 500;

type Entry = readonly [host: string, sinceSeconds: number, goneSeconds?: number];

export function* linesOf({ seen, sights }: SavedSights): Generator<string> {
  yield JSON.stringify({ version: VERSION });
  for (const [cluster, seconds] of seen) yield JSON.stringify({ cluster, seen: seconds });
  let [cluster, namespace] = ["", ""];
  let entries: Entry[] = [];
  for (const sight of sights) {
    const isSame = sight.cluster === cluster && sight.namespace === namespace && entries.length < HOSTS_MAX;
    if (!isSame && entries.length > 0) yield JSON.stringify([cluster, namespace, entries]);
    if (!isSame) [cluster, namespace, entries] = [sight.cluster, sight.namespace, []];
    const { host, sinceSeconds, goneSeconds } = sight;
    entries.push(goneSeconds === null ? [host, sinceSeconds] : [host, sinceSeconds, goneSeconds]);
  }
  if (entries.length > 0) yield JSON.stringify([cluster, namespace, entries]);
}

/** Null = not lines of this version; lines that cannot be read are left out, and counted. */
export function sightsIn(lines: Iterable<string>): (SavedSights & { readonly refused: number }) | null {
  const seen = new Map<string, number>();
  const sights: SavedSight[] = [];
  let [refused, isOurs] = [0, false];
  for (const line of lines) {
    if (line === "") continue;
    const value = valueOf(line);
    if (!isOurs) {
      if (!isRecord(value) || value["version"] !== VERSION) return null;
      isOurs = true;
    } else if (isRecord(value) && isName(value["cluster"]) && isSeconds(value["seen"]))
      seen.set(value["cluster"], value["seen"]);
    else {
      const found = Array.isArray(value) ? sightsOf(value) : null;
      if (found === null) refused++;
      else sights.push(...found);
    }
  }
  return isOurs ? { seen, sights, refused } : null;
}

function sightsOf(line: readonly unknown[]): readonly SavedSight[] | null {
  const [cluster, namespace, entries] = line;
  if (!isName(cluster) || !isName(namespace) || !Array.isArray(entries)) return null;
  const sights: SavedSight[] = [];
  for (const entry of entries as readonly unknown[]) {
    const [host, sinceSeconds, goneSeconds = null] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (!isName(host) || !isSeconds(sinceSeconds)) return null;
    if (goneSeconds !== null && !isSeconds(goneSeconds)) return null;
    sights.push({ cluster, namespace, host, sinceSeconds, goneSeconds });
  }
  return sights;
}

function valueOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= 255 && !value.includes(" ");
}

function isSeconds(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value);
}
