/** Text from clusters, for a terminal: what members and authors of objects wrote must not move its cursor. */

/** Lines and tabs stay as they are. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, "?");
}

/** The same, as one line. */
export function printableLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}
