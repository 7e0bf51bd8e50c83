/** What texts are in the columns of copies: words of 64 bits. */

/** A UUID as two words. Other texts are not kept: a copy with such a uid has to be read before it is written. */
export function wordsOf(uid: string): readonly [bigint, bigint] {
  const hex = uid.replaceAll("-", "");
  if (!/^[0-9a-f]{32}$/.test(hex)) return [0n, 0n];
  return [BigInt(`0x${hex.slice(0, 16)}`), BigInt(`0x${hex.slice(16)}`)];
}

/** "" = the uid is not kept. */
export function uidOf(high: bigint, low: bigint): string {
  if (high === 0n && low === 0n) return "";
  const hex = high.toString(16).padStart(16, "0") + low.toString(16).padStart(16, "0");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** A label that somebody else has written is no hash of ours: it equals none. */
export function hashOf(applied: string | null): bigint {
  return applied !== null && /^[0-9a-f]{16}$/.test(applied) ? BigInt(`0x${applied}`) : 0n;
}
