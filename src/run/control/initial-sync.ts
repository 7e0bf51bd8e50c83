/**
 * When a start is complete: what has been read, what has not and why, and how long the setting `unreadMembers` makes a new
 * replica wait for it.
 *
 *     unreadMembers   a replica without a complete picture is ready when zone files and changes are in the picture, and
 *     wait            every member has been read or is forgotten, whatever time that takes
 *     bounded         every member has been read or has failed once, or syncBoundSeconds are over
 *     ignore          nothing else
 */
import type { Clock } from "../../kernel/clock.ts";
import type { Config } from "../config/config.ts";
import type { ControlPlane } from "./control-plane.ts";

/** A member that the picture does not speak for: what only it could declare, and the picture does not have, is SERVFAIL. */
export type UnreadMember = {
  readonly cluster: string;
  /** A clause for people. */
  readonly problem: string;
};

export type InitialSync = {
  /** A new replica need not wait any longer. */
  readonly isDone: boolean;
  readonly unread: readonly UnreadMember[];
  /** "clusters of the host": of this source it is not known which clusters it has. */
  readonly unknown: readonly string[];
  /** Why the zone files are not known; null = they are. */
  readonly zones: string | null;
};

type ReadParts = Pick<ControlPlane, "fleet" | "publisher" | "zones">;

const POLL_MS = 20;
const NO_ZONES = "the folder of zone files has not been read yet";

export function unreadMembers({ fleet, publisher }: ReadParts): readonly UnreadMember[] {
  const unread = new Set(publisher.unread);
  return fleet.members
    .filter(({ name }) => unread.has(name))
    .map(({ name, unreadReason }) => ({ cluster: name, problem: unreadReason }));
}

export function initialSyncOf(parts: ReadParts, isDone: boolean): InitialSync {
  const { fleet, publisher } = parts;
  const members = new Set(fleet.members.map(({ name }) => name));
  const unknown = publisher.unread.filter((name) => !members.has(name));
  return { isDone, unread: unreadMembers(parts), unknown, zones: parts.zones.isRead ? null : NO_ZONES };
}

/**
 * Resolves when all zone files and members were read once, or failed, and what was read is in the picture. A member that
 * neither answers nor fails is waited for until the bound.
 */
export function whenSettled(parts: ReadParts, boundMs: number, clock: Clock): Promise<void> {
  const { fleet, publisher } = parts;
  const boundAtMs = clock.nowMs() + boundMs;
  /** Members that failed once: between two tries they look as if they were being read. */
  const failed = new Set<string>();
  return becomesTrue(clock, () => {
    for (const { name, isSettled, isSynced } of fleet.members) if (isSettled && !isSynced) failed.add(name);
    const isBoundOver = clock.nowMs() >= boundAtMs;
    const isKnown = fleet.isComplete && publisher.unread.every((name) => failed.has(name));
    return isPublished(parts) && (isBoundOver || isKnown);
  });
}

/** Resolves when the setting in force lets a new replica be ready. `settled`: see whenSettled. */
export function whenMayBeReady(
  setting: () => Config["unreadMembers"],
  parts: ReadParts,
  settled: Promise<void>,
  clock: Clock,
): Promise<void> {
  const { fleet, publisher } = parts;
  let isSettled = false;
  void settled.then(() => {
    isSettled = true;
  });
  const isComplete = {
    wait: () => fleet.isComplete && publisher.unread.length === 0,
    bounded: () => isSettled,
    ignore: () => true,
  };
  return becomesTrue(clock, () => isPublished(parts) && isComplete[setting()]());
}

/** A member that has just been read is not in the picture yet. */
function isPublished({ publisher, zones }: ReadParts): boolean {
  return zones.isRead && publisher.health.pending === 0;
}

function becomesTrue(clock: Clock, isTrue: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const poll = (): void => {
      if (isTrue()) resolve();
      else clock.after(POLL_MS, poll);
    };
    clock.after(POLL_MS, poll);
  });
}
