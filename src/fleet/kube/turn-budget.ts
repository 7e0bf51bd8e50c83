/**
 * How many changes of one cluster are taken in one turn of the event loop, over all of its watches: a cluster that changes
 * without end lets the others have their turn.
 */

/** About a millisecond of work; a watch of one cluster alone is not slowed by so many turns. */
const CHANGES = 100;

export class TurnBudget {
  #left = CHANGES;
  #next: Promise<void> | null = null;

  /** Takes one change. Returns false when there have been too many in this turn: then it is to be tried again after `nextTurn`. */
  spend(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    void this.nextTurn();
    return true;
  }

  /** Resolves in the next turn, with a new budget. */
  nextTurn(): Promise<void> {
    this.#next ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#next = null;
        this.#left = CHANGES;
        resolve();
      });
    });
    return this.#next;
  }
}
