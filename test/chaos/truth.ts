/** What is true in every member cluster, and was: the model that each answer is compared with. */

/** The addresses of one service in one cluster; null = the cluster does not declare the service. */
export type State = readonly string[] | null;

type Change = { readonly atMs: number; readonly state: State };

/** How old an answer may be while nothing delays a change on its way (ms). */
export const FRESH_MS = 2_000;

/**
 * Every state that a cluster's part of an answer may show is one that was true in a window which ends when the answer
 * arrived. The window begins FRESH_MS before the question, or when the cluster was last known to be seen.
 */
export class Truth {
  readonly clusters: readonly string[];
  readonly #histories: Map<string, Change[]> = new Map();
  readonly #hiddenSince: Map<string, number> = new Map();
  /** Clusters that this picture has never read. */
  readonly unread: Set<string> = new Set();
  /** One of those that cannot have been read up to now. */
  unreadable: string | null = null;
  /** Clusters that were not read since fedns started from a saved copy: what the copy lacks must not be denied. */
  readonly outdated: Set<string> = new Set();
  /** A commit was begun and is not finished: no answer would be of one moment, so SERVFAIL is right for every name. */
  isUnsettled = false;
  /** A service that cannot be published: while the picture does not have it, it is SERVFAIL and never denied. */
  keptBack: string | null = null;
  /** A cluster that declares more than it may: what it adds may be SERVFAIL. */
  overQuota: string | null = null;
  /** How much longer a change may take at present, because processes wait for a processor (ms). */
  delayMs: () => number = () => 0;
  /** When the last of those that were unread or outdated was read. */
  allReadMs: number = -Infinity;

  constructor(clusters: readonly string[]) {
    this.clusters = clusters;
  }

  set(cluster: string, service: string, state: State, atMs: number): void {
    const key = keyOf(cluster, service);
    const history = this.#histories.get(key) ?? [];
    history.push({ atMs, state });
    this.#histories.set(key, history);
  }

  /** Everything has been read. */
  endUnread(): void {
    this.unread.clear();
    this.allReadMs = performance.now();
  }

  now(cluster: string, service: string): State {
    return this.#histories.get(keyOf(cluster, service))?.at(-1)?.state ?? null;
  }

  /** From then on changes of this cluster, or of one service of it, may go unseen. */
  hide(cluster: string, atMs: number, service: string | null = null): void {
    const key = keyOf(cluster, service);
    const sinceMs = this.#hiddenSince.get(key) ?? Infinity;
    this.#hiddenSince.set(key, Math.min(sinceMs, atMs - FRESH_MS));
  }

  /** Everything that happened in this cluster has been seen. */
  reveal(cluster: string): void {
    for (const key of this.#hiddenSince.keys())
      if (key === keyOf(cluster, null) || key.startsWith(`${cluster} `)) this.#hiddenSince.delete(key);
    if (this.outdated.delete(cluster)) this.allReadMs = performance.now();
  }

  /** The states that were true at some moment of the window of a question asked at `askedMs`. */
  possible(cluster: string, service: string, askedMs: number): readonly State[] {
    const hidden = [null, service].map((one) => this.#hiddenSince.get(keyOf(cluster, one)) ?? Infinity);
    const fromMs = Math.min(askedMs - FRESH_MS - this.delayMs(), ...hidden);
    return this.#statesSince(cluster, service, fromMs);
  }

  /** The same as long as nothing delays a change. */
  recent(cluster: string, service: string, askedMs: number): readonly State[] {
    return this.#statesSince(cluster, service, askedMs - FRESH_MS - this.delayMs());
  }

  #statesSince(cluster: string, service: string, fromMs: number): readonly State[] {
    const history = this.#histories.get(keyOf(cluster, service)) ?? [];
    const states: State[] = [];
    // The latest ones are at the end, and a long run has many.
    for (let i = history.length - 1; i >= 0; i--) {
      const { atMs, state } = history[i] as Change;
      states.push(state);
      if (atMs <= fromMs) return states;
    }
    return [...states, null];
  }
}

function keyOf(cluster: string, service: string | null): string {
  return service === null ? cluster : `${cluster} ${service}`;
}
