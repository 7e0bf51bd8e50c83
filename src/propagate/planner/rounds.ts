/**
 * The two steps that both rules are made of: what runs stays, and what is left is shared out by weight.
 *
 * Sharing out takes rounds. In each, every cluster in turn gets its share of what was left when the round began, rounded
 * up; what is kept already counts as share. A cluster that is full leaves, and its part is in the next round.
 */
import type { Seat } from "./seats.ts";

/** Above this a product is counted with integers of any length: sums of weights and replicas stay exact. */
const EXACT_MAX = 2 ** 52;

/** Plans what runs, as far as `total` goes, in order; returns what is left. */
export function keepRunning(seats: readonly Seat[], total: number): number {
  let left = total;
  for (const seat of seats) {
    const staying = Math.min(seat.current, seat.max, seat.capacity);
    const kept = Math.max(0, Math.min(staying - seat.planned, left));
    seat.kept = kept;
    seat.planned += kept;
    left -= kept;
  }
  return left;
}

/** Plans `total` by weight on top of what is planned; returns what is left. `bound`: a maximum of its own for each seat. */
export function shareOut(
  seats: readonly Seat[],
  total: number,
  bound: (seat: Seat) => number = ({ max }) => max,
): number {
  let left = total;
  let open = seats;
  while (left > 0) {
    const shareOf = sharesOf(open, left);
    if (shareOf === null) return left;
    const before = left;
    let isChanged = false;
    const staying: Seat[] = [];
    for (const seat of open) {
      const share = Math.min(shareOf(seat.weight), left);
      const counted = Math.min(share, seat.kept);
      seat.kept -= counted;
      const wanted = seat.planned + share - counted;
      const allowed = Math.min(wanted, bound(seat));
      const placed = Math.min(allowed, seat.capacity);
      if (allowed > seat.capacity) seat.overflow = allowed - seat.capacity;
      if (placed === wanted) staying.push(seat);
      if (placed > seat.planned || counted > 0) isChanged = true;
      left -= placed - seat.planned;
      seat.planned = placed;
    }
    if (!isChanged) return left;
    if (left === before && staying.length === open.length) skipEqualRounds(open, shareOf);
    open = staying;
  }
  return left;
}

/** Rounds that only count what is kept repeat until one cluster has nothing more to count: thousand millions, if it kept many. */
function skipEqualRounds(open: readonly Seat[], shareOf: (weight: number) => number): void {
  let rounds = Number.POSITIVE_INFINITY;
  for (const { weight, kept } of open)
    if (weight > 0) rounds = Math.min(rounds, Math.floor(kept / shareOf(weight)));
  if (!Number.isFinite(rounds)) return;
  for (const seat of open) seat.kept -= rounds * shareOf(seat.weight);
}

/** The share of `amount` that a weight has, rounded up; null = nobody has a weight. */
function sharesOf(open: readonly Seat[], amount: number): ((weight: number) => number) | null {
  let weights = 0;
  for (const { weight } of open) weights += weight;
  if (weights === 0) return null;
  if ((amount + 1) * weights < EXACT_MAX)
    return (weight) => Math.floor((amount * weight + weights - 1) / weights);
  const sum = open.reduce((all, { weight }) => all + BigInt(weight), 0n);
  return (weight) => Number((BigInt(amount) * BigInt(weight) + sum - 1n) / sum);
}
