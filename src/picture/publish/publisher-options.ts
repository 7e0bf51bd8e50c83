/** What a publisher is given, and what it reports. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { Name } from "../../dns/message/name.ts";
import type { Zone } from "../../dns/zone/zone.ts";
import type { Federation } from "../../federation/members/federation.ts";
import type { HostSuffix, PublishedFederation } from "../nodes/node-plan.ts";
import type { PictureStore } from "./picture-store.ts";
import type { QuarantineStatus } from "./quarantine.ts";
import type { TrafficPlanner } from "./traffic-planner.ts";

/** What the settings say about what is published. */
export type PublisherSettings = {
  /** Below these, members may have hosts: what is not there is not known before they have been read. */
  readonly hostSuffixes?: readonly HostSuffix[];
  readonly ttlSeconds: number;
  readonly maxAnswers: number;
  /** A tier with a smaller part of its wanted endpoints than this (0 to 1) gives some of its load to the next. */
  readonly spillBelow: number;
};

export type PublisherOptions = PublisherSettings & {
  readonly store: PictureStore;
  readonly federation: Federation;
  readonly federations: readonly PublishedFederation[];
  readonly zones: readonly Zone[];
  /** See setZones. */
  readonly retained?: readonly Name[];
  readonly planner: TrafficPlanner;
  readonly clock: Clock;
  readonly log: Log;
};

export type PublisherHealth = {
  readonly commits: number;
  readonly pending: number;
  /** Why nothing can be published; null = it can. */
  readonly problem: string | null;
  /** What is not in the picture as it should be, while all others are. */
  readonly keptBack: QuarantineStatus;
  /** The parts of the picture that are in use, 0 to 1. */
  readonly fullness: { readonly words: number; readonly endpoints: number };
};
