/** Durations as people write them: "90", "90s", "500ms", "5m", "1h30m", "2d". */

const UNIT_MS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
const DURATION_MAX_MS = 36_525 * UNIT_MS.d;
const TEXT_MAX_CHARACTERS = 32;

/** Whole milliseconds; a number without a unit is seconds. Null for anything else, and for more than a century. */
export function parseDuration(text: string): number | null {
  if (text.length > TEXT_MAX_CHARACTERS) return null;
  if (/^\d{1,10}$/.test(text)) return bounded(Number(text) * UNIT_MS.s);
  if (!/^(\d{1,10}(ms|[wdhms]))+$/.test(text)) return null;
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[wdhms])/g))
    ms += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return bounded(ms);
}

function bounded(ms: number): number | null {
  return ms <= DURATION_MAX_MS ? ms : null;
}

/** The two largest units: 5,400,000 ms are "1h30m", 1500 ms "1s500ms", 0 ms "0s". Rounds down. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.floor(ms));
  const parts: string[] = [];
  for (const [unit, size] of Object.entries(UNIT_MS)) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${amount}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? "0s" : parts.join("");
}
