/**
 * Whether members that the host no longer has have left. To delete a KubeFedCluster is to leave; but a host that was
 * restored, or whose definitions were removed, loses many at once, and answers must not depend on that. Pure.
 */

/** The share of all members that may go at once and be believed. */
const LOSS_SHARE_MAX = 0.3;
/** Members that went with too many others are kept until the host has been seen without them for this long. */
export const KEPT_FOR_MS = 600_000;

type Loss = {
  /** How many members the host had declared. */
  readonly known: number;
  /** How many of them went at once. */
  readonly gone: number;
  /** They were missing from a list; nothing told of their deletion. */
  readonly isFromList: boolean;
};

/**
 *     gone                              seen as deletions    missing from a list
 *     1 of 1                            believed             doubted: the list is empty
 *     1 of several                      believed             believed
 *     several, less than 30 %           believed             believed
 *     several, 30 % or more             doubted              doubted
 */
export function isDoubtful({ known, gone, isFromList }: Loss): boolean {
  if (gone === 0) return false;
  if (isFromList && gone === known) return true;
  return gone > 1 && gone >= known * LOSS_SHARE_MAX;
}

type KeptMember = {
  readonly name: string;
  /** Monotonic ms. */
  readonly goneSinceMs: number;
};
type HostView = {
  readonly nowMs: number;
  /** Since when the host has been seen without a gap; null = it is not seen now. */
  readonly seenSinceMs: number | null;
  /** How many members the host declares now. */
  readonly present: number;
};

/**
 * The kept members that have left by now. While the host declares no member at all, none has: an empty host proves nothing,
 * and one KubeFedCluster is enough to prove that it is in use.
 */
export function leftByNow(kept: Iterable<KeptMember>, view: HostView): readonly string[] {
  const { nowMs, seenSinceMs, present } = view;
  if (seenSinceMs === null || present === 0) return [];
  return [...kept]
    .filter(({ goneSinceMs }) => nowMs - Math.max(goneSinceMs, seenSinceMs) >= KEPT_FOR_MS)
    .map(({ name }) => name);
}
