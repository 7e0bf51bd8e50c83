/** One member cluster in the control plane: its connection, observer, staleness and Events. A failure stays within it. */
import { Room, type RoomLimits } from "../watch/room.ts";
import { isDeepStrictEqual } from "node:util";
import { type Clock, pause } from "../../kernel/clock.ts";
import { addressRules } from "../../federation/members/refused.ts";
import { type Place, settledPlaces } from "../../federation/members/cluster.ts";
import { type Federation, isHostKey } from "../../federation/members/federation.ts";
import type { QuotaStatus } from "../../federation/members/quota.ts";
import { writeEvent } from "../objects/event.ts";
import { withCluster } from "../observe/cluster-log.ts";
import { MemberConnection } from "./member-connection.ts";
import type { Log } from "../../kernel/log.ts";
import type { HostnameResolver } from "../resolve/hostname.ts";
import { Observer } from "../observe/observer.ts";
import type { ReflectorHealth } from "../watch/watch-health.ts";
import type { OpenSources } from "../sources/open-sources.ts";
import { watchStaleness } from "./stale.ts";
import { EventRecorder } from "./event-recorder.ts";
import { shownLastSeenMs } from "./last-seen.ts";
import type { WantedMember } from "./wanted-member.ts";
import type { ServiceRecords } from "../../federation/dns-records/service-records.ts";
import type { HostController } from "../../federation/hosts/host-controller.ts";

const LOADING_POLL_EVERY_MS = 10;
/** How long a member has, after a long stop of fedns, before it counts as not seen although nothing has failed yet. */
export const FIRST_LOOK_MAX_MS = 10_000;

type ClusterMemberOptions = {
  readonly wanted: WantedMember;
  readonly federation: Federation;
  readonly hostnames: HostnameResolver;
  readonly staleAfterMs: () => number;
  /** Wall time in ms until which an earlier run saw its changes; null = none did. */
  readonly seenUntilMs: number | null;
  /** fedns itself was stopped for long: what is not seen at once is not for that reason stale. */
  readonly isLongStop: boolean;
  readonly sources: OpenSources;
  /** KubeFed's records of Services; absent = there are none. */
  readonly records?: ServiceRecords;
  /** Hears of the host names that it declares. */
  readonly hosts: Pick<HostController, "join" | "declare" | "read" | "readInPart" | "touch">;
  /** How much may be kept of its objects. */
  readonly roomLimits: () => RoomLimits;
  readonly onSynced: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export class ClusterMember {
  readonly name: string;
  readonly connection: MemberConnection;
  readonly observer: Observer;
  /** What is kept of its objects. */
  readonly room: Room;
  /** Writes problems of its annotations as Events. */
  readonly recorder: EventRecorder;
  readonly #options: ClusterMemberOptions;
  /** Until when an earlier run saw its changes, in monotonic time: steps of the clock do not count. Null = none did. */
  readonly #earlierAtMs: number | null;
  #wanted: WantedMember;

  constructor(options: ClusterMemberOptions) {
    const { wanted, federation, hostnames, hosts, clock, random, log } = options;
    this.#options = options;
    this.#wanted = wanted;
    this.name = wanted.name;
    this.#earlierAtMs =
      options.seenUntilMs === null ? null : clock.nowMs() - Math.max(0, clock.wallMs() - options.seenUntilMs);
    const cluster = wanted.name;
    this.room = new Room(options.roomLimits);
    this.connection = new MemberConnection({
      source: wanted.credentials,
      clock,
      random,
      log: withCluster(log, cluster),
    });
    const { transport } = this.connection;
    this.recorder = new EventRecorder({
      cluster,
      write: (warning, telling) => writeEvent(transport, warning, telling),
      clock,
      log,
    });
    this.observer = new Observer({
      cluster,
      transport,
      federation,
      hostnames,
      sources: options.sources,
      ...(options.records !== undefined && { records: options.records }),
      hosts: {
        declared: (key, declaration) => hosts.declare(cluster, key, declaration),
        onRead: () => hosts.read(cluster),
        onReadInPart: () => hosts.readInPart(cluster),
        onAlias: (host) => hosts.touch(host),
      },
      room: this.room,
      refusedMaxMs: options.staleAfterMs,
      places: settledPlaces(wanted),
      location: wanted.location,
      ...(wanted.namespaces !== undefined && { namespaces: wanted.namespaces }),
      addresses: addressRules(wanted.addresses),
      onSynced: options.onSynced,
      clock,
      random,
      log,
    });
    hosts.join(cluster, this.observer.view);
    // At once, so that while it is unread only names that it could declare in its places are not known.
    this.observer.locate(settledPlaces(wanted), wanted.location);
  }

  /** As its source names it now. */
  get wanted(): WantedMember {
    return this.#wanted;
  }

  /** Takes over what differs, without an interruption. Returns false when nothing does. */
  change(wanted: WantedMember): boolean {
    const before = this.#wanted;
    this.#wanted = wanted;
    const isSameSource = before.credentials.name === wanted.credentials.name;
    if (!isSameSource) this.connection.useSource(wanted.credentials);
    const isSamePlace = isDeepStrictEqual(placeIn(before), placeIn(wanted));
    if (!isSamePlace) this.observer.locate(settledPlaces(wanted), wanted.location);
    const isSameAddresses = isDeepStrictEqual(before.addresses, wanted.addresses);
    if (!isSameAddresses) this.observer.view.setAddressRules(addressRules(wanted.addresses));
    return !(isSameSource && isSamePlace && isSameAddresses);
  }

  /** Nothing of it reaches the federation any more. Its requests and watches end with the signal of `run`. */
  stop(): void {
    this.observer.stop();
  }

  /** Services, endpoints, Nodes and the sources of host names have been read. */
  get isSynced(): boolean {
    return this.observer.isSynced && this.observer.areHostsRead;
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { federation, staleAfterMs, isLongStop, clock, log } = this.#options;
    const lastSeenMs = (): number | null => this.lastSeenMs;
    const onReturn = (): void => this.observer.refreshAll();
    const startMs = clock.nowMs();
    const isJudged = (): boolean =>
      !isLongStop || this.isSettled || clock.nowMs() - startMs >= FIRST_LOOK_MAX_MS;
    watchStaleness(
      { federation, cluster: this.name, staleAfterMs, lastSeenMs, isJudged, onReturn, clock, log },
      signal,
    );
    // A signal of its own: adding a listener to a signal with thousands of listeners of other members is slow.
    const own = AbortSignal.any([signal]);
    await Promise.all([this.connection.run(own), this.#observe(own)]);
  }

  /** Starts once credentials have been loaded or have failed: before that, every request would only fail and be logged. */
  async #observe(signal: AbortSignal): Promise<void> {
    while (this.connection.health.credentials === "loading" && !signal.aborted) {
      await pause(this.#options.clock, LOADING_POLL_EVERY_MS, signal);
    }
    await this.observer.run(signal);
  }

  /**
   * Wall time in ms until which its changes were seen; null = they are seen now. What this run has not seen yet was last
   * seen by an earlier one: the time goes on however often this process starts.
   */
  get lastSeenMs(): number | null {
    const { clock } = this.#options;
    const earlierMs =
      this.#earlierAtMs === null ? Infinity : clock.wallMs() - clock.nowMs() + this.#earlierAtMs;
    const blind = this.#backendWatches.flatMap(({ blindSinceMs, wasSeen }) => {
      if (blindSinceMs === null) return [];
      return wasSeen ? blindSinceMs : Math.min(earlierMs, blindSinceMs);
    });
    return blind.length === 0 ? null : Math.min(...blind);
  }

  /** As lastSeenMs, for the runs that follow: now is a time as well; null = no run has seen it. */
  get seenUntilMs(): number | null {
    const { clock } = this.#options;
    const isUnseen = this.#backendWatches.some(
      ({ blindSinceMs, wasSeen }) => blindSinceMs !== null && !wasSeen,
    );
    return this.#earlierAtMs === null && isUnseen ? null : (this.lastSeenMs ?? clock.wallMs());
  }

  get #backendWatches(): readonly ReflectorHealth[] {
    const { services, endpointSlices } = this.observer.health;
    return [services, endpointSlices];
  }

  /** It has been read, or is known to fail; false only before the first outcome. */
  get isSettled(): boolean {
    const { services, endpointSlices, nodes } = this.observer.health;
    const sources = Object.values(this.observer.sources);
    const isFailing =
      [services, endpointSlices, nodes, ...sources.flatMap(({ watch }) => watch ?? [])].some(
        ({ state, lastError }) => state === "blind" && lastError !== null,
      ) || sources.some(({ lastError }) => lastError !== null);
    return this.isSynced || this.connection.health.credentials === "broken" || isFailing;
  }

  /** Why it is not synced, as a clause for people. */
  get unreadReason(): string {
    const { credentials, problem } = this.connection.health;
    if (credentials !== "loaded" && problem !== null) return `its credentials cannot be used: ${problem}`;
    const { services, endpointSlices, nodes } = this.observer.health;
    const sources = Object.entries(this.observer.sources).map(
      ([name, { watch, lastError }]) =>
        [name, watch?.isSynced === true, lastError ?? watch?.lastError] as const,
    );
    const failing = [
      ["services", services.isSynced, services.lastError] as const,
      ["endpointslices", endpointSlices.isSynced, endpointSlices.lastError] as const,
      ["nodes", nodes.isSynced, nodes.lastError] as const,
      ...sources,
    ].find(([, isSynced, error]) => !isSynced && error != null);
    return failing === undefined ? "its first list has not ended" : `${failing[0]}: ${failing[2]}`;
  }

  /** The places of its nodes, as far as they are known. */
  get places(): readonly Place[] {
    return this.#options.federation.member(this.name)?.locality.places ?? [];
  }

  /** With those that go on to exist although none of its nodes is there any more. */
  get allPlaces(): readonly Place[] {
    return [...this.places, ...(this.#options.federation.member(this.name)?.past ?? [])];
  }

  /** How much it has of what one member may have. */
  get quota(): QuotaStatus {
    return this.#options.federation.quotaOf(this.name);
  }

  get status(): Readonly<Record<string, unknown>> {
    const keys = [...(this.#options.federation.member(this.name)?.backends.keys() ?? [])];
    const lastSeenMs = shownLastSeenMs({
      unseenSinceMs: this.lastSeenMs,
      reachability: this.connection.health.reachability,
      watches: this.#backendWatches,
    });
    return {
      name: this.name,
      isSynced: this.isSynced,
      lastSeen: lastSeenMs === null ? "now" : new Date(lastSeenMs).toISOString(),
      places: this.places,
      location: this.#wanted.location,
      services: keys.filter((key) => !isHostKey(key)).length,
      hosts: keys.filter(isHostKey).length,
      quota: this.quota,
      room: { used: this.room.used, limits: this.room.limits },
      connection: this.connection.health,
      watches: this.observer.health,
      sources: this.observer.sources,
      events: this.recorder.status,
      outsideNamespaces: this.observer.outside,
      refusedAddresses: Object.fromEntries(this.observer.view.refusals),
    };
  }
}

function placeIn({ region, zones, location }: WantedMember): unknown {
  return { region, zones, location };
}
