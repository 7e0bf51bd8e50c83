/**
 * How much may be changed within a minute: copies that exist, not new ones. A selector that matches too much, or a label that is
 * taken off a cluster, then does its harm slowly enough for a person to notice.
 *
 *   bound               | counts
 *   updates             | objects of which a copy is updated, adopted or taken over
 *   removals            | objects of which a copy is removed or released
 *   clusters            | clusters in which copies of one object are changed
 *   errors              | copies that were well and whose change was refused: 20 in two clusters or more, and more than half of
 *                       | all changes, hold every change for the rest of the minute
 */
export type RadiusLimits = {
  /** Null = no bound. */
  readonly updatesPerMinute: number | null;
  readonly removalsPerMinute: number | null;
  readonly clustersPerMinute: number | null;
};

type Change = {
  readonly kind: "update" | "removal";
  /** Of the object. */
  readonly row: number;
  readonly cluster: string;
};

type Held = { readonly reason: string; readonly untilMs: number };

const WINDOW_MS = 60_000;
const ERRORS_MAX = 20;
const ERROR_CLUSTERS_MIN = 2;

/** What was done in the minute that runs. */
type Minute = {
  readonly endsMs: number;
  readonly rows: Readonly<Record<Change["kind"], Set<number>>>;
  readonly clusters: Map<number, Set<string>>;
  readonly failedClusters: Set<string>;
  changes: number;
  failures: number;
};

export class BlastRadius {
  readonly #limits: RadiusLimits;
  #minute: Minute = minuteFrom(-Infinity);

  constructor(limits: RadiusLimits) {
    this.#limits = limits;
  }

  /** Null = it may be done now, and counts as done. `nowMs`: monotonic. */
  hold({ kind, row, cluster }: Change, nowMs: number): Held | null {
    const minute = this.#at(nowMs);
    const reason = this.#bound({ kind, row, cluster }, minute);
    if (reason !== null) return { reason, untilMs: minute.endsMs };
    minute.rows[kind].add(row);
    const clusters = minute.clusters.get(row) ?? new Set<string>();
    minute.clusters.set(row, clusters.add(cluster));
    minute.changes += 1;
    return null;
  }

  /** A copy that was well before was refused its change. */
  failed(cluster: string, nowMs: number): void {
    const minute = this.#at(nowMs);
    minute.failures += 1;
    minute.failedClusters.add(cluster);
  }

  #bound({ kind, row, cluster }: Change, minute: Minute): string | null {
    const { updatesPerMinute, removalsPerMinute, clustersPerMinute } = this.#limits;
    const most = kind === "update" ? updatesPerMinute : removalsPerMinute;
    if (most !== null && minute.rows[kind].size >= most && !minute.rows[kind].has(row))
      return `${kind}s of ${most} objects per minute are the most (propagation.${kind}sPerMinute)`;
    const clusters = minute.clusters.get(row);
    const isNew = clusters !== undefined && !clusters.has(cluster);
    if (clustersPerMinute !== null && isNew && clusters.size >= clustersPerMinute)
      return `an object is changed in ${clustersPerMinute} clusters per minute at most (propagation.clustersPerMinute)`;
    const { failures, failedClusters, changes } = minute;
    const isRising =
      failures >= ERRORS_MAX && failedClusters.size >= ERROR_CLUSTERS_MIN && failures * 2 > changes;
    return isRising ? `most changes are refused now, in ${[...failedClusters].sort().join(", ")}` : null;
  }

  #at(nowMs: number): Minute {
    if (nowMs >= this.#minute.endsMs || this.#minute.endsMs === -Infinity) this.#minute = minuteFrom(nowMs);
    return this.#minute;
  }
}

function minuteFrom(nowMs: number): Minute {
  return {
    endsMs: nowMs + WINDOW_MS,
    rows: { update: new Set(), removal: new Set() },
    clusters: new Map(),
    failedClusters: new Set(),
    changes: 0,
    failures: 0,
  };
}
