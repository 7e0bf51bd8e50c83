/** The supervisor: reads nothing, answers nothing, decides little. It owns the sockets and the picture's file, and keeps two processes alive. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startAdminServer } from "./admin/server.ts";
import { startAdminSocket } from "./admin/socket.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { FromControl, ToControl } from "./control/messages.ts";
import type { Log } from "./log.ts";
import { createShared } from "./native/mapping.ts";
import { preparePicture } from "./publish/prepare.ts";
import { Board, BOARD_OCTETS } from "./serve/board.ts";
import { ControlLink } from "./supervise/control-link.ts";
import { currentPicture } from "./supervise/current-picture.ts";
import { FIRST_FD, Keeper, sourceUrl } from "./supervise/keeper.ts";
import { Metrics, readiness, type ReportSources, status } from "./supervise/report.ts";
import { serveKeeper } from "./supervise/serve-keeper.ts";
import { closeSockets, openSockets, type Sockets } from "./supervise/sockets.ts";
import { VERSION } from "./version.ts";

export type SupervisorOptions = { readonly config: Config; readonly log: Log; readonly clock: Clock };

export type Supervisor = {
  /** Resolves when questions are answered. */
  readonly ready: Promise<void>;
  /** Resolves with the exit code when everything has ended. */
  readonly finished: Promise<number>;
  /** Where DNS is answered; interesting when a port was given as 0. */
  readonly listen: readonly { readonly address: string; readonly port: number }[];
  /** Begins the end: not ready any more, answers for drainSeconds, then stops. */
  stop(): void;
};

const READY_LOOK_MS = 20;

export async function runSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { config, log, clock } = options;
  const startedMs = clock.wallMs();
  mkdirSync(config.stateDirectory, { recursive: true, mode: 0o700 });
  const picturePath = join(config.stateDirectory, "picture");
  const codeCache = join(config.stateDirectory, "code-cache");

  // The socket comes first: it is also the lock on the state directory.
  const commands = { restart: async () => restart() };
  const adminSocket = await startAdminSocket({
    path: join(config.stateDirectory, "admin.sock"),
    commands,
    log,
  });
  let sockets: Sockets;
  try {
    sockets = openSockets(config);
  } catch (error) {
    await adminSocket.close();
    throw error;
  }
  const { isSaved } = preparePicture(picturePath, log);
  const shared = createShared("fedns-board", BOARD_OCTETS);
  const board = new Board(shared.mapping.buffer);

  let isSettled = false;
  let isDraining = false;
  const serve = serveKeeper({
    settings: config.serve,
    picturePath,
    board,
    boardFd: shared.fd,
    sockets,
    codeCache,
    clock,
    log,
  });
  const control: Keeper<ToControl, FromControl> = new Keeper<ToControl, FromControl>({
    name: "control",
    entry: sourceUrl("./control/child", import.meta.url),
    fds: [shared.fd],
    greet: () => ({ kind: "start", config, picturePath, boardFd: FIRST_FD }),
    farewell: { kind: "stop" },
    isReady: (message) => message.kind === "settled",
    onMessage: (message) => {
      if (message.kind === "settled") isSettled = true;
      link.onMessage(message);
    },
    onGone: () => undefined,
    codeCache,
    clock,
    log,
  });
  const link = new ControlLink(clock, (message) => control.send(message));
  const listen = sockets.tcp.map(({ address, port }) => ({ address, port }));
  const sources: ReportSources = {
    version: VERSION,
    startedMs,
    clock,
    board,
    picture: currentPicture(picturePath, board),
    listen,
    processes: () => ({ serve: serve.health, control: control.health }),
    isSaved,
    isSettled: () => isSettled,
    isDraining: () => isDraining,
    control: () => link.ask(),
  };
  const metrics = new Metrics(sources);
  const stopEarly = async (): Promise<void> => {
    closeSockets(sockets);
    await adminSocket.close();
  };
  const admin = await startAdminServer({
    ...config.admin,
    sources: {
      isReady: () => readiness(sources),
      status: () => status(sources),
      metrics: () => metrics.text(),
    },
    log,
  }).catch(async (error: unknown) => {
    await stopEarly();
    throw error;
  });

  serve.start();
  control.start();
  log.info(
    { listen, admin: `${admin.address} port ${admin.port}`, state: config.stateDirectory, isSaved },
    "fedns started",
  );

  async function restart(): Promise<object> {
    log.info({}, "restarting the serve process");
    await serve.replace();
    control.send({ kind: "stop" });
    return { serve: serve.health };
  }

  const finished = Promise.withResolvers<number>();
  async function end(): Promise<void> {
    await Promise.all([serve.stop(), control.stop()]);
    await Promise.all([admin.close(), adminSocket.close()]);
    closeSockets(sockets);
    log.info({}, "fedns stopped");
    finished.resolve(0);
  }
  return {
    ready: becomesReady(clock, () => isDraining || readiness(sources).ready),
    finished: finished.promise,
    listen,
    stop() {
      if (isDraining) return;
      isDraining = true;
      const { drainSeconds } = config.serve;
      log.info({ drainSeconds }, "stopping: not ready any more");
      if (drainSeconds === 0) void end();
      else setTimeout(() => void end(), drainSeconds * 1000);
    },
  };
}

function becomesReady(clock: Clock, isReady: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (isReady()) resolve();
      else clock.after(READY_LOOK_MS, look);
    };
    look();
  });
}
