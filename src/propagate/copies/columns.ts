/** Columns of rows: typed arrays that grow. */

export const FIRST_ROWS = 64;

/** How many rows columns have that hold this one. */
export function rowsWith(row: number): number {
  return 2 ** Math.ceil(Math.log2(row + 1));
}

type Column = { set(values: never): void };

/** `after` with what `before` has. */
export function grown<T extends Column>(before: T, after: T): T {
  after.set(before as never);
  return after;
}
