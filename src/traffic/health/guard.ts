/**
 * The guard: when most of the fleet looks down at once, it is our own uplink that is down, and nothing is taken out.
 *
 * Asked at each fall. Whose word counts: targets that were seen up, are up or fell within the last two minutes, and
 * were probed since the asker began to fail (two minutes later the last word of all others counts too: who is asked
 * once an hour must not hide a death for an hour). Suspect are those of them with failures not yet forgiven, or fallen.
 * A cluster is dark when more than half of its voters are suspect. The fall is refused when both
 *
 *     suspect voters / voters  and  dark clusters / clusters with voters   are more than the share (standard: 0.7)
 *
 * and at least two clusters have a say.
 *
 * | what happens                                   | voters  | clusters | so                                       |
 * |------------------------------------------------|---------|----------|------------------------------------------|
 * | the hub loses its uplink                       | all     | all      | held: answers do not change              |
 * | 1 of 3 clusters dies, with most of the targets | 98 %    | 1 / 3    | it leaves                                |
 * | 2 of 3 clusters die                            | 2 / 3   | 2 / 3    | they leave, the third gets its capacity  |
 * | 3 of 4 clusters die                            | 3 / 4   | 3 / 4    | held, until most are sound again         |
 * | one router fails one cluster after the other   | grows   | grows    | the first 70 % leave, then it is held    |
 * | the only cluster with probes dies              | all     | 1 / 1    | it leaves: there is nothing to compare   |
 *
 * Why 0.7: two of three must be able to fail, and of four or more, three in
 * four at once are likelier one fault of ours than that many of theirs.
 *
 * The guard lets go when, by the same count, that is no longer so. A held target falls with its next bad probe
 * then; one that is good again never left. Operators can force addresses down
 * meanwhile.
 */
import type { ProbeHistory } from "./probe-history.ts";

/** Falls so long ago count as part of what happens now; so long we wait for the word of all. */
const TOGETHER_MS = 120_000;
const CLUSTERS_MIN = 2;

export type Voter = {
  /** The cluster the target stands in. */
  readonly cluster: string;
  readonly history: ProbeHistory;
};

/** `evidenceMs`: when it began; see `evidenceFrom`. */
export type Guard =
  | { readonly kind: "watching" }
  | { readonly kind: "holding"; readonly sinceMs: number; readonly evidenceMs: number };

export const WATCHING: Guard = { kind: "watching" };

type Count = {
  readonly voters: number;
  readonly suspects: number;
  readonly clusters: number;
  readonly darkClusters: number;
};

export function countVoters(voters: Iterable<Voter>, evidenceMs: number, nowMs: number): Count {
  const clusters = new Map<string, { voters: number; suspects: number }>();
  for (const { cluster, history } of voters) {
    const { state, flippedMs, probedMs } = history;
    const hasFallen = state === "down" && flippedMs !== null && nowMs - flippedMs < TOGETHER_MS;
    const hasSay = (state === "up" && probedMs !== null && probedMs >= evidenceMs) || hasFallen;
    if (!hasSay) continue;
    const count = clusters.get(cluster) ?? { voters: 0, suspects: 0 };
    count.voters += 1;
    if (hasFallen || history.failures > 0) count.suspects += 1;
    clusters.set(cluster, count);
  }
  const counts = [...clusters.values()];
  return {
    voters: counts.reduce((sum, count) => sum + count.voters, 0),
    suspects: counts.reduce((sum, count) => sum + count.suspects, 0),
    clusters: counts.length,
    darkClusters: counts.filter((count) => count.suspects * 2 > count.voters).length,
  };
}

export function isMost(count: Count, share: number): boolean {
  return (
    count.clusters >= CLUSTERS_MIN &&
    count.suspects > share * count.voters &&
    count.darkClusters > share * count.clusters
  );
}

type Fall = {
  /** The asker's first failure not yet forgiven. */
  readonly failingSinceMs: number;
  readonly nowMs: number;
  readonly share: number;
};

/** The guard after a target asked to fall; it may unless the guard is holding now. */
export function afterFall(guard: Guard, voters: () => Iterable<Voter>, fall: Fall): Guard {
  if (guard.kind !== "watching") return guard;
  const count = countVoters(voters(), evidenceFrom(fall.failingSinceMs, fall.nowMs), fall.nowMs);
  if (!isMost(count, fall.share)) return guard;
  return { kind: "holding", sinceMs: fall.nowMs, evidenceMs: fall.failingSinceMs };
}

/** The guard some time later: to be asked about once a second while it is not watching. */
export function reviewed(guard: Guard, voters: Iterable<Voter>, nowMs: number, share: number): Guard {
  if (guard.kind === "watching") return guard;
  const count = countVoters(voters, evidenceFrom(guard.evidenceMs, nowMs), nowMs);
  return isMost(count, share) ? guard : WATCHING;
}

/** Probes since then have a say, when it began at `sinceMs`. */
export function evidenceFrom(sinceMs: number, nowMs: number): number {
  return nowMs - sinceMs > TOGETHER_MS ? -Infinity : sinceMs;
}
