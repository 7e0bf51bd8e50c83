/** Rows as aligned columns, as `kubectl get` prints them. */
import { printableLine } from "./printable.ts";

/** Between two columns. */
const GAP = "   ";

/** The width of each column: that of its longest cell, and no less than before. */
export function columnWidths(
  rows: readonly (readonly string[])[],
  before: readonly number[] = [],
): readonly number[] {
  const widths = [...before];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  return widths;
}

/** A line for each row, each with its newline; control characters are shown as question marks. */
export function alignedLines(
  rows: readonly (readonly string[])[],
  widths: readonly number[] = columnWidths(rows),
): string {
  return rows.map((row) => `${printableLine(lineOf(row, widths))}\n`).join("");
}

function lineOf(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join(GAP)
    .trimEnd();
}
