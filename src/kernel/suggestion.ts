/** "Did you mean ...?": the known word closest to a mistyped one. */

/** The known word with the fewest edits away from `word`, if that is few for its length; null when none is near. */
export function closestWord(word: string, known: readonly string[]): string | null {
  const given = word.toLowerCase().slice(0, 64);
  let best: string | null = null;
  let fewest = Math.min(given.length, Math.max(2, Math.ceil(given.length / 3)) + 1);
  for (const candidate of known) {
    const target = candidate.toLowerCase();
    // A prefix counts as one edit: "ttl" suggests "ttlSeconds".
    const edits = given.length >= 3 && target.startsWith(given) ? 1 : editDistance(given, target);
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

/** Levenshtein's distance: single-character insertions, deletions and replacements. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
