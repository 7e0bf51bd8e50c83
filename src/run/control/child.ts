/** The entry of the control process: watches every cluster and writes the picture. While it is down, queries are still answered. */
import { randomInt } from "node:crypto";
import { systemClock } from "../../kernel/clock.ts";
import { saveCompiledCode } from "../../kernel/code-cache.ts";
import type { Config } from "../config/config.ts";
import { errorFields, OperationalError } from "../../kernel/error.ts";
import { createLog, logMistakes, type RootLog } from "../../kernel/log.ts";
import { mapInherited } from "../../kernel/native/mapping.ts";
import { Picture } from "../../picture/format/picture.ts";
import { keepCopies } from "../../picture/keep/copies.ts";
import { lockPicture } from "../../picture/publish/picture-lock.ts";
import { PictureStore } from "../../picture/publish/picture-store.ts";
import { keepBeating } from "../../answer/scoreboard/heartbeat.ts";
import { Scoreboard, SCOREBOARD_OCTETS } from "../../answer/scoreboard/scoreboard.ts";
import type { ForgetRequest, Forgot } from "../forget/forget-request.ts";
import type { Reported } from "../reports/bounded.ts";
import type { ControlStatus, FromControl, ToControl } from "./messages.ts";
import { openControlPlane, type ControlPlane } from "./control-plane.ts";
import { initialSyncOf, type InitialSync } from "./initial-sync.ts";
import { removalFacts } from "./removal-facts.ts";
import { servingStates } from "./serving-states.ts";
import { runControlPlane } from "./run-plane.ts";
import { controlStatus } from "./status.ts";
import { addControlMetrics } from "../metrics/control-metrics.ts";
import { MetricRegistry } from "../metrics/registry.ts";
import { addTrafficMetrics } from "../metrics/traffic-metrics.ts";

const STOP_TIMEOUT_MS = 500;
/** Readiness names the members that were not read, and why. */
const SYNC_LOOK_EVERY_MS = 500;
const clock = systemClock;
const random = (): number => randomInt(2 ** 32) / 2 ** 32;

function send(message: FromControl): void {
  process.send?.(message);
}

async function start(config: Config, picturePath: string, scoreboardFd: number): Promise<void> {
  const isPretty = config.log.format === "pretty" || (config.log.format === "auto" && process.stderr.isTTY);
  const log = createLog({ level: config.log.level, process: "control", pretty: isPretty });
  logMistakes(log, "end");
  await lockPicture(picturePath, clock);
  const scoreboard = new Scoreboard(mapInherited(scoreboardFd, SCOREBOARD_OCTETS).buffer);
  const store = new PictureStore({
    path: picturePath,
    log,
    passedSerial: (current) => scoreboard.oldestSerialInUse(current),
    onReplaced: () => scoreboard.raiseGeneration(),
  });
  // An earlier control process may have died after it replaced the picture and before it announced that.
  scoreboard.raiseGeneration();
  const options = { config, store, clock, random, log };
  keepBeating(clock, scoreboard, "control");
  const plane = await openControlPlane(options);
  send({ kind: "opened" });
  let isSettled = false;
  let isDone = false;
  const { settled, mayBeReady } = runControlPlane(plane, options, new AbortController().signal);
  void settled.then(() => {
    isSettled = true;
  });
  const reportSync = initialSyncReport(() => initialSyncOf(plane, isDone));
  void mayBeReady.then(() => {
    isDone = true;
    reportSync();
  });
  answerSupervisor(plane, log);
  keepCopies({
    path: picturePath,
    everySeconds: () => plane.config().state.copySeconds,
    // Not before what can be read has been: a copy of half of it may lie beside the picture for minutes.
    serial: () => (isSettled ? new Picture(store.memory).serial() : null),
    clock,
    log,
  });
  // Written early, because a process that is killed does not write it at exit.
  clock.after(5_000, saveCompiledCode);
}

/** Tells the supervisor what has been read, whenever that has changed; the function that it returns does so at once. */
function initialSyncReport(syncNow: () => InitialSync): () => void {
  let told = "";
  const report = (): void => {
    const sync = syncNow();
    const text = JSON.stringify(sync);
    if (text !== told) send({ kind: "initialSync", sync });
    told = text;
  };
  const reportOften = (): void => {
    report();
    clock.after(SYNC_LOOK_EVERY_MS, reportOften);
  };
  reportOften();
  return report;
}

function answerSupervisor(plane: ControlPlane, log: RootLog): void {
  const registry = new MetricRegistry();
  addControlMetrics(registry, plane);
  addTrafficMetrics(registry, {
    clusters: () => plane.fleet.members.map(({ name }) => name),
    orders: () => plane.orders.orders,
    health: () => plane.tracker.status(),
    wallMs: () => clock.wallMs(),
  });
  process.on("message", (message: ToControl) => {
    if (message.kind === "stop") void stop(plane);
    if (message.kind === "reload") {
      plane.reload(true);
      send({ kind: "reloaded", id: message.id, ...plane.zones.report });
    }
    if (message.kind === "settings") {
      log.level = message.config.log.level;
      const { id } = message;
      void plane.apply(message.config).then(() => send({ kind: "adopted", id }));
    }
    if (message.kind === "order")
      send({ kind: "ordered", id: message.id, ...plane.orders.obey(message.order) });
    if (message.kind === "forget")
      send({ kind: "ordered", id: message.id, ...forget(plane, message.forget), left: [] });
    if (message.kind === "claims")
      send({ kind: "claims", id: message.id, problems: plane.hosts.problemsOf(message.host) });
    if (message.kind === "removals")
      send({
        kind: "removals",
        id: message.id,
        states: plane.orders.followRemovals(message.asks, removalFacts(plane, message.asks)),
      });
    if (message.kind === "serving")
      send({ kind: "serving", id: message.id, states: servingStates(plane, message.asks) });
    if (message.kind === "status") send({ kind: "status", id: message.id, status: statusOrNull(plane, log) });
    if (message.kind === "metrics") void sendMetrics(message.id, registry, log);
  });
}

/** A report that cannot be made is no reason to stop: the picture is written without one. */
function statusOrNull(plane: ControlPlane, log: RootLog): Reported<ControlStatus> | null {
  try {
    return controlStatus(plane);
  } catch (error) {
    log.error(errorFields(error), "the status could not be made");
    return null;
  }
}

/** Never rejects. */
async function sendMetrics(id: number, registry: MetricRegistry, log: RootLog): Promise<void> {
  const text = await registry.text().catch((error: unknown) => {
    log.error(errorFields(error), "the metrics could not be made");
    return null;
  });
  send({ kind: "metrics", id, text });
}

function forget({ forgotten, places }: ControlPlane, request: ForgetRequest): Forgot {
  return request.what === "cluster" ? forgotten.obey(request) : places.obey(request);
}

/** Saves the health of endpoints and who claims which host, and gives up the lease, within a time limit for a disk or host that does not respond. */
async function stop({ tracker, sights, host }: ControlPlane): Promise<void> {
  clock.after(STOP_TIMEOUT_MS, () => process.exit(0));
  await Promise.all([tracker.close(), sights.save(), host?.stop()]);
  process.exit(0);
}

/** A start that failed for a reason that an operator can remove is told as one line; the supervisor tries again. */
function fail(error: unknown): void {
  if (!(error instanceof OperationalError)) throw error;
  const log = createLog({ level: "error", process: "control", pretty: process.stderr.isTTY });
  log.error(errorFields(error), "the control process cannot start");
  process.exit(1);
}

process.once("message", (message: ToControl) => {
  if (message.kind !== "start") return;
  start(message.config, message.picturePath, message.scoreboardFd).catch(fail);
});
// Signals may reach the whole process group; the supervisor alone decides when this process ends.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.on("SIGHUP", () => undefined);
// The supervisor is dead: end at once.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
