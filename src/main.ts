/**
 * The supervisor, built, wired, started and stopped in reading order. It answers no query itself: it owns the sockets
 * and the picture file, keeps two child processes running, and reports on all of it.
 */
import type { Clock } from "./kernel/clock.ts";
import type { Log } from "./kernel/log.ts";
import { VERSION } from "./kernel/version.ts";
import { type AdminCommands, serveAdminCommands } from "./run/admin/commands.ts";
import { type AdminServer, startAdminServer } from "./run/admin/server.ts";
import type { Config } from "./run/config/config.ts";
import { ControlProcess } from "./run/supervise/control-process.ts";
import { currentPicture } from "./run/supervise/current-picture.ts";
import { watchLiveness } from "./run/supervise/liveness.ts";
import { orderCommands } from "./run/supervise/order-commands.ts";
import { readiness } from "./run/supervise/readiness.ts";
import { Metrics, type ReportSources, status } from "./run/supervise/report.ts";
import { acquireResources } from "./run/supervise/resources.ts";
import { superviseServe } from "./run/supervise/serve-process.ts";

type SupervisorOptions = { readonly config: Config; readonly log: Log; readonly clock: Clock };

type Supervisor = {
  /** Resolves when queries are answered. */
  readonly ready: Promise<void>;
  /** Resolves with the exit code when everything has ended. */
  readonly finished: Promise<number>;
  /** The addresses that answer DNS, with the actual port where the settings have port 0. */
  readonly listen: ReportSources["listen"];
  /** Reads the zone files again. */
  reload(): void;
  /** Reports not ready, answers for `drainSeconds` more, then stops. */
  stop(): void;
};

const READY_POLL_MS = 20;

/** Rejects with an OperationalError when a port, the state directory or the admin address is taken. */
export async function runSupervisor({ config, log, clock }: SupervisorOptions): Promise<Supervisor> {
  let isDraining = false;
  const resources = await acquireResources(config, log);
  const serve = superviseServe({ settings: config, ...resources, clock, log });
  const control = new ControlProcess({ config, resources, clock, log });
  const picture = currentPicture(resources.picturePath, resources.scoreboard);
  const liveness = watchLiveness({ config, resources, serve, control, picture, clock, log });
  const sources: ReportSources = {
    version: VERSION,
    startedMs: clock.wallMs(),
    clock,
    scoreboard: resources.scoreboard,
    picture,
    listen: resources.sockets.tcp.map(({ address, port }) => ({ address, port })),
    processes: () => ({ serve: serve.health, control: control.health }),
    liveness,
    isRestored: resources.isRestored,
    initialSync: () => control.initialSync,
    settings: config,
    isDraining: () => isDraining,
    control: () => control.link.requestReport(),
  };
  const adminServer = await openAdminServer(config, sources, log).catch(async (error: unknown) => {
    await resources.close();
    throw error;
  });

  const reload = (): void => void control.send({ kind: "reload" });
  const restart = async (): Promise<object> => {
    log.info({}, "restarting on request: the serve process first, then control");
    await serve.replace();
    await control.restart();
    return { serve: serve.health, control: control.health };
  };
  const commands = { restart, ...commandsOf(control, sources, reload) };
  serveAdminCommands(resources.adminListener, commands, log);

  serve.start();
  control.start();
  const watching = new AbortController();
  liveness.run(watching.signal);
  const { listen, isRestored } = sources;
  const admin = `${adminServer.address} port ${adminServer.port}`;
  log.info({ listen, admin, state: config.stateDirectory, isRestored }, "fedns started");
  const ready = becomesTrue(clock, () => isDraining || readiness(sources).ready);

  const finished = Promise.withResolvers<number>();
  const end = async (): Promise<void> => {
    watching.abort();
    await Promise.all([serve.stop(), control.stop()]);
    await Promise.all([adminServer.close(), resources.close()]);
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
  return { ready, finished: finished.promise, listen, reload, stop };
}

function commandsOf({ link }: ControlProcess, sources: ReportSources, reload: () => void): AdminCommands {
  return {
    reload: () => {
      reload();
      return { status: "see zones in /status" };
    },
    ...orderCommands({
      order: (order) => link.sendOrder(order),
      forget: (forget) => link.sendForget(forget),
      status: () => status(sources),
    }),
  };
}

function openAdminServer({ admin }: Config, sources: ReportSources, log: Log): Promise<AdminServer> {
  const metrics = new Metrics(sources);
  return startAdminServer({
    ...admin,
    sources: {
      isReady: () => readiness(sources),
      status: () => status(sources),
      metrics: () => metrics.text(),
    },
    log,
  });
}

function becomesTrue(clock: Clock, isTrue: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const poll = (): void => {
      if (isTrue()) resolve();
      else clock.after(READY_POLL_MS, poll);
    };
    poll();
  });
}
