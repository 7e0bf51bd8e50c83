/**
 * How much may be changed within a minute: copies that exist, not new ones. A selector that matches too much, or a label that is
 * taken off a cluster, then does its harm slowly enough for a person to notice.
 *
 *   bound               | counts
 *   updates             | objects of which a copy is updated, adopted or taken over
 *   removals            | objects of which a copy is removed or released; with a namespace, those in it that go along
 *   clusters            | clusters in which copies of one object are changed
 *   errors              | copies that were well and whose change was refused: 20 in two clusters or more, and more than half of
 *                       | all changes, hold every change for the rest of the minute
 *
 * A namespace with more in it than a minute may bring has its contents counted in one minute after the other, and goes when all of
 * them are. Objects of its cluster that are no copies go along with it uncounted: nobody but the cluster knows of them. A change
 * that wrote nothing does not count, be it refused or needless.
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
  /** Other objects whose copies in the cluster go along. Default: none. */
  readonly along?: readonly number[];
};

type Held = { readonly reason: string; readonly untilMs: number };

const WINDOW_MS = 60_000;
const ERRORS_MAX = 20;
const ERROR_CLUSTERS_MIN = 2;

/** What was done in the minute that runs. */
type Minute = {
  readonly endsMs: number;
  /** Objects, and the clusters in which each was changed. */
  readonly rows: Readonly<Record<Change["kind"], Map<number, Set<string>>>>;
  readonly failedClusters: Set<string>;
  changes: number;
  failures: number;
};

/** What goes along with a removal that is held, as far as it was counted in minutes before. */
type Begun = { lastMs: number; readonly rows: Set<number> };

export class BlastRadius {
  readonly #limits: RadiusLimits;
  #minute: Minute = minuteFrom(-Infinity);
  /** By row and cluster. */
  readonly #begun = new Map<string, Begun>();

  constructor(limits: RadiusLimits) {
    this.#limits = limits;
  }

  /** Null = it may be done now, and counts as done. `nowMs`: monotonic. */
  hold(change: Change, nowMs: number): Held | null {
    const minute = this.#at(nowMs);
    const name = `${change.row}\0${change.cluster}`;
    const begun = this.#begun.get(name);
    if (begun !== undefined) begun.lastMs = nowMs;
    const reason = this.#bound(change, minute) ?? this.#boundAlong(change, name, minute, nowMs);
    if (reason !== null) return { reason, untilMs: minute.endsMs };
    count(minute, change, change.row);
    minute.changes += 1;
    return null;
  }

  /** It was not held, and wrote nothing. */
  undone({ kind, row, cluster }: Change, nowMs: number): void {
    const { rows } = this.#at(nowMs);
    const clusters = rows[kind].get(row);
    clusters?.delete(cluster);
    if (clusters?.size === 0) rows[kind].delete(row);
  }

  /** A copy that was well before was refused its change. */
  failed(cluster: string, nowMs: number): void {
    const minute = this.#at(nowMs);
    minute.failures += 1;
    minute.failedClusters.add(cluster);
  }

  #mostOf(kind: Change["kind"]): number | null {
    return kind === "update" ? this.#limits.updatesPerMinute : this.#limits.removalsPerMinute;
  }

  #bound({ kind, row, cluster }: Change, minute: Minute): string | null {
    const { clustersPerMinute } = this.#limits;
    const most = this.#mostOf(kind);
    if (most !== null && minute.rows[kind].size >= most && !minute.rows[kind].has(row))
      return `${kind}s of ${most} objects per minute are the most (propagation.${kind}sPerMinute)`;
    const clusters = new Set([
      ...(minute.rows.update.get(row) ?? []),
      ...(minute.rows.removal.get(row) ?? []),
    ]);
    const isNew = clusters.size > 0 && !clusters.has(cluster);
    if (clustersPerMinute !== null && isNew && clusters.size >= clustersPerMinute)
      return `an object is changed in ${clustersPerMinute} clusters per minute at most (propagation.clustersPerMinute)`;
    const { failures, failedClusters, changes } = minute;
    const isRising =
      failures >= ERRORS_MAX && failedClusters.size >= ERROR_CLUSTERS_MIN && failures * 2 > changes;
    return isRising ? `most changes are refused now, in ${[...failedClusters].sort().join(", ")}` : null;
  }

  /** Counts as many of those that go along as the minute still bears; null = all are counted. */
  #boundAlong(change: Change, name: string, minute: Minute, nowMs: number): string | null {
    const { kind, row, along = [] } = change;
    const most = this.#mostOf(kind);
    if (most === null || along.length === 0) return null;
    const begun = this.#begun.get(name) ?? { lastMs: nowMs, rows: new Set<number>() };
    const counted = minute.rows[kind];
    const open = along.filter((one) => !begun.rows.has(one) && !counted.has(one));
    const room = most - counted.size;
    for (const one of open.slice(0, room)) count(minute, change, one);
    if (open.length + (counted.has(row) ? 0 : 1) <= room) {
      this.#begun.delete(name);
      return null;
    }
    for (const one of along) if (counted.has(one)) begun.rows.add(one);
    this.#begun.set(name, begun);
    return `${kind}s of ${most} objects per minute are the most (propagation.${kind}sPerMinute), and ${along.length} in it go along`;
  }

  #at(nowMs: number): Minute {
    if (nowMs < this.#minute.endsMs) return this.#minute;
    this.#minute = minuteFrom(nowMs);
    // What is asked for no more is counted anew when it is asked for again.
    for (const [name, { lastMs }] of this.#begun)
      if (nowMs - lastMs > 2 * WINDOW_MS) this.#begun.delete(name);
    return this.#minute;
  }
}

function count({ rows }: Minute, { kind, cluster }: Change, row: number): void {
  const clusters = rows[kind].get(row) ?? new Set<string>();
  rows[kind].set(row, clusters.add(cluster));
}

function minuteFrom(nowMs: number): Minute {
  return {
    endsMs: nowMs + WINDOW_MS,
    rows: { update: new Map(), removal: new Map() },
    failedClusters: new Set(),
    changes: 0,
    failures: 0,
  };
}
