/** Quantiles by nearest rank: always a measured figure, never one between two. */

import { median } from "../goal.ts";

export type Spread = {
  readonly count: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly highest: number | null;
};

/** `share` 0..1; null for nothing. `values` need not be sorted. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

export function spreadOf(values: readonly number[]): Spread {
  return {
    count: values.length,
    p50: quantile(values, 0.5),
    p99: quantile(values, 0.99),
    highest: quantile(values, 1),
  };
}

/**
 * As spreadOf, but p50 and p99 are the medians of those of each round of `perRound` values; an incomplete round is left
 * out.
 */
export function roundsOf(values: readonly number[], perRound: number): Spread {
  const rounds: Spread[] = [];
  for (let at = 0; at + perRound <= values.length; at += perRound)
    rounds.push(spreadOf(values.slice(at, at + perRound)));
  const middle = (of: (round: Spread) => number | null): number | null =>
    median(rounds.map(of).filter((value) => value !== null));
  return {
    ...spreadOf(values),
    p50: middle(({ p50 }) => p50),
    p99: middle(({ p99 }) => p99),
  };
}
