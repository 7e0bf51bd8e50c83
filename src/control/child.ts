/** The control process: learns what is true in every cluster and writes the picture. Its death stops no answer. */
import { randomInt } from "node:crypto";
import { flushCompileCache } from "node:module";
import { join } from "node:path";
import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Place } from "../federation/cluster.ts";
import { createLog } from "../log.ts";
import { mapInherited } from "../native/mapping.ts";
import { createHostnameResolver } from "../observe/hostname.ts";
import { PictureStore } from "../publish/picture-store.ts";
import type { Publisher } from "../publish/publisher.ts";
import { Board, BOARD_OCTETS } from "../serve/board.ts";
import { geographyOf } from "../traffic/geography.ts";
import { watchClients } from "../locate/watch.ts";
import { HealthBook } from "../probe/book.ts";
import { createProber } from "../probe/prober.ts";
import { ClusterMember } from "./member.ts";
import type { FromControl, ToControl } from "./messages.ts";
import { controlMetrics } from "./metrics.ts";
import { openBridge } from "./bridge.ts";
import { OrderBook } from "./order-book.ts";
import { presencesIn } from "./presence.ts";
import { Traffic } from "./traffic.ts";
import { generatedZones } from "./settings.ts";
import { ZoneBook } from "./zone-book.ts";

const SETTLE_LOOK_MS = 20;
const clock = systemClock;
const random = (): number => randomInt(2 ** 32) / 2 ** 32;

function send(message: FromControl): void {
  process.send?.(message);
}

async function start(config: Config, picturePath: string, boardFd: number): Promise<void> {
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
  const members: ClusterMember[] = [];
  const places = (): readonly Place[] => members.flatMap((member) => member.places);
  const book = new ZoneBook({ folder: config.zones, generated: generatedZones(config), places, clock, log });
  const health = await HealthBook.open({
    path: join(config.stateDirectory, "health.json"),
    prober: createProber(),
    settings: { guardShare: config.health.guardShare, concurrency: config.health.concurrency },
    onChange: (changes) => traffic.onHealth(changes),
    clock,
    random,
    log,
  });
  const orders = new OrderBook({
    path: join(config.stateDirectory, "orders.json"),
    clusters: config.clusters.map(({ name }) => name),
    services: () => presencesIn(federation),
    onChange: () => traffic.onOrders(),
    clock,
    log,
  });
  orders.load();
  const traffic = new Traffic({ config, book: health, orders: () => orders.orders, clock });
  const { federation, publisher } = openBridge({ config, store, zones: book.load(), traffic, clock, log });
  const hostnames = createHostnameResolver({ clock, log, servers: config.resolvers, random });
  const onSynced = (): void => {
    if (!members.every((member) => member.observer.isSynced)) return;
    publisher.complete();
    health.settled();
  };
  for (const settings of config.clusters) {
    const staleAfterMs = config.staleAfterSeconds * 1000;
    members.push(
      new ClusterMember({ settings, federation, hostnames, staleAfterMs, onSynced, clock, random, log }),
    );
  }
  const reload = (): void => {
    const { zones, retained } = book.load();
    publisher.setZones(zones, retained);
  };
  publisher.keepSerial();
  const running = new AbortController();
  void watchClients(
    {
      networks: config.locate.networks,
      database: config.locate.database,
      directory: config.stateDirectory,
      clock,
      log,
      onTable: (table) => publisher.setGeography(geographyOf(table, config.traffic.halfDistanceKm)),
    },
    running.signal,
  );
  void book.watch(reload, running.signal);
  for (const member of members) void member.run(running.signal);
  if (members.length === 0) publisher.complete();
  clock.after(config.syncBoundSeconds * 1000, () => publisher.complete());
  reportWhenSettled(members, publisher);
  answerSupervisor({
    members,
    publisher,
    book,
    orders,
    traffic,
    health,
    reload,
    hostnames: () => hostnames.counts(),
  });
  // Written soon, because a process that is killed has no exit to write it at.
  clock.after(5_000, flushCompileCache);
}

function reportWhenSettled(members: readonly ClusterMember[], publisher: Publisher): void {
  const look = (): void => {
    if (publisher.isComplete && publisher.health.pending === 0) send({ kind: "settled" });
    else if (!publisher.isComplete && members.every((member) => member.isSettled)) send({ kind: "settled" });
    else clock.after(SETTLE_LOOK_MS, look);
  };
  clock.after(SETTLE_LOOK_MS, look);
}

type Parts = {
  readonly members: readonly ClusterMember[];
  readonly publisher: Publisher;
  readonly book: ZoneBook;
  readonly orders: OrderBook;
  readonly traffic: Traffic;
  readonly health: HealthBook;
  readonly reload: () => void;
  readonly hostnames: () => object;
};

function answerSupervisor({
  members,
  publisher,
  book,
  orders,
  traffic,
  health,
  reload,
  hostnames,
}: Parts): void {
  const registry = controlMetrics(members, publisher);
  process.on("message", (message: ToControl) => {
    if (message.kind === "stop") process.exit(0);
    if (message.kind === "reload") reload();
    if (message.kind === "order") send({ kind: "ordered", id: message.id, ...orders.obey(message.order) });
    if (message.kind !== "report") return;
    const status = {
      isStale: !members.every((member) => member.observer.isSynced),
      clusters: members.map((member) => member.status),
      zones: book.status,
      publisher: { ...publisher.health },
      hostnames: { ...hostnames() },
      orders: orders.status,
      steering: traffic.status,
      health: { ...health.status() },
    };
    void registry.metrics().then((metrics) => {
      send({ kind: "report", id: message.id, status, metrics });
    });
  });
}

process.once("message", (message: ToControl) => {
  if (message.kind !== "start") return;
  void start(message.config, message.picturePath, message.boardFd);
});
// Ctrl-C reaches the whole process group: when to end is the supervisor's to say.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.on("SIGHUP", () => undefined);
process.on("disconnect", () => process.exit(0));
