/** What the control plane does until it is stopped: it watches members, zone files and client places, and reports back. */
import type { Clock } from "../../kernel/clock.ts";
import { recordWarnings } from "../../fleet/members/event-recorder.ts";
import type { ClusterMember } from "../../fleet/members/member.ts";
import { watchClients } from "../../traffic/locate/watch.ts";
import { geographyOf } from "../../traffic/plan/geography.ts";
import type { ControlPlane, ControlPlaneOptions } from "./control-plane.ts";

/** How often the picture is told when each member was last seen. */
const LAST_SEEN_EVERY_MS = 1_000;

/** Never rejects. */
export function runControlPlane(
  plane: ControlPlane,
  options: ControlPlaneOptions,
  signal: AbortSignal,
): void {
  const { members, publisher, zones, tracker, planner } = plane;
  const { config, clock } = options;
  publisher.keepSerial();
  void watchClientPlaces(plane, options, signal);
  void zones.watch(() => plane.reload(false), signal);
  for (const member of members) void member.run(signal);
  if (members.length === 0) publisher.complete();
  clock.after(config.syncBoundSeconds * 1000, () => {
    publisher.complete();
    tracker.settled();
  });
  updateLastSeen(plane, clock, signal);
  void recordWarnings(
    {
      warnings: () => planner.warnings(),
      // Events go only to clusters whose API server is reachable now.
      recorders: () => members.filter(isSeen).map(({ name, recorder }) => [name, recorder] as const),
      clock,
    },
    signal,
  );
}

function isSeen({ observer, lastSeenMs }: ClusterMember): boolean {
  return observer.isSynced && lastSeenMs === null;
}

function watchClientPlaces(
  { publisher }: ControlPlane,
  { config, clock, log }: ControlPlaneOptions,
  signal: AbortSignal,
): Promise<void> {
  const { networks, database } = config.locate;
  return watchClients(
    {
      networks,
      database,
      directory: config.stateDirectory,
      clock,
      log,
      onTable: (table) => publisher.setGeography(geographyOf(table, config.traffic.halfDistanceKm)),
    },
    signal,
  );
}

function updateLastSeen(plane: ControlPlane, clock: Clock, signal: AbortSignal): void {
  if (signal.aborted) return;
  for (const member of plane.members) plane.publisher.setLastSeen(member.name, member.lastSeenMs);
  clock.after(LAST_SEEN_EVERY_MS, () => updateLastSeen(plane, clock, signal));
}
