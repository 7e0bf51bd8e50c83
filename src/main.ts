/**
 * The supervisor, built, wired, started and stopped in reading order. It answers no query itself: it owns the sockets
 * and the picture file, keeps its child processes running, and reports on all of it.
 */
import type { Clock } from "./kernel/clock.ts";
import type { Log, RootLog } from "./kernel/log.ts";
import type { PictureFile } from "./kernel/native/picture-file.ts";
import { VERSION } from "./kernel/version.ts";
import { type AdminCommands, serveAdminCommands } from "./run/admin/commands.ts";
import { type AdminServer, startAdminServer } from "./run/admin/server.ts";
import type { Config } from "./run/config/config.ts";
import { applySettings } from "./run/live/apply.ts";
import { LiveSettings } from "./run/live/live-settings.ts";
import { reloadCommand } from "./run/live/reload.ts";
import { SettingsFile } from "./run/live/settings-file.ts";
import { ControlProcess } from "./run/supervise/control-process.ts";
import { currentPicture } from "./run/supervise/current-picture.ts";
import { type Liveness, watchLiveness } from "./run/supervise/liveness.ts";
import { orderCommands } from "./run/supervise/order-commands.ts";
import { PropagateProcess } from "./run/children/propagate-process.ts";
import { readiness } from "./run/supervise/readiness.ts";
import { Metrics, type ReportSources, status } from "./run/supervise/report.ts";
import { acquireResources, type SupervisorResources } from "./run/supervise/resources.ts";
import { type ServeProcess, superviseServe } from "./run/supervise/serve-process.ts";

type SupervisorOptions = { readonly config: Config; readonly log: RootLog; readonly clock: Clock };

type Supervisor = {
  /** Resolves when queries are answered. */
  readonly ready: Promise<void>;
  /** Resolves with the exit code when everything has ended. */
  readonly finished: Promise<number>;
  /** The addresses that answer DNS, with the actual port where the settings have port 0. */
  readonly listen: ReportSources["listen"];
  /** Reads the configuration file and the zone files again. */
  reload(): void;
  /** Reports not ready, answers for `drainSeconds` more, then stops. */
  stop(): void;
};

const READY_POLL_MS = 20;

/** Rejects with an OperationalError when a port, the state directory or the admin address is taken. */
export async function runSupervisor({ config, log, clock }: SupervisorOptions): Promise<Supervisor> {
  let isDraining = false;
  const resources = await acquireResources(config, log);
  const parts = wireProcesses({ config, resources, clock, log });
  const { settings, serve, control, propagate, picture, liveness } = parts;
  const sources: ReportSources = {
    version: VERSION,
    startedMs: clock.wallMs(),
    clock,
    scoreboard: resources.scoreboard,
    picture,
    listen: resources.sockets.tcp.map(({ address, port }) => ({ address, port })),
    processes: () => ({
      serve: serve.health,
      control: control.health,
      ...(propagate.health !== null && { propagate: propagate.health }),
    }),
    liveness,
    isRestored: resources.isRestored,
    initialSync: () => control.initialSync,
    isDraining: () => isDraining,
    settings: () => settings.current,
    settingsStatus: () => settings.status,
    control: () => control.link.requestStatus(),
    controlMetrics: () => control.link.requestMetrics(),
    propagation: () => propagate.requestReport(),
  };
  const metrics = new Metrics(sources);
  const adminServer = await openAdminServer(settings, sources, metrics, log).catch(async (error: unknown) => {
    await resources.close();
    throw error;
  });

  const reload = reloadCommand(parts.file, settings, control.link);
  const restart = async (): Promise<object> => {
    log.info({}, "restarting on request: the serve process first, then control");
    await serve.replace();
    await control.restart();
    await propagate.restart();
    return { serve: serve.health, control: control.health };
  };
  const commands = { restart, ...commandsOf(control, sources, metrics, reload) };
  serveAdminCommands(resources.adminListener, commands, log);

  serve.start();
  control.start();
  propagate.start();
  const watching = new AbortController();
  liveness.run(watching.signal);
  void parts.file.watch((reading) => void settings.take(reading), watching.signal);
  const { listen, isRestored } = sources;
  const admin = `${adminServer.address} port ${adminServer.port}`;
  log.info({ listen, admin, state: config.stateDirectory, isRestored }, "fedns started");
  const ready = becomesTrue(clock, () => isDraining || readiness(sources).ready);

  const finished = Promise.withResolvers<number>();
  const end = async (): Promise<void> => {
    watching.abort();
    await Promise.all([serve.stop(), control.stop(), propagate.stop()]);
    await Promise.all([adminServer.close(), resources.close()]);
    log.info({}, "fedns stopped");
    finished.resolve(0);
  };
  const stop = (): void => {
    if (isDraining) return;
    isDraining = true;
    const { drainSeconds } = settings.current.serve;
    log.info({ drainSeconds }, "stopping: not ready any more");
    if (drainSeconds === 0) void end();
    else clock.after(drainSeconds * 1000, () => void end());
  };
  return { ready, finished: finished.promise, listen, reload: () => void reload(), stop };
}

function commandsOf(
  { link }: ControlProcess,
  sources: ReportSources,
  metrics: Metrics,
  reload: () => Promise<object>,
): AdminCommands {
  return {
    reload,
    ...orderCommands({
      order: (order) => link.sendOrder(order),
      forget: (forget) => link.sendForget(forget),
      claims: (host) => link.askClaims(host),
      status: () => status(sources),
      metrics: () => metrics.text(),
    }),
  };
}

type Parts = {
  readonly file: SettingsFile;
  readonly settings: LiveSettings;
  readonly serve: ServeProcess;
  readonly control: ControlProcess;
  readonly propagate: PropagateProcess;
  readonly picture: () => PictureFile;
  readonly liveness: Liveness;
};

/** The processes take the settings in force whenever they start, and those that run are given what has changed. */
function wireProcesses({
  config,
  resources,
  clock,
  log,
}: SupervisorOptions & { readonly resources: SupervisorResources }): Parts {
  const settings: LiveSettings = new LiveSettings({
    started: config,
    apply: (changed, changes) => applySettings({ serve, control, propagate, clock, log }, changed, changes),
    clock,
    log,
  });
  const inForce = (): Config => settings.current;
  const serve = superviseServe({ settings: inForce, ...resources, clock, log });
  const control = new ControlProcess({ config: inForce, resources, clock, log });
  const propagate = new PropagateProcess({
    config: inForce,
    resources,
    removals: (asks) => control.link.sendRemovals(asks),
    serving: (asks) => control.link.askServing(asks),
    clock,
    log,
  });
  const picture = currentPicture(resources.picturePath, resources.scoreboard);
  const watched = { serve, control, propagate, picture };
  const liveness = watchLiveness({ config: inForce, resources, ...watched, clock, log });
  const file = new SettingsFile({ path: config.filePath, clock });
  return { file, settings, serve, control, propagate, picture, liveness };
}

function openAdminServer(
  settings: LiveSettings,
  sources: ReportSources,
  metrics: Metrics,
  log: Log,
): Promise<AdminServer> {
  const { address, port } = settings.current.admin;
  return startAdminServer({
    address,
    port,
    hosts: () => settings.current.admin.hosts,
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
