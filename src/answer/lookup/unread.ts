/**
 * While a member has never been read, what it could declare is not known: services at its levels, and hosts below the
 * suffixes that it may claim. Everything else is answered.
 */
import * as memoryModule from "../../picture/format/memory.ts";
import * as nodeFields from "../../picture/format/node.ts";
import type { LevelAt } from "../../picture/format/node.ts";
import * as unreadFields from "../../picture/content/unread.ts";
import type { UnreadAt } from "../../picture/content/unread.ts";
import type { NameBuffer } from "../../dns/message/query-record.ts";
import type { WorkerContext } from "../context/worker-context.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { NONE } = memoryModule;
const { EVERYWHERE } = nodeFields;
const {
  firstSuffix,
  isOpen,
  isUnreadAt,
  nextSuffix,
  suffixNameAt,
  suffixOctets,
  unreadRecord,
  unreadSuffixes,
} = unreadFields;

/** May an unread member have endpoints for the service or host that the name of the state stands for, at this level? */
export function mayBeReadyAt(context: WorkerContext, level: LevelAt): boolean {
  const { u32 } = context.picture;
  const unread = unreadRecord(u32);
  if (unread === NONE) return false;
  return level === EVERYWHERE ? isBelowOpenSuffix(context, unread) : isUnreadAt(u32, unread, level);
}

/**
 * May an unread member declare the name of the state? `isService`: as a service; one that is declared anywhere has its
 * names at every level. Otherwise only as a host, or as a part of a place that is not known.
 */
export function mayBeDeclared(context: WorkerContext, isService: boolean): boolean {
  const unread = unreadRecord(context.picture.u32);
  return unread !== NONE && (isService || isBelowOpenSuffix(context, unread));
}

/** The first suffix that holds the name decides. */
function isBelowOpenSuffix({ picture, state }: WorkerContext, unread: UnreadAt): boolean {
  const { u32 } = picture;
  let suffix = firstSuffix(unread);
  for (let left = unreadSuffixes(u32, unread); left > 0; left--) {
    const octets = suffixOctets(u32, suffix);
    const from = state.name.octets - octets;
    if (isLabelAt(state.name, from) && picture.hasOctets(suffixNameAt(suffix), state.name.view, from, octets))
      return isOpen(u32, suffix);
    suffix = nextSuffix(u32, suffix);
  }
  return false;
}

/** Does a label of the name start at this octet, the root's included? */
function isLabelAt({ labels, labelCount }: NameBuffer, from: number): boolean {
  if (from < 0) return false;
  for (let i = 0; i <= labelCount; i++) if (labels[i] === from) return true;
  return false;
}
