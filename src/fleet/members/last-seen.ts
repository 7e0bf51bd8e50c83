/**
 * Until when the changes of a member are known to have been seen, for people. A watch that fell silent counts as seen by those who
 * decide until it is known to be dead (watch/reflector.ts); nobody shall read "now" beside "unreachable" meanwhile.
 *
 *   watches   API server   last seen
 *   ───────   ──────────   ─────────
 *   run       answers      now
 *   run       does not     when it last answered, or sent an event or a bookmark
 *   failed    any          since when changes may have gone unseen
 */
import type { ReflectorHealth } from "../watch/watch-health.ts";
import type { Reachability } from "./member-connection.ts";

type Seen = {
  /** Wall time in ms; null = the watches run. */
  readonly unseenSinceMs: number | null;
  readonly reachability: Pick<Reachability, "kind" | "answeredAtMs" | "sinceMs">;
  readonly watches: readonly Pick<ReflectorHealth, "lastEventMs" | "lastBookmarkMs">[];
};

/** Wall time in ms; null = now. */
export function shownLastSeenMs({ unseenSinceMs, reachability, watches }: Seen): number | null {
  if (unseenSinceMs !== null || reachability.kind !== "unreachable") return unseenSinceMs;
  const signs = watches.flatMap(({ lastEventMs, lastBookmarkMs }) => [lastEventMs ?? 0, lastBookmarkMs ?? 0]);
  return Math.max(reachability.answeredAtMs ?? reachability.sinceMs, ...signs);
}
