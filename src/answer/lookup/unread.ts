/**
 * While a member has never been read, what it could declare is not known: services at its levels, and hosts below the
 * suffixes that it may claim. Of a member that was last read before the picture was copied, only new names are not known.
 * Everything else is answered.
 */
import * as memoryModule from "../../picture/format/memory.ts";
import * as nodeFields from "../../picture/format/node.ts";
import type { LevelAt } from "../../picture/format/node.ts";
import * as unreadFields from "../../picture/content/unread.ts";
import type { SuffixAt, UnreadAt } from "../../picture/content/unread.ts";
import type { NameBuffer } from "../../dns/message/query-record.ts";
import type { WorkerContext } from "../context/worker-context.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { NONE } = memoryModule;
const { EVERYWHERE } = nodeFields;
const {
  firstSuffix,
  hasUnread,
  isUnreadAt,
  mayBeBelow,
  mayDeclareBelow,
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
  if (level !== EVERYWHERE) return isUnreadAt(u32, unread, level);
  if (!hasUnread(u32, unread)) return false;
  const suffix = suffixAbove(context, unread);
  return suffix !== NONE && mayDeclareBelow(u32, suffix);
}

/**
 * May the name of the state have been declared by a member that the picture does not speak for? `isService`: as a service;
 * one that is declared anywhere has its names at every level. Otherwise only as a host, or as a part of a place that is not
 * known.
 */
export function mayBeDeclared(context: WorkerContext, isService: boolean): boolean {
  const { u32 } = context.picture;
  const unread = unreadRecord(u32);
  if (unread === NONE) return false;
  if (isService) return true;
  const suffix = suffixAbove(context, unread);
  return suffix !== NONE && mayBeBelow(u32, suffix);
}

/** The first suffix that holds the name; NONE = none does. */
function suffixAbove({ picture, state }: WorkerContext, unread: UnreadAt): SuffixAt {
  const { u32 } = picture;
  let suffix = firstSuffix(unread);
  for (let left = unreadSuffixes(u32, unread); left > 0; left--) {
    const octets = suffixOctets(u32, suffix);
    const from = state.name.octets - octets;
    if (isLabelAt(state.name, from) && picture.hasOctets(suffixNameAt(suffix), state.name.view, from, octets))
      return suffix;
    suffix = nextSuffix(u32, suffix);
  }
  return NONE as SuffixAt;
}

/** Does a label of the name start at this octet, the root's included? */
function isLabelAt({ labels, labelCount }: NameBuffer, from: number): boolean {
  if (from < 0) return false;
  for (let i = 0; i <= labelCount; i++) if (labels[i] === from) return true;
  return false;
}
