/** The fleet of the control process: what each member is given, and what its reading and its absence lead to. */
import { Fleet } from "../../fleet/members/fleet.ts";
import { ClusterMember, FIRST_LOOK_MAX_MS } from "../../fleet/members/member.ts";
import { watchStaleness } from "../../fleet/members/stale.ts";
import type { HostnameResolver } from "../../fleet/resolve/hostname.ts";
import type { OpenSources } from "../../fleet/sources/open-sources.ts";
import type { ServiceRecords } from "../../federation/dns-records/service-records.ts";
import type { HostController } from "../../federation/hosts/host-controller.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { Config } from "../config/config.ts";
import type { ForgottenClusters } from "../forget/forgotten-clusters.ts";
import { membershipOf } from "./membership.ts";
import { type Pipeline, quotaOf } from "./pipeline.ts";
import { roomLimitsOf } from "./room-limits.ts";

/** Longer than a restart takes; the end of the last run is known to a minute. */
const LONG_STOP_MS = 120_000;

/** The sources of members, the one that wins first. */
function memberSources({ host }: Config): readonly string[] {
  return host === null ? ["settings"] : ["settings", "host"];
}

/** Of a member that only an earlier run knew: it claims no hosts, and keeps those that it has. */
const NO_VIEW = { setHost: () => undefined, aliasOf: () => null };

type FleetParts = {
  /** The settings in force. */
  readonly inForce: () => Config;
  readonly pipeline: Pipeline;
  readonly hosts: HostController;
  readonly hostnames: HostnameResolver;
  /** Those of the settings in force. */
  readonly sources: () => OpenSources;
  readonly records: ServiceRecords;
  readonly forgotten: ForgottenClusters;
  readonly clock: Clock;
  /** 0 <= random() < 1. */
  readonly random: () => number;
  readonly log: Log;
};

export function openFleet(parts: FleetParts): Fleet {
  const { inForce, pipeline, hosts, hostnames, sources, records, forgotten, clock, random, log } = parts;
  const { federation, publisher, tracker, lastRun } = pipeline;
  const staleAfterMs = (): number => inForce().staleAfterSeconds * 1000;
  const isLongStop = lastRun.endedMs !== null && clock.wallMs() - lastRun.endedMs > LONG_STOP_MS;
  const membership = membershipOf({
    ...pipeline,
    hosts,
    forgotten,
    quotaOf: (members) => quotaOf(inForce(), members),
  });
  const fleet: Fleet = new Fleet({
    sources: memberSources(inForce()),
    federation,
    membership,
    open: (wanted, seenUntilMs) => {
      const member: ClusterMember = new ClusterMember({
        wanted,
        federation,
        hostnames,
        hosts,
        sources: sources(),
        records,
        staleAfterMs,
        roomLimits: () => roomLimitsOf(inForce(), fleet.members.length),
        seenUntilMs,
        isLongStop,
        onSynced: () => {
          hosts.flush();
          if (member.isSynced) {
            publisher.read(wanted.name);
            forgotten.lift(wanted.name);
          }
          fleet.noteSynced();
        },
        clock,
        random,
        log,
      });
      return member;
    },
    remember: (name, signal) => {
      hosts.join(name, NO_VIEW);
      const startMs = clock.nowMs();
      const earlierMs = clock.wallMs() - (membership.seenUntilMs(name) ?? 0);
      const lastSeenMs = (): number => clock.wallMs() - earlierMs - (clock.nowMs() - startMs);
      const isJudged = (): boolean => !isLongStop || clock.nowMs() - startMs >= FIRST_LOOK_MAX_MS;
      const onReturn = (): void => undefined;
      const about = { federation, cluster: name, staleAfterMs, lastSeenMs, isJudged, onReturn };
      watchStaleness({ ...about, clock, log }, signal);
    },
    onAllSynced: () => {
      publisher.complete();
      tracker.markInitialSyncDone();
    },
    clock,
    log,
  });
  return fleet;
}
