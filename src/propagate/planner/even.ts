/**
 * The rule "even". Weights share the total as if there were no minimums; the clusters that this leaves below their minimum
 * get exactly that, the others share what is left, and so on until nobody is below. If more runs than the total, and it may
 * not be moved, what runs is the maximum of each cluster: then nothing is started, and what stops does so where it is most
 * above its share.
 */
import { keepRunning, shareOut } from "./rounds.ts";
import type { Seat } from "./seats.ts";

/** Plans `total` for the seats; returns what could not be planned. */
export function planEvenly(seats: readonly Seat[], total: number, rebalance: boolean): number {
  const minimums = minimumsOf(seats, total);
  const atMinimum = new Set<Seat>();
  // Each turn adds a cluster, and what is added stays: the others' share only gets smaller.
  for (;;) {
    const left = planTurn(seats, { total, rebalance, minimums, atMinimum });
    const below = seats.filter((seat) => seat.planned < (minimums.get(seat) ?? 0) && !atMinimum.has(seat));
    if (below.length === 0) return left;
    for (const seat of below) atMinimum.add(seat);
  }
}

/** Of the seats with a minimum; as far as the total goes, in order. */
function minimumsOf(seats: readonly Seat[], total: number): ReadonlyMap<Seat, number> {
  const minimums = new Map<Seat, number>();
  let left = total;
  for (const seat of seats) {
    const minimum = Math.min(seat.min, seat.max, seat.capacity, left);
    if (minimum > 0) minimums.set(seat, minimum);
    left -= minimum;
  }
  return minimums;
}

type Turn = {
  readonly total: number;
  readonly rebalance: boolean;
  readonly minimums: ReadonlyMap<Seat, number>;
  readonly atMinimum: ReadonlySet<Seat>;
};

function planTurn(seats: readonly Seat[], { total, rebalance, minimums, atMinimum }: Turn): number {
  let left = total;
  for (const seat of seats) {
    seat.planned = atMinimum.has(seat) ? (minimums.get(seat) ?? 0) : 0;
    seat.kept = 0;
    seat.overflow = 0;
    left -= seat.planned;
  }
  const open = atMinimum.size === 0 ? seats : seats.filter((seat) => !atMinimum.has(seat));
  if (rebalance) return shareOut(open, left);
  const running = seats.reduce((sum, seat) => sum + Math.max(seat.planned, stayingIn(seat)), 0);
  if (running <= total) return shareOut(open, keepRunning(seats, left));
  // Clusters of weight 0 have no share: they keep what the shares left.
  return keepRunning(seats, shareOut(open, left, stayingIn));
}

/** What runs there and may stay. */
function stayingIn(seat: Seat): number {
  return Math.min(seat.current, seat.max, seat.capacity);
}
