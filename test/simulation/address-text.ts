/** Addresses as numbers and hex digits to the text that people write. */

const known = new Map<string, string>();

export function v4Text(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
}

/** 32 hex digits to RFC 5952. */
export function canonical(hex: string): string {
  const before = known.get(hex);
  if (before !== undefined) return before;
  const text = new URL(`http://[${(hex.match(/.{4}/g) ?? []).join(":")}]`).hostname.slice(1, -1);
  known.set(hex, text);
  return text;
}
