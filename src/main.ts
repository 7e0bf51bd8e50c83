/** The supervisor: reads nothing, answers nothing, decides little. It owns the sockets and the picture's file, and keeps two processes alive. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startAdminServer } from "./admin/server.ts";
import { startAdminSocket } from "./admin/socket.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { FromControl, ToControl } from "./control/messages.ts";
import type { Log } from "./log.ts";
import { openPictureFile, type PictureFile } from "./native/picture-file.ts";
import { createShared } from "./native/mapping.ts";
import { isWildcard } from "./native/socket.ts";
import { preparePicture } from "./publish/prepare.ts";
import type { FromServe, ToServe } from "./serve/assignment.ts";
import { Board, BOARD_OCTETS, BLOCKS_MAX } from "./serve/board.ts";
import { ControlLink } from "./supervise/control-link.ts";
import { Keeper } from "./supervise/keeper.ts";
import { Metrics, readiness, type ReportSources, status } from "./supervise/report.ts";
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

/** Descriptors of a child: 0 to 2 as usual, 3 the IPC channel, then what we hand down. */
const FIRST_FD = 4;
const READY_LOOK_MS = 20;

export async function runSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { config, log, clock } = options;
  const startedMs = clock.wallMs();
  mkdirSync(config.stateDirectory, { recursive: true, mode: 0o700 });
  const picturePath = join(config.stateDirectory, "picture");

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
  const serve = serveKeeper({ options, picturePath, board, boardFd: shared.fd, sockets });
  const control: Keeper<ToControl, FromControl> = new Keeper<ToControl, FromControl>({
    name: "control",
    entry: entryOf("./control/child"),
    fds: [shared.fd],
    greet: () => ({ kind: "start", config, picturePath, boardFd: FIRST_FD }),
    farewell: { kind: "stop" },
    isReady: (message) => message.kind === "settled",
    onMessage: (message) => {
      if (message.kind === "settled") isSettled = true;
      link.onMessage(message);
    },
    onGone: () => undefined,
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
  log.info({ listen, admin: admin.url, state: config.stateDirectory, isSaved }, "fedns started");

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

type ServeParts = {
  readonly options: SupervisorOptions;
  readonly picturePath: string;
  readonly board: Board;
  readonly boardFd: number;
  readonly sockets: Sockets;
};

function serveKeeper(parts: ServeParts): Keeper<ToServe, FromServe> {
  const { options, picturePath, board, boardFd, sockets } = parts;
  const { config, log, clock } = options;
  const { udp, tcp } = sockets;
  const blocks = udp.length + 1;
  // Old and new are there together during a planned restart, each with blocks of its own.
  const firstBlock = (incarnation: number): number => (incarnation % 2) * (BLOCKS_MAX / 2);
  const { maxConnections, maxConnectionsPerClient, idleSeconds, messageSeconds } = config.serve.tcp;
  return new Keeper<ToServe, FromServe>({
    name: "serve",
    entry: entryOf("./serve/child"),
    fds: [boardFd, ...udp.map(({ fd }) => fd), ...tcp.map(({ fd }) => fd)],
    greet: (incarnation) => ({
      kind: "start",
      assignment: {
        picturePath,
        boardFd: FIRST_FD,
        udp: udp.map(({ address }, i) => ({
          fd: FIRST_FD + 1 + i,
          address,
          isWildcard: isWildcard(address),
        })),
        tcpFds: tcp.map((_, i) => FIRST_FD + 1 + udp.length + i),
        engine: config.serve.udp === "dgram" ? "dgram" : "batched",
        firstBlock: firstBlock(incarnation),
        streams: {
          maxConnections,
          maxConnectionsPerClient,
          idleMs: idleSeconds * 1000,
          messageMs: messageSeconds * 1000,
        },
      },
    }),
    farewell: { kind: "stop" },
    isReady: (message) => message.kind === "ready",
    onMessage: (message) => {
      if (message.kind === "worker-lost") log.error(message, "a worker was lost and is started again");
    },
    onGone: (incarnation) => {
      for (let i = 0; i < blocks; i++) board.block(firstBlock(incarnation) + i).end();
    },
    clock,
    log,
  });
}

/** The file at the path, opened again when control has replaced it. */
function currentPicture(path: string, board: Board): () => PictureFile {
  let generation = -1;
  let file: PictureFile | null = null;
  return () => {
    if (file === null || board.generation !== generation) {
      file?.mapping.unmap();
      generation = board.generation;
      file = openPictureFile(path);
    }
    return file as PictureFile;
  };
}

function entryOf(path: string): URL {
  return new URL(`${path}${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
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
