/**
 * How many requests to one server may run at once, for each purpose: a burst of one purpose never delays another. Renewals of
 * leases have slots that nothing else uses.
 */

/** `read`: lists and single objects; `status`: what is reported back to the host; `write`: objects in members. */
export type RequestPurpose = "read" | "status" | "event" | "write" | "lease";

/** More would only wait in the server's queues (API Priority and Fairness). */
const SLOTS: Readonly<Record<RequestPurpose, number>> = {
  read: 6,
  status: 2,
  event: 1,
  write: 3,
  // A renewal, and all that is read with it: none of them ever waits.
  lease: 6,
};
/** A connection for each slot, so that no request waits for one. */
export const REQUEST_CONNECTIONS: number = Object.values(SLOTS).reduce((sum, count) => sum + count);

export class RequestSlots {
  readonly #used: Record<RequestPurpose, number> = { read: 0, status: 0, event: 0, write: 0, lease: 0 };
  readonly #waiting: Record<RequestPurpose, Set<() => void>> = {
    read: new Set(),
    status: new Set(),
    event: new Set(),
    write: new Set(),
    lease: new Set(),
  };

  /** Waits for a slot, in the order of the calls. Returns the function that gives it back. Throws the signal's reason. */
  async take(purpose: RequestPurpose, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#used[purpose] >= SLOTS[purpose]) await this.#wait(purpose, signal);
    else this.#used[purpose] += 1;
    let isTaken = true;
    return () => {
      if (isTaken) this.#giveBack(purpose);
      isTaken = false;
    };
  }

  /** The slot passes from the request that ends to the one that waits. */
  #wait(purpose: RequestPurpose, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting[purpose].delete(go);
        reject(signal.reason as Error);
      };
      this.#waiting[purpose].add(go);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  #giveBack(purpose: RequestPurpose): void {
    const next = this.#waiting[purpose].values().next().value;
    if (next === undefined) {
      this.#used[purpose] -= 1;
      return;
    }
    this.#waiting[purpose].delete(next);
    next();
  }
}
