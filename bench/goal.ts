/** Goal arithmetic: medians, ratios of alternating rounds, and whether a bound is kept. */
import type { Goal } from "./bench.ts";

/** One figure per round; null where that round has none. */
export type Rounds = readonly (number | null)[];

/** The middle value, or the mean of the two middle ones; null if there are none. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
}

/** The median of the rounds that have a figure. */
export function medianOf(rounds: Rounds): number | null {
  return median(rounds.filter((value) => value !== null));
}

/**
 * The median of the ratios of `upper` to `lower`, round by round. Rounds are minutes apart on a shared machine. A
 * disturbance hits both figures of a round, so their ratio is stable where the figures drift.
 */
export function ratioOf(upper: Rounds, lower: Rounds): number | null {
  const ratios: number[] = [];
  for (const [index, value] of upper.entries()) {
    const other = lower[index] ?? null;
    if (value !== null && other !== null && other > 0) ratios.push(value / other);
  }
  return median(ratios);
}

/** For each round the median over several contenders; null if one of them has no figure. */
export function medianRounds(contenders: readonly Rounds[]): Rounds {
  const first = contenders[0] ?? [];
  return first.map((_, index) => {
    const figures = contenders.map((rounds) => rounds[index] ?? null);
    return figures.includes(null) ? null : medianOf(figures);
  });
}

/** A goal of the form "at most". */
export function atMost(name: string, value: number | null, bound: number, unit: string): Goal {
  return {
    name,
    goal: `<= ${spell(bound, unit)}`,
    value: round(value),
    met: value !== null && value <= bound,
  };
}

/** A goal of the form "less than". */
export function below(name: string, value: number | null, bound: number, unit: string): Goal {
  return { name, goal: `< ${spell(bound, unit)}`, value: round(value), met: value !== null && value < bound };
}

/** Three decimals for print; whether a goal is met was decided before. */
export function round(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000;
}

function spell(bound: number, unit: string): string {
  return unit === "x" ? `${bound.toFixed(2)}x` : `${bound} ${unit}`;
}
