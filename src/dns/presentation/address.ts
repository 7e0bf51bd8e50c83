/** IP addresses between text and wire: dotted quads, and IPv6 as RFC 4291 §2.2 reads it and RFC 5952 writes it. */

/** The four octets, or null. Leading zeros are refused, because some programs read them as octal. */
export function parseIPv4(text: string): readonly number[] | null {
  const octets = [0, 0, 0, 0];
  let part = 0;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0 || ++part > 3) return null;
      digits = 0;
      continue;
    }
    const octet = 10 * (octets[part] as number) + code - ZERO;
    if (code < ZERO || code > ZERO + 9 || octet > 255 || (digits > 0 && octets[part] === 0)) return null;
    octets[part] = octet;
    digits++;
  }
  return part === 3 && digits > 0 ? octets : null;
}

const DOT = 0x2e;
const ZERO = 0x30;

/** The sixteen octets, or null. No zone index. */
export function parseIPv6(text: string): readonly number[] | null {
  const halves = text.split("::");
  if (halves.length > 2 || text.length > 45) return null;
  const head = groupsOf(halves[0] as string, halves.length === 1);
  if (halves.length === 1) return head?.length === 16 ? head : null;
  const tail = groupsOf(halves[1] as string, true);
  // "::" stands for at least one group.
  if (head === null || tail === null || head.length + tail.length > 14) return null;
  return [...head, ...Array.from({ length: 16 - head.length - tail.length }, () => 0), ...tail];
}

/** Octets of groups with single colons between them; the last may be a dotted quad where `isEnd`. */
function groupsOf(text: string, isEnd: boolean): number[] | null {
  if (text === "") return [];
  const octets: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    const quad = isEnd && index === groups.length - 1 && group.includes(".") ? parseIPv4(group) : null;
    if (quad !== null) octets.push(...quad);
    else if (/^[0-9a-fA-F]{1,4}$/.test(group))
      octets.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255);
    else return null;
  }
  return octets;
}

export function formatIPv4(octets: Uint8Array): string {
  return octets.join(".");
}

/** RFC 5952: the first of the longest runs of two or more zero groups is shortened to "::"; lower case. */
export function formatIPv6(octets: Uint8Array): string {
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((octets[2 * i] as number) << 8) | (octets[2 * i + 1] as number),
  );
  const run = longestZeros(groups);
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  const isMapped = run.start === 0 && run.length === 5 && groups[5] === 0xffff;
  if (isMapped) return `::ffff:${formatIPv4(octets.subarray(12))}`;
  if (run.length < 2) return hex(groups);
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
}

function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}
