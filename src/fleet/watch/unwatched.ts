/** How a resource looks that nobody watches: nothing is seen of it, and nobody is blind for it. */
import type { ReflectorHealth } from "./watch-health.ts";

/** Of what is switched off, or has not been looked at yet. */
export const UNWATCHED: ReflectorHealth = {
  state: "stopped",
  blindSinceMs: null,
  blindTotalMs: 0,
  blindLongestMs: 0,
  isSynced: false,
  lastEventMs: null,
  lastBookmarkMs: null,
  restarts: 0,
  relists: 0,
  lastError: null,
  resourceVersion: null,
  objectCount: 0,
  projectionErrors: 0,
  sinkErrors: 0,
};
