/**
 * The difference of two texts in the unified format of diff -u (POSIX), with the shortest list of changed lines (E. W. Myers, An
 * O(ND) difference algorithm, 1986). Texts that differ in too many lines are shown as replaced as a whole.
 */

const CONTEXT_LINES = 3;
/** The work grows with the square of the changed lines. */
const CHANGES_MAX = 500;

type Line = { readonly mark: " " | "-" | "+"; readonly text: string };

/** Hunks without the two lines with names on top; "" when the texts are equal. Texts end with a newline, or are empty. */
export function unifiedDiff(before: string, after: string): string {
  const lines = diffOf(linesOf(before), linesOf(after));
  return hunksOf(lines).map(hunkText).join("");
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

function diffOf(before: readonly string[], after: readonly string[]): readonly Line[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const shorter = Math.min(before.length, after.length) - head;
  while (tail < shorter && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const same = (text: string): Line => ({ mark: " ", text });
  const middle = changesOf(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  return [...before.slice(0, head).map(same), ...middle, ...before.slice(before.length - tail).map(same)];
}

function changesOf(a: readonly string[], b: readonly string[]): readonly Line[] {
  const trace = shortestPath(a, b);
  if (trace === null)
    return [...a.map((text): Line => ({ mark: "-", text })), ...b.map((text): Line => ({ mark: "+", text }))];
  const lines: Line[] = [];
  let [x, y] = [a.length, b.length];
  for (let d = trace.length - 1; d >= 0; d--) {
    const reached = trace[d] as ReadonlyMap<number, number>;
    const k = x - y;
    const isDown = k === -d || (k !== d && at(reached, k - 1) < at(reached, k + 1));
    const before = isDown ? k + 1 : k - 1;
    const beforeX = d === 0 ? 0 : at(reached, before);
    const beforeY = d === 0 ? 0 : beforeX - before;
    for (; x > beforeX && y > beforeY; x--, y--) lines.push({ mark: " ", text: a[x - 1] as string });
    if (d > 0 && isDown) lines.push({ mark: "+", text: b[--y] as string });
    else if (d > 0) lines.push({ mark: "-", text: a[--x] as string });
  }
  return lines.toReversed();
}

/** For each number of changes, how far each diagonal had been reached before it; null = too many changes. */
function shortestPath(
  a: readonly string[],
  b: readonly string[],
): readonly ReadonlyMap<number, number>[] | null {
  const trace: Map<number, number>[] = [];
  let reached = new Map([[1, 0]]);
  for (let d = 0; d <= Math.min(a.length + b.length, CHANGES_MAX); d++) {
    trace.push(reached);
    const next = new Map(reached);
    for (let k = -d; k <= d; k += 2) {
      const isDown = k === -d || (k !== d && at(next, k - 1) < at(next, k + 1));
      let x = isDown ? at(next, k + 1) : at(next, k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      next.set(k, x);
      if (x >= a.length && x - k >= b.length) return trace;
    }
    reached = next;
  }
  return null;
}

function at(reached: ReadonlyMap<number, number>, k: number): number {
  return reached.get(k) ?? 0;
}

type Hunk = { readonly before: number; readonly after: number; readonly lines: readonly Line[] };

/** Changes with the lines around them; those that are near each other share a hunk. */
function hunksOf(lines: readonly Line[]): readonly Hunk[] {
  const changed = lines.flatMap(({ mark }, index) => (mark === " " ? [] : [index]));
  const ranges: [number, number][] = [];
  for (const index of changed) {
    const last = ranges.at(-1);
    const end = Math.min(lines.length, index + CONTEXT_LINES + 1);
    if (last !== undefined && index - CONTEXT_LINES <= last[1]) last[1] = end;
    else ranges.push([Math.max(0, index - CONTEXT_LINES), end]);
  }
  const count = (end: number, other: Line["mark"]): number =>
    lines.slice(0, end).filter(({ mark }) => mark !== other).length;
  return ranges.map(([start, end]) => ({
    before: count(start, "+") + 1,
    after: count(start, "-") + 1,
    lines: lines.slice(start, end),
  }));
}

function hunkText({ before, after, lines }: Hunk): string {
  const count = (other: Line["mark"]): number => lines.filter(({ mark }) => mark !== other).length;
  const head = `@@ -${rangeText(before, count("+"))} +${rangeText(after, count("-"))} @@\n`;
  return head + lines.map(({ mark, text }) => `${mark}${text}\n`).join("");
}

/** A range without lines has the number of the line before it. */
function rangeText(start: number, count: number): string {
  if (count === 1) return String(start);
  return count === 0 ? `${start - 1},0` : `${start},${count}`;
}
