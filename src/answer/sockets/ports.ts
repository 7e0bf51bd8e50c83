/** Source ports that get no answer. */

/** Port 0 cannot be reached; the others are services that would answer our answer: echo, daytime, quote, chargen, time. */
const UNANSWERED = [0, 7, 13, 17, 19, 37] as const;

/** Indexed by port; all of them are below 64. */
export const IS_UNANSWERED: Uint8Array = new Uint8Array(64);
for (const port of UNANSWERED) IS_UNANSWERED[port] = 1;

export function isUnanswered(port: number): boolean {
  return IS_UNANSWERED[port] === 1;
}
