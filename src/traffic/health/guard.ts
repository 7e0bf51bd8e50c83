/**
 * The fleet guard: suspends removals while most of the fleet appears to be down, because the uplink of fedns is then the
 * more likely fault.
 *
 * It is evaluated whenever a target is about to be marked down. Voters are the targets that are up, or that were marked down
 * within the last two minutes, and that were probed since this target began to fail. After two minutes, older probes count
 * too, because a target that is probed once an hour must not delay a removal for an hour. A voter is suspect when it has
 * failures that are not yet forgiven or has been marked down. A cluster is dark when more than half of its voters are
 * suspect. The target is not marked down when both
 *
 *     suspect voters / voters  and  dark clusters / clusters with voters   are more than the share (default: 0.7)
 *
 * and at least two clusters have voters.
 *
 * | what happens                                   | voters  | clusters | so                                       |
 * |------------------------------------------------|---------|----------|------------------------------------------|
 * | the hub loses its uplink                       | all     | all      | held: answers do not change              |
 * | 1 of 3 clusters dies, with most of the targets | 98 %    | 1 / 3    | it leaves                                |
 * | 2 of 3 clusters die                            | 2 / 3   | 2 / 3    | they leave, the third gets its capacity  |
 * | 3 of 4 clusters die                            | 3 / 4   | 3 / 4    | held, until most are healthy again       |
 * | one router fails one cluster after the other   | grows   | grows    | the first 70 % leave, then it is held    |
 * | the only cluster with probes dies              | all     | 1 / 1    | it leaves: there is nothing to compare   |
 *
 * Why 0.7: with three clusters, two must be able to fail. With four or more, a single fault near fedns is more likely than
 * the failure of three in four clusters at once.
 *
 * The guard is released when the same count no longer exceeds the share. A target that still fails is then marked down with
 * its next bad probe. Operators can force addresses down meanwhile.
 */
import type { ProbeHistory } from "./probe-history.ts";

/** Targets marked down within this time are voters. After this time, probes from before the failure count too. */
const TOGETHER_MS = 120_000;
const CLUSTERS_MIN = 2;

export type Voter = {
  /** The cluster of the target. */
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
    const isVoter = (state === "up" && probedMs !== null && probedMs >= evidenceMs) || hasFallen;
    if (!isVoter) continue;
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
  /** The first failure of the target that is not yet forgiven. */
  readonly failingSinceMs: number;
  readonly nowMs: number;
  readonly share: number;
};

/** The guard after a target is about to be marked down, which is allowed unless the guard is then holding. */
export function afterFall(guard: Guard, voters: () => Iterable<Voter>, fall: Fall): Guard {
  if (guard.kind !== "watching") return guard;
  const count = countVoters(voters(), evidenceFrom(fall.failingSinceMs, fall.nowMs), fall.nowMs);
  if (!isMost(count, fall.share)) return guard;
  return { kind: "holding", sinceMs: fall.nowMs, evidenceMs: fall.failingSinceMs };
}

/** The guard some time later. To be called about once a second while it is not watching. */
export function reviewed(guard: Guard, voters: Iterable<Voter>, nowMs: number, share: number): Guard {
  if (guard.kind === "watching") return guard;
  const count = countVoters(voters, evidenceFrom(guard.evidenceMs, nowMs), nowMs);
  return isMost(count, share) ? guard : WATCHING;
}

/** The time since when probes count, if the failure began at `sinceMs`. */
export function evidenceFrom(sinceMs: number, nowMs: number): number {
  return nowMs - sinceMs > TOGETHER_MS ? -Infinity : sinceMs;
}
