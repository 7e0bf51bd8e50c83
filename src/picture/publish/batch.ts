/** A part of what waits to be published. */

/** A large fleet that joins waits in the set: copying all of it for each batch would cost more than the batches. */
export function first<T>(all: Iterable<T>, count: number): T[] {
  const taken: T[] = [];
  for (const one of all) {
    if (taken.length === count) break;
    taken.push(one);
  }
  return taken;
}
