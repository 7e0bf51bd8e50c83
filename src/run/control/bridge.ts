/** The federation as the last run knew it, and the publisher that keeps the picture equal to it. */
import { randomInt } from "node:crypto";
import type { Clock } from "../../kernel/clock.ts";
import type { Config } from "../config/config.ts";
import { Federation } from "../../federation/members/federation.ts";
import type { Log } from "../../kernel/log.ts";
import type { PictureStore } from "../../picture/publish/picture-store.ts";
import { Publisher } from "../../picture/publish/publisher.ts";
import { isSameFederations, readSaved, restore } from "../../picture/publish/saved.ts";
import { CLUSTERS_MAX } from "../../picture/format/layout.ts";
import { hostSuffixes, publishedFederations } from "./settings.ts";
import type { Traffic } from "../../traffic/plan/traffic.ts";
import type { ZoneSet } from "../../federation/zones/zone-store.ts";

type BridgeParts = {
  readonly config: Config;
  readonly store: PictureStore;
  readonly zones: ZoneSet;
  readonly traffic: Traffic;
  readonly clock: Clock;
  readonly log: Log;
};

type Bridge = { readonly federation: Federation; readonly publisher: Publisher };

export function openBridge({ config, store, zones, traffic, clock, log }: BridgeParts): Bridge {
  let publisher: Publisher | null = null;
  const listener = {
    onService: (key: string): void => traffic.onService(key),
    onLocality: (): void => publisher?.touchStructure(),
    onNamespace: (namespace: string): void => traffic.onNamespace(namespace),
  };
  const federation = new Federation(listener, CLUSTERS_MAX);
  const federations = publishedFederations(config);
  const saved = readSaved(store.memory);
  if (saved !== null) restore(store.memory, saved, federation);
  const isReusable = saved === null || isSameFederations(saved, federations);
  if (!isReusable) store.startOver(randomInt(2 ** 32));
  const { ttlSeconds, maxAnswers } = config;
  publisher = new Publisher({
    store,
    federation,
    federations,
    ...zones,
    hostSuffixes: hostSuffixes(config),
    ttlSeconds,
    maxAnswers,
    spillBelow: config.traffic.spillBelow,
    steering: traffic,
    clock,
    log,
  });
  traffic.attach(federation, publisher);
  const names = new Set(config.clusters.map((cluster) => cluster.name));
  for (const member of federation.members) if (!names.has(member.name)) federation.leave(member.name);
  // Members that left give their numbers back when nothing that is published names them any more.
  publisher.flush();
  for (const name of names) federation.join(name);
  // Whoever has taken the number of a drained member is not drained.
  traffic.onOrders();
  if (!isReusable) {
    for (const { backends } of federation.members)
      for (const key of backends.keys()) publisher.touchService(key);
  }
  publisher.flush();
  return { federation, publisher };
}
