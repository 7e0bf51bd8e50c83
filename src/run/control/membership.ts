/**
 * What the join and the leave of a member mean for everything between the federation and the picture: its number, its
 * names, its share, its part of the room, and the plans that name it.
 */
import type { ChangeFeed } from "../../traffic/plan/change-feed.ts";
import type { Federation } from "../../federation/members/federation.ts";
import type { HostController } from "../../federation/hosts/host-controller.ts";
import type { Quota } from "../../federation/members/quota.ts";
import type { Membership } from "../../fleet/members/fleet.ts";
import type { ForgottenClusters } from "../forget/forgotten-clusters.ts";
import type { LastRun } from "../../picture/publish/saved.ts";
import type { UnreadMembers } from "../../picture/nodes/unread-members.ts";
import type { Publisher } from "../../picture/publish/publisher.ts";
import type { Planner } from "../../traffic/plan/planner.ts";

type MembershipParts = {
  readonly federation: Federation;
  readonly changes: ChangeFeed;
  readonly publisher: Publisher;
  readonly planner: Planner;
  readonly lastRun: LastRun;
  /** Null = there are no hosts. */
  readonly hosts: Pick<HostController, "leave" | "flush"> | null;
  /** Clusters that are not waited for, by order; absent = none. */
  readonly forgotten?: Pick<ForgottenClusters, "has" | "drop">;
  /** What each of so many members may have. */
  readonly quotaOf: (members: number) => Quota;
};

/** Members that an earlier run knew have joined already; those that it never read are expected. */
export function membershipOf(parts: MembershipParts): Membership {
  const { federation, changes, publisher, planner, lastRun, hosts, forgotten } = parts;
  const remembered = new Set(federation.members.map(({ name }) => name));
  const isForgotten = (name: string): boolean => forgotten?.has(name) === true;
  const seenUntilMs = (name: string): number | null =>
    remembered.has(name) ? (lastRun.seenUntilMs.get(name) ?? null) : null;
  publisher.expect({
    unread: new Set([...remembered].filter((name) => !lastRun.read.has(name) && !isForgotten(name))),
    outdated: new Set([...remembered].filter((name) => lastRun.outdated.has(name) && !isForgotten(name))),
  });
  return {
    seenUntilMs,
    join(name): void {
      if (remembered.has(name)) return;
      if (!isForgotten(name)) publisher.expect(unread(name));
      federation.join(name);
      // Its number may be that of a member that left.
      publisher.setLastSeen(name, null);
    },
    leave(name): void {
      remembered.delete(name);
      hosts?.leave(name);
      // Hosts that others have as well are theirs in the same commit.
      hosts?.flush();
      federation.leave(name);
      publisher.dismiss(name);
      // If it comes back, it is a new one.
      forgotten?.drop(name);
    },
    sourceUnread: (source) => publisher.expect(unread(nameOfSource(source))),
    sourceRead: (source) => publisher.dismiss(nameOfSource(source)),
    settle(names): void {
      federation.setQuota(parts.quotaOf(names.length));
      for (const key of planner.setMembers(names)) changes.onService(key, "");
      // A member that took the number of a drained one is not drained.
      changes.onOrders();
    },
  };
}

function unread(name: string): UnreadMembers {
  return { unread: new Set([name]), outdated: new Set() };
}

/** Among the names of members that were never read; no cluster has such a name. */
function nameOfSource(source: string): string {
  return `clusters of the ${source}`;
}
