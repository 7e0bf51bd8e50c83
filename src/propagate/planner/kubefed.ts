/** The rule "kubefed": minimums first, then what runs unless it may be moved, then shares of the rest. */
import { keepRunning, shareOut } from "./rounds.ts";
import type { Seat } from "./seats.ts";

/** Plans `total` for the seats; returns what could not be planned. */
export function planAsKubefed(seats: readonly Seat[], total: number, rebalance: boolean): number {
  let left = total;
  for (const seat of seats) {
    seat.planned = Math.min(seat.min, left, seat.capacity);
    left -= seat.planned;
  }
  if (!rebalance) left = keepRunning(seats, left);
  return shareOut(seats, left);
}
