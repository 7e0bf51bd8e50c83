/**
 * Since when each namespace of each cluster claims a host: the order of precedence, kept by fedns and not by the clocks of
 * members. A creation time is believed as far as fedns could not have seen the claim earlier.
 *
 *   the cluster                                     a claim counts from its creation, but not from before
 *   was read, or takes long to be                   now
 *   is read again, or after a restart               it was last seen
 *   is read for the first time                      it joined
 *   the same, at the very first start               (any time: there is no memory to go by)
 *
 * A claim that is gone is remembered for FORGOTTEN_AFTER_SECONDS, so that one who makes an object again keeps the name.
 * Pure: time is a parameter.
 */
/** When a namespace of a cluster was first seen to claim a host. */
export type Sight = { readonly sinceSeconds: number };

type SightedClaim = {
  readonly cluster: string;
  readonly namespace: string;
  readonly host: string;
};

/** `goneSeconds`: wall time since which nothing claims it; null = something does. */
export type SavedSight = SightedClaim & {
  readonly sinceSeconds: number;
  readonly goneSeconds: number | null;
};

export type SavedSights = {
  /** When each cluster was last seen, in wall seconds. */
  readonly seen: ReadonlyMap<string, number>;
  readonly sights: Iterable<SavedSight>;
};

/** Watches are later than creations, and clocks differ. */
export const SLACK_SECONDS = 60;
export const FORGOTTEN_AFTER_SECONDS = 86_400;
/** Without a memory, members that come within this time after the start are believed. */
export const FOUNDING_SECONDS = 600;
/** A cluster that takes longer to be read could go on for ever. */
export const READING_MAX_SECONDS = 3600;
/** Of one cluster: beyond it those are forgotten that have been gone for longest. */
export const GONE_MAX = 100_000;
/** Clusters that are no members any more and of which something is remembered. */
export const AWAY_MAX = 128;

type Kept = { sinceSeconds: number; claims: number; goneSeconds: number | null };

type ClusterSights = {
  state: "founding" | "unread" | "read" | "away";
  /** Wall seconds; when it joined, if it was never seen. */
  seenSeconds: number;
  /** When it was begun to be read. */
  joinedSeconds: number;
  readonly kept: Map<string, Kept>;
  /** Keys of `kept` that nothing claims, those first that have been gone for longest. */
  readonly gone: Set<string>;
};

/** When claims were first seen, for those who enter and withdraw them. */
export type Sights = Pick<FirstSights, "see" | "lose">;

/** Claims are as old as their objects. */
export const AS_CREATED: Sights = {
  see: (_, createdSeconds) => ({ sinceSeconds: createdSeconds }),
  lose: () => undefined,
};

type FirstSightsOptions = {
  /** Null = there is no memory. */
  readonly saved: SavedSights | null;
  readonly wallMs: () => number;
  /** There is something to save. */
  readonly onChange?: () => void;
};

export class FirstSights {
  readonly #clusters: Map<string, ClusterSights> = new Map();
  readonly #wallMs: () => number;
  readonly #onChange: () => void;
  /** Until when members that join are believed; wall seconds. */
  readonly #foundedSeconds: number;

  constructor({ saved, wallMs, onChange }: FirstSightsOptions) {
    this.#wallMs = wallMs;
    this.#onChange = onChange ?? ((): void => undefined);
    this.#foundedSeconds = saved === null ? this.#nowSeconds() + FOUNDING_SECONDS : -1;
    for (const [cluster, seconds] of saved?.seen ?? [])
      this.#clusters.set(cluster, newCluster("away", seconds));
    for (const sight of saved?.sights ?? []) this.#restore(sight);
    for (const { kept, gone } of this.#clusters.values())
      for (const [key] of [...kept].sort(([, a], [, b]) => (a.goneSeconds ?? 0) - (b.goneSeconds ?? 0)))
        gone.add(key);
  }

  /** How much is remembered. */
  get size(): number {
    return [...this.#clusters.values()].reduce((sum, { kept }) => sum + kept.size, 0);
  }

  /** The cluster is read from the beginning. */
  join(cluster: string): void {
    const known = this.#clusters.get(cluster);
    if (known === undefined) {
      const nowSeconds = this.#nowSeconds();
      const state = nowSeconds <= this.#foundedSeconds ? "founding" : "unread";
      this.#clusters.set(cluster, newCluster(state, nowSeconds));
      return;
    }
    if (known.state === "founding") return;
    known.joinedSeconds = this.#nowSeconds();
    if (known.state === "read") known.seenSeconds = this.#nowSeconds();
    known.state = "unread";
  }

  /** All that the cluster claims is known. */
  read(cluster: string): void {
    const known = this.#clusters.get(cluster);
    if (known === undefined) return;
    known.state = "read";
    this.#onChange();
  }

  /** The cluster is no member any more, and what it claimed is lost. */
  leave(cluster: string): void {
    const known = this.#clusters.get(cluster);
    if (known === undefined) return;
    if (known.state === "read") known.seenSeconds = this.#nowSeconds();
    known.state = "away";
    this.#forgetClusters();
    this.#onChange();
  }

  /** One more claim; `createdSeconds`: as its object says. */
  see({ cluster, namespace, host }: SightedClaim, createdSeconds: number): Sight {
    const known = this.#clusters.get(cluster) ?? this.#joined(cluster);
    const key = `${namespace} ${host}`;
    const sinceSeconds = Math.max(createdSeconds, this.#floor(known));
    const kept = known.kept.get(key);
    if (kept === undefined) {
      const sight = { sinceSeconds, claims: 1, goneSeconds: null };
      known.kept.set(key, sight);
      this.#onChange();
      return sight;
    }
    kept.claims++;
    kept.goneSeconds = null;
    known.gone.delete(key);
    if (sinceSeconds < kept.sinceSeconds) {
      kept.sinceSeconds = sinceSeconds;
      this.#onChange();
    }
    return kept;
  }

  /** A claim that was seen is gone. */
  lose({ cluster, namespace, host }: SightedClaim): void {
    const known = this.#clusters.get(cluster);
    const key = `${namespace} ${host}`;
    const kept = known?.kept.get(key);
    if (known === undefined || kept === undefined || --kept.claims > 0) return;
    kept.goneSeconds = this.#nowSeconds();
    known.gone.add(key);
    this.#forget(known);
    this.#onChange();
  }

  /** What is to be saved; what is forgotten by now is left out. */
  get saved(): SavedSights {
    this.#forgetClusters();
    const nowSeconds = this.#nowSeconds();
    const seen = [...this.#clusters].map(
      ([cluster, { state, seenSeconds }]) => [cluster, state === "read" ? nowSeconds : seenSeconds] as const,
    );
    return { seen: new Map(seen), sights: this.#sights() };
  }

  *#sights(): Generator<SavedSight> {
    for (const [cluster, { kept }] of this.#clusters)
      for (const [key, { sinceSeconds, goneSeconds }] of kept) {
        const cut = key.indexOf(" ");
        const [namespace, host] = [key.slice(0, cut), key.slice(cut + 1)];
        yield { cluster, namespace, host, sinceSeconds, goneSeconds };
      }
  }

  /** Nothing claims it until its cluster is read. */
  #restore({ cluster, namespace, host, sinceSeconds, goneSeconds }: SavedSight): void {
    const known = this.#clusters.get(cluster);
    if (known === undefined) return;
    const key = `${namespace} ${host}`;
    const sight = { sinceSeconds, claims: 0, goneSeconds: goneSeconds ?? this.#nowSeconds() };
    known.kept.set(key, sight);
  }

  #joined(cluster: string): ClusterSights {
    this.join(cluster);
    return this.#clusters.get(cluster) as ClusterSights;
  }

  #floor({ state, seenSeconds, joinedSeconds }: ClusterSights): number {
    const nowSeconds = this.#nowSeconds();
    if (state === "read" || nowSeconds > joinedSeconds + READING_MAX_SECONDS)
      return nowSeconds - SLACK_SECONDS;
    return state === "founding" ? Number.NEGATIVE_INFINITY : seenSeconds - SLACK_SECONDS;
  }

  #forgetClusters(): void {
    const away = [...this.#clusters].filter(([, { state }]) => state === "away");
    const excess = away.sort(([, a], [, b]) => a.seenSeconds - b.seenSeconds).slice(0, -AWAY_MAX);
    for (const [cluster] of excess) this.#clusters.delete(cluster);
    for (const [cluster, known] of this.#clusters) {
      this.#forget(known);
      if (known.state === "away" && known.kept.size === 0) this.#clusters.delete(cluster);
    }
  }

  /** What an unread cluster claimed may be claimed still. */
  #forget({ state, gone, kept }: ClusterSights): void {
    const untilSeconds = this.#nowSeconds() - FORGOTTEN_AFTER_SECONDS;
    for (const key of gone) {
      const isOld = (kept.get(key)?.goneSeconds ?? 0) <= untilSeconds;
      const isReading = state === "unread" || state === "founding";
      if (gone.size <= GONE_MAX && (isReading || !isOld)) return;
      gone.delete(key);
      kept.delete(key);
    }
  }

  #nowSeconds(): number {
    return Math.floor(this.#wallMs() / 1000);
  }
}

function newCluster(state: ClusterSights["state"], seenSeconds: number): ClusterSights {
  return { state, seenSeconds, joinedSeconds: seenSeconds, kept: new Map(), gone: new Set() };
}
