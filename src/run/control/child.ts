/** The control process: learns what is true in every cluster and writes the picture. Its death stops no answer. */
import { randomInt } from "node:crypto";
import { flushCompileCache } from "node:module";
import { systemClock } from "../../kernel/clock.ts";
import type { Config } from "../config/config.ts";
import { createLog } from "../../kernel/log.ts";
import { mapInherited } from "../../kernel/native/mapping.ts";
import { PictureStore } from "../../picture/publish/picture-store.ts";
import { Scoreboard, SCOREBOARD_OCTETS } from "../../answer/scoreboard/scoreboard.ts";
import type { FromControl, ToControl } from "./messages.ts";
import { openControlPlane, type ControlPlane } from "./control-plane.ts";
import { runControlPlane } from "./run-plane.ts";
import { controlStatus } from "./status.ts";
import { addControlMetrics } from "../metrics/control-metrics.ts";
import { MetricRegistry } from "../metrics/registry.ts";
import { addTrafficMetrics } from "../metrics/traffic-metrics.ts";

const SETTLE_LOOK_MS = 20;
const STOP_MAX_MS = 500;
const clock = systemClock;
const random = (): number => randomInt(2 ** 32) / 2 ** 32;

function send(message: FromControl): void {
  process.send?.(message);
}

async function start(config: Config, picturePath: string, scoreboardFd: number): Promise<void> {
  const isPretty = config.log.format === "pretty" || (config.log.format === "auto" && process.stderr.isTTY);
  const log = createLog({ level: config.log.level, process: "control", pretty: isPretty });
  const scoreboard = new Scoreboard(mapInherited(scoreboardFd, SCOREBOARD_OCTETS).buffer);
  const store = new PictureStore({
    path: picturePath,
    log,
    passedSerial: (current) => scoreboard.oldestSerialInUse(current),
    onReplaced: () => scoreboard.raiseGeneration(),
  });
  // The control process before this one may have died between putting a fresh picture in place and saying so.
  scoreboard.raiseGeneration();
  const parts = { config, store, clock, random, log };
  const plane = await openControlPlane(parts);
  runControlPlane(plane, parts, new AbortController().signal);
  reportWhenSettled(plane);
  answerSupervisor(plane);
  // Written soon, because a process that is killed has no exit to write it at.
  clock.after(5_000, flushCompileCache);
}

function reportWhenSettled({ members, publisher, zones }: ControlPlane): void {
  const look = (): void => {
    if (!zones.isRead) clock.after(SETTLE_LOOK_MS, look);
    else if (publisher.isComplete && publisher.health.pending === 0) send({ kind: "settled" });
    else if (!publisher.isComplete && members.every((member) => member.isSettled)) send({ kind: "settled" });
    else clock.after(SETTLE_LOOK_MS, look);
  };
  clock.after(SETTLE_LOOK_MS, look);
}

function answerSupervisor(plane: ControlPlane): void {
  const registry = new MetricRegistry();
  addControlMetrics(registry, plane);
  addTrafficMetrics(registry, {
    clusters: plane.members.map(({ name }) => name),
    orders: () => plane.orders.orders,
    health: () => plane.tracker.status(),
    wallMs: () => clock.wallMs(),
  });
  process.on("message", (message: ToControl) => {
    if (message.kind === "stop") void stop(plane);
    if (message.kind === "reload") plane.reload(true);
    if (message.kind === "order")
      send({ kind: "ordered", id: message.id, ...plane.orders.obey(message.order) });
    if (message.kind !== "report") return;
    const status = controlStatus(plane);
    void registry.text().then((metrics) => {
      send({ kind: "report", id: message.id, status, metrics });
    });
  });
}

/** Saved health is worth a moment, but nobody waits for a disk that does not answer. */
async function stop({ tracker }: ControlPlane): Promise<void> {
  clock.after(STOP_MAX_MS, () => process.exit(0));
  await tracker.close();
  process.exit(0);
}

process.once("message", (message: ToControl) => {
  if (message.kind !== "start") return;
  void start(message.config, message.picturePath, message.scoreboardFd);
});
// Ctrl-C reaches the whole process group: when to end is the supervisor's to say.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.on("SIGHUP", () => undefined);
// The supervisor is dead: there is nobody to end in good order for, and an orderly exit takes its time.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
