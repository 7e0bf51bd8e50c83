/** What the control plane does until it is stopped: it watches members, zone files and client places, and reports back. */
import type { Clock } from "../../kernel/clock.ts";
import { recordWarnings } from "../../fleet/members/event-recorder.ts";
import type { ClusterMember } from "../../fleet/members/member.ts";
import type { ControlPlane, ControlPlaneOptions } from "./control-plane.ts";
import { whenMayBeReady, whenSettled } from "./initial-sync.ts";

/** How often the picture is told when each member was last seen: it keeps whole seconds, and is right to a second. */
const LAST_SEEN_EVERY_MS = 250;
const NOT_READ =
  "not read yet: what only it could declare, and the picture does not have, is SERVFAIL until it is read, forgotten (fedns forget), or taken out of the settings";

type Progress = {
  /** Everything was read once, or failed, and what was read is in the picture. */
  readonly settled: Promise<void>;
  /** As far as members are concerned, a new replica may be ready. */
  readonly mayBeReady: Promise<void>;
};

/** Neither promise rejects. */
export function runControlPlane(
  plane: ControlPlane,
  options: ControlPlaneOptions,
  signal: AbortSignal,
): Progress {
  const { fleet, publisher, zones, tracker, planner } = plane;
  const { config, clock, log } = options;
  const settled = whenSettled(plane, config.syncBoundSeconds * 1000, clock);
  publisher.keepSerial();
  plane.places.run(signal);
  plane.clients.run(settled, signal);
  void zones.watch(() => plane.reload(false), signal);
  fleet.run(signal);
  void plane.host?.run(signal);
  clock.after(config.syncBoundSeconds * 1000, () => {
    publisher.settle();
    tracker.markInitialSyncDone();
    for (const cluster of publisher.unread) log.warn({ cluster }, NOT_READ);
  });
  updateLastSeen(plane, clock, signal);
  void recordWarnings(
    {
      warnings: () => [...planner.warnings(), ...plane.hosts.warnings()],
      // Events go only to clusters whose API server is reachable now.
      recorders: () =>
        fleet.members
          .filter((member) => mayRecord(plane, member))
          .map(({ name, recorder }) => [name, recorder] as const),
      clock,
    },
    signal,
  );
  return { settled, mayBeReady: whenMayBeReady(() => plane.config().unreadMembers, plane, settled, clock) };
}

/** It is seen now, and is the cluster that joined by this name. */
function mayRecord({ host }: ControlPlane, { name, observer, lastSeenMs }: ClusterMember): boolean {
  return observer.isSynced && lastSeenMs === null && (host?.mayWriteTo(name) ?? true);
}

function updateLastSeen(plane: ControlPlane, clock: Clock, signal: AbortSignal): void {
  if (signal.aborted) return;
  for (const { name, seenUntilMs } of plane.fleet.members)
    if (seenUntilMs !== null) plane.publisher.setLastSeen(name, seenUntilMs);
  clock.after(LAST_SEEN_EVERY_MS, () => updateLastSeen(plane, clock, signal));
}
