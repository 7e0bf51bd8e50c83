/** Durations as people write them: "90", "90s", "5m", "1h30m", "2d". */

const UNIT_SECONDS = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 } as const;

/** Whole seconds; a number without a unit is seconds. Null for anything else, and for more than a century. */
export function parseDuration(text: string): number | null {
  if (text.length > 32) return null;
  if (/^\d{1,10}$/.test(text)) return bounded(Number(text));
  if (!/^(\d{1,10}[wdhms])+$/.test(text)) return null;
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)([wdhms])/g))
    seconds += Number(amount) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS];
  return bounded(seconds);
}

const CENTURY_SECONDS = 36_525 * UNIT_SECONDS.d;

function bounded(seconds: number): number | null {
  return seconds <= CENTURY_SECONDS ? seconds : null;
}

/** The two largest units: 5400 s are "1h30m", 59 s "59s", 0 s "0s". Rounds down. */
export function formatDuration(seconds: number): string {
  let rest = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const [unit, size] of Object.entries(UNIT_SECONDS)) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${amount}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? "0s" : parts.join("");
}
