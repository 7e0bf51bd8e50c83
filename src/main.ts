/**
 * The supervisor: answers nothing, decides little. It owns the sockets and the picture's file, keeps two processes
 * alive and reports on all of it. The order of start and stop is this page.
 */
import { startAdminServer } from "./run/admin/server.ts";
import type { Clock } from "./kernel/clock.ts";
import type { Config } from "./run/config/config.ts";
import type { Log } from "./kernel/log.ts";
import { type ControlProcess, controlKeeper } from "./run/supervise/control-process.ts";
import { currentPicture } from "./run/supervise/current-picture.ts";
import { type SupervisorResources, takeGround } from "./run/supervise/resources.ts";
import { orderCommands } from "./run/supervise/order-commands.ts";
import { Metrics, readiness, type ReportSources, status } from "./run/supervise/report.ts";
import { type ServeProcess, serveKeeper } from "./run/supervise/serve-process.ts";
import { VERSION } from "./kernel/version.ts";

type SupervisorOptions = { readonly config: Config; readonly log: Log; readonly clock: Clock };

export type Supervisor = {
  /** Resolves when questions are answered. */
  readonly ready: Promise<void>;
  /** Resolves with the exit code when everything has ended. */
  readonly finished: Promise<number>;
  /** Where DNS is answered; interesting when a port was given as 0. */
  readonly listen: ReportSources["listen"];
  /** Reads the zone files again. */
  reload(): void;
  /** Begins the end: not ready any more, answers for drainSeconds, then stops. */
  stop(): void;
};

const READY_LOOK_MS = 20;

export async function runSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { config, log, clock } = options;
  const restart = async (): Promise<object> => {
    log.info({}, "restarting as asked: first serve, then control");
    await serve.replace();
    control.keeper.send({ kind: "stop" });
    return { serve: serve.health };
  };
  const reload = (): void => {
    control.keeper.send({ kind: "reload" });
  };
  const reloadCommand = (): object => {
    reload();
    return { status: "see zones in /status" };
  };
  const told = orderCommands({ order: (order) => control.link.order(order), status: () => status(sources) });
  const ground = await takeGround(config, log, { restart, reload: reloadCommand, ...told });
  const serve = serveKeeper({ settings: config, ...ground, clock, log });
  const control = controlKeeper({ config, ground, clock, log });
  let isDraining = false;
  const sources = reportSources(options, { ground, serve, control, isDraining: () => isDraining });
  const metrics = new Metrics(sources);
  const admin = await startAdminServer({
    ...config.admin,
    sources: {
      isReady: () => readiness(sources),
      status: () => status(sources),
      metrics: () => metrics.text(),
    },
    log,
  }).catch(async (error: unknown) => {
    await ground.close();
    throw error;
  });
  serve.start();
  control.keeper.start();
  const { isSaved } = ground;
  const adminAt = `${admin.address} port ${admin.port}`;
  log.info(
    { listen: sources.listen, admin: adminAt, state: config.stateDirectory, isSaved },
    "fedns started",
  );

  const finished = Promise.withResolvers<number>();
  const end = async (): Promise<void> => {
    await Promise.all([serve.stop(), control.keeper.stop()]);
    await Promise.all([admin.close(), ground.close()]);
    log.info({}, "fedns stopped");
    finished.resolve(0);
  };
  const stop = (): void => {
    if (isDraining) return;
    isDraining = true;
    const { drainSeconds } = config.serve;
    log.info({ drainSeconds }, "stopping: not ready any more");
    if (drainSeconds === 0) void end();
    else clock.after(drainSeconds * 1000, () => void end());
  };
  const ready = becomesTrue(clock, () => isDraining || readiness(sources).ready);
  return { ready, finished: finished.promise, listen: sources.listen, reload, stop };
}

type Parts = {
  readonly ground: SupervisorResources;
  readonly serve: ServeProcess;
  readonly control: ControlProcess;
  readonly isDraining: () => boolean;
};

function reportSources({ clock }: SupervisorOptions, parts: Parts): ReportSources {
  const { ground, serve, control, isDraining } = parts;
  return {
    version: VERSION,
    startedMs: clock.wallMs(),
    clock,
    board: ground.board,
    picture: currentPicture(ground.picturePath, ground.board),
    listen: ground.sockets.tcp.map(({ address, port }) => ({ address, port })),
    processes: () => ({ serve: serve.health, control: control.keeper.health }),
    isSaved: ground.isSaved,
    isSettled: control.isSettled,
    isDraining,
    control: () => control.link.ask(),
  };
}

function becomesTrue(clock: Clock, isTrue: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (isTrue()) resolve();
      else clock.after(READY_LOOK_MS, look);
    };
    look();
  });
}
