/**
 * How many objects the next page of a list is asked for, from what the pages before it were like:
 *
 *     a page has come               as many as fit into PAGE_GOAL_OCTETS, and at most twice as many as before
 *     it is longer than allowed     an eighth
 *     it took too long              a quarter, but not below SLOW_MIN, and no more than that until a list was complete: then
 *                                   twice as many. What took long may be the server and not the line
 *
 * It outlives a list: a cluster whose objects are large, or whose line is slow, is not asked for too much each time.
 */

/** The page size of client-go and kubectl; 500 objects of 4 kB are 2 MB and 10 ms of JSON.parse. */
const OBJECTS_MAX = 500;
const PAGE_GOAL_OCTETS: number = 4 << 20;
const TOO_LARGE_DIVISOR = 8;
const TOO_SLOW_DIVISOR = 4;
const SLOW_MIN = 25;

export class PageSize {
  #objects = OBJECTS_MAX;
  /** What the line bears. */
  #ceiling = OBJECTS_MAX;

  get objects(): number {
    return this.#objects;
  }

  came(objects: number, octets: number): void {
    const fitting =
      objects === 0 ? OBJECTS_MAX : Math.floor((PAGE_GOAL_OCTETS * objects) / Math.max(1, octets));
    this.#set(Math.min(fitting, 2 * this.#objects));
  }

  /** False: it cannot be smaller. */
  wasTooLarge(): boolean {
    if (this.#objects === 1) return false;
    this.#set(Math.floor(this.#objects / TOO_LARGE_DIVISOR));
    return true;
  }

  wasTooSlow(): void {
    const least = Math.min(this.#objects, SLOW_MIN);
    this.#set(Math.max(least, Math.floor(this.#objects / TOO_SLOW_DIVISOR)));
    this.#ceiling = this.#objects;
  }

  /** A list is complete. */
  wasComplete(): void {
    this.#ceiling = Math.min(2 * this.#ceiling, OBJECTS_MAX);
  }

  #set(objects: number): void {
    this.#objects = Math.max(1, Math.min(objects, this.#ceiling));
  }
}
