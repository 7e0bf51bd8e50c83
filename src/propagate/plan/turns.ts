/** A few at a time: work that waits for its turn, so that an API server is not asked for everything at once. */

/** Runs what it is given, `places` at a time, first come, first served. Rejects as the work does. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

export function turns(places: number): Turns {
  let free = places;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => void waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
