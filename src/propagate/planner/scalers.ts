/** The steps by which autoscaling distributes maximums first and then minimums, in the order of the clusters. */
import { addInTurn, takeInTurn } from "./turns.ts";

/** One cluster while minimums and maximums are distributed. */
export type Scaler = {
  readonly cluster: string;
  /** Has it no autoscaler yet? */
  readonly isNew: boolean;
  readonly needsMax: boolean;
  readonly needsMin: boolean;
  /** Replicas that its autoscaler desires. */
  readonly load: number;
  offersMax: boolean;
  offersMin: boolean;
  min: number;
  max: number;
};

/** At least so much a turn: with a maximum of 1 everywhere, nobody could offer any. */
const MAX_EACH = 2;
/** Who gave its last reserve to another would need it back at once. */
const RESERVE_MIN = 2;

/** The maximums add up to `wanted` then. */
export function distributeMax(scalers: readonly Scaler[], wanted: number): void {
  let left = wanted - scalers.reduce((sum, { max }) => sum + max, 0);
  for (; left < 0 && popMax(scalers); left++);
  if (left < 0) left = -cutMax(scalers, -left);
  for (const scaler of scalers.filter(({ needsMax }) => needsMax)) {
    if (popMax(scalers, RESERVE_MIN)) scaler.max++;
    else if (left > 0) {
      scaler.max++;
      left--;
    } else break;
  }
  const fresh = scalers.filter(({ isNew }) => isNew);
  const receivers = fresh.length > 0 ? fresh : scalers;
  for (let i = 0; fresh.length > 0 && popMax(scalers); i++) (fresh[i % fresh.length] as Scaler).max++;
  addInTurn(receivers, left, {
    each: Math.max(MAX_EACH, Math.floor(left / receivers.length)),
    roomOf: () => Number.POSITIVE_INFINITY,
    apply: (scaler, count) => {
      scaler.max += count;
    },
  });
}

/** The minimums add up to `wanted` then, or to more, because a cluster has at least 1. */
export function distributeMin(scalers: readonly Scaler[], wanted: number): void {
  let left = wanted - scalers.reduce((sum, { min }) => sum + min, 0);
  for (; left < 0 && popMin(scalers); left++);
  if (left < 0)
    takeInTurn(scalers, -left, {
      roomOf: ({ min }) => min - 1,
      apply: (scaler, count) => {
        scaler.min -= count;
      },
    });
  for (const scaler of scalers.filter(({ needsMin, min, max }) => needsMin && min < max)) {
    if (popMin(scalers)) scaler.min++;
    else if (left > 0) {
      scaler.min++;
      left--;
    } else break;
  }
  const fresh = scalers.filter(({ isNew, max }) => isNew && max > 0);
  for (const scaler of fresh) if (popMin(scalers)) scaler.min++;
  const room = {
    roomOf: ({ min, max }: Scaler) => max - min,
    apply: (scaler: Scaler, count: number) => {
      scaler.min += count;
    },
  };
  const rest = addInTurn(fresh, left, { ...room, each: Math.max(1, Math.floor(left / fresh.length)) });
  addInTurn(scalers, rest, { ...room, each: Math.max(1, Math.floor(rest / scalers.length)) });
  for (const scaler of scalers) if (scaler.max > 0 && scaler.min < 1) scaler.min = 1;
}

/** Takes one of the maximum of the cluster that offers it and has the largest reserve; false: nobody offers one. */
function popMax(scalers: readonly Scaler[], reserveMin = 0): boolean {
  const offer = largestReserve(
    scalers.filter(({ offersMax, max, load }) => offersMax && max - load >= reserveMin),
  );
  if (offer === null) return false;
  offer.offersMax = false;
  offer.max--;
  return true;
}

function popMin(scalers: readonly Scaler[]): boolean {
  const offer = largestReserve(scalers.filter(({ offersMin, min }) => offersMin && min > 1));
  if (offer === null) return false;
  offer.offersMin = false;
  offer.min--;
  return true;
}

function largestReserve(offers: readonly Scaler[]): Scaler | null {
  return offers.reduce<Scaler | null>(
    (best, one) => (best === null || one.max - one.load > best.max - best.load ? one : best),
    null,
  );
}

/** Takes `excess` although nobody offers it: down to the minimums, then down to 1, then whole clusters, the least loaded first. */
function cutMax(scalers: readonly Scaler[], excess: number): number {
  const floors = [({ min }: Scaler) => Math.max(1, min), () => 1, () => 0];
  const order = scalers.toSorted((a, b) => a.load - b.load);
  return floors.reduce(
    (left, floorOf) =>
      takeInTurn(order, left, {
        roomOf: (scaler) => scaler.max - floorOf(scaler),
        apply: (scaler, count) => {
          scaler.max -= count;
          scaler.min = Math.min(scaler.min, scaler.max);
        },
      }),
    excess,
  );
}
