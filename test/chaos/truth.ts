/** What is true in every member cluster, and was: the model that each answer is held against. */

/** The addresses of one service in one cluster; null = the cluster does not declare the service. */
export type State = readonly string[] | null;

type Change = { readonly atMs: number; readonly state: State };

/** How far back an answer may lie while nothing hinders a change on its way (ms). */
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

  constructor(clusters: readonly string[]) {
    this.clusters = clusters;
  }

  set(cluster: string, service: string, state: State, atMs: number): void {
    const key = `${cluster} ${service}`;
    const history = this.#histories.get(key) ?? [];
    history.push({ atMs, state });
    this.#histories.set(key, history);
  }

  now(cluster: string, service: string): State {
    return this.#histories.get(`${cluster} ${service}`)?.at(-1)?.state ?? null;
  }

  /** From then on changes of this cluster may go unseen. */
  hide(cluster: string, atMs: number): void {
    const sinceMs = this.#hiddenSince.get(cluster) ?? Infinity;
    this.#hiddenSince.set(cluster, Math.min(sinceMs, atMs - FRESH_MS));
  }

  /** Everything that happened in this cluster has been seen. */
  reveal(cluster: string): void {
    this.#hiddenSince.delete(cluster);
  }

  get hidden(): readonly string[] {
    return [...this.#hiddenSince.keys()];
  }

  /** The states that were true at some moment of the window of a question asked at `askedMs`. */
  possible(cluster: string, service: string, askedMs: number): readonly State[] {
    const fromMs = Math.min(askedMs - FRESH_MS, this.#hiddenSince.get(cluster) ?? Infinity);
    const history = this.#histories.get(`${cluster} ${service}`) ?? [];
    const states: State[] = [];
    for (const [i, { state }] of history.entries()) {
      const untilMs = history[i + 1]?.atMs ?? Infinity;
      if (untilMs >= fromMs) states.push(state);
    }
    const first = history[0]?.atMs ?? Infinity;
    return first > fromMs ? [null, ...states] : states;
  }
}
