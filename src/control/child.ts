/** The control process: learns what is true in every cluster and writes the picture. Its death stops no answer. */
import { randomInt } from "node:crypto";
import { flushCompileCache } from "node:module";
import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { Federation } from "../federation/federation.ts";
import { createLog, type Log } from "../log.ts";
import { mapInherited } from "../native/mapping.ts";
import { createHostnameResolver } from "../observe/hostname.ts";
import { PictureStore } from "../publish/picture-store.ts";
import { Publisher } from "../publish/publisher.ts";
import { isSameFederations, readSaved, restore } from "../publish/saved.ts";
import { CLUSTERS_MAX } from "../snapshot/layout.ts";
import { Board, BOARD_OCTETS } from "../serve/board.ts";
import { ClusterMember } from "./member.ts";
import type { FromControl, ToControl } from "./messages.ts";
import { controlMetrics } from "./metrics.ts";
import { publishedFederations, zonesOf } from "./settings.ts";

const SETTLE_LOOK_MS = 20;
const clock = systemClock;
const random = (): number => randomInt(2 ** 32) / 2 ** 32;

function send(message: FromControl): void {
  process.send?.(message);
}

function start(config: Config, picturePath: string, boardFd: number): void {
  const isPretty = config.log.format === "pretty" || (config.log.format === "auto" && process.stderr.isTTY);
  const log = createLog({ level: config.log.level, process: "control", pretty: isPretty });
  const board = new Board(mapInherited(boardFd, BOARD_OCTETS).buffer);
  const store = new PictureStore({
    path: picturePath,
    log,
    passedSerial: (current) => board.passedSerial(current),
    onReplaced: () => board.raiseGeneration(),
  });
  // The control process before this one may have died between putting a fresh picture in place and saying so.
  board.raiseGeneration();
  const { federation, publisher } = openBridge(config, store, log);
  const hostnames = createHostnameResolver({ clock, log, servers: config.resolvers, random });
  const members: ClusterMember[] = [];
  const onSynced = (): void => {
    if (members.every((member) => member.observer.isSynced)) publisher.complete();
  };
  for (const settings of config.clusters) {
    const staleAfterMs = config.staleAfterSeconds * 1000;
    members.push(
      new ClusterMember({ settings, federation, hostnames, staleAfterMs, onSynced, clock, random, log }),
    );
  }
  publisher.flush();
  publisher.keepSerial();
  const running = new AbortController();
  for (const member of members) void member.run(running.signal);
  if (members.length === 0) publisher.complete();
  clock.after(config.syncBoundSeconds * 1000, () => publisher.complete());
  reportWhenSettled(members, publisher);
  answerReports(members, publisher, () => hostnames.counts());
  // Written soon, because a process that is killed has no exit to write it at.
  clock.after(5_000, flushCompileCache);
}

/** The federation as the last run knew it, and the publisher that keeps the picture equal to it. */
function openBridge(
  config: Config,
  store: PictureStore,
  log: Log,
): { federation: Federation; publisher: Publisher } {
  let publisher: Publisher | null = null;
  const listener = {
    onService: (key: string): void => publisher?.touchService(key),
    onLocality: (): void => publisher?.touchStructure(),
  };
  const federation = new Federation(listener, CLUSTERS_MAX);
  const federations = publishedFederations(config);
  const saved = readSaved(store.memory);
  if (saved !== null) restore(store.memory, saved, federation);
  const isReusable = saved === null || isSameFederations(saved, federations);
  if (!isReusable) store.startOver(randomInt(2 ** 32));
  publisher = new Publisher({
    store,
    federation,
    federations,
    zones: zonesOf(config),
    ttlSeconds: config.ttlSeconds,
    maxAnswers: config.maxAnswers,
    clock,
    log,
  });
  const names = new Set(config.clusters.map((cluster) => cluster.name));
  for (const member of federation.members) if (!names.has(member.name)) federation.leave(member.name);
  // Members that left give their numbers back when nothing that is published names them any more.
  publisher.flush();
  for (const name of names) federation.join(name);
  if (!isReusable)
    for (const member of federation.members)
      for (const key of member.backends.keys()) publisher.touchService(key);
  return { federation, publisher };
}

function reportWhenSettled(members: readonly ClusterMember[], publisher: Publisher): void {
  const look = (): void => {
    if (publisher.isComplete && publisher.health.pending === 0) send({ kind: "settled" });
    else if (!publisher.isComplete && members.every((member) => member.isSettled)) send({ kind: "settled" });
    else clock.after(SETTLE_LOOK_MS, look);
  };
  clock.after(SETTLE_LOOK_MS, look);
}

function answerReports(
  members: readonly ClusterMember[],
  publisher: Publisher,
  hostnames: () => object,
): void {
  const registry = controlMetrics(members, publisher);
  process.on("message", (message: ToControl) => {
    if (message.kind === "stop") process.exit(0);
    if (message.kind !== "report") return;
    const status = {
      isStale: !members.every((member) => member.observer.isSynced),
      clusters: members.map((member) => member.status),
      publisher: { ...publisher.health },
      hostnames: { ...hostnames() },
    };
    void registry.metrics().then((metrics) => {
      send({ kind: "report", id: message.id, status, metrics });
    });
  });
}

process.once("message", (message: ToControl) => {
  if (message.kind === "start") start(message.config, message.picturePath, message.boardFd);
});
// Ctrl-C reaches the whole process group: when to end is the supervisor's to say.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.on("disconnect", () => process.exit(0));
