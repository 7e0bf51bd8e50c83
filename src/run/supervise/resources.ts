/** The resources that only one fedns can hold: the state directory, its admin socket, the ports, the picture file and the scoreboard. */
import { join } from "node:path";
import { systemClock } from "../../kernel/clock.ts";
import { codeCacheDirectory } from "../../kernel/code-cache.ts";
import type { Log } from "../../kernel/log.ts";
import { createShared } from "../../kernel/native/mapping.ts";
import { SCOREBOARD_OCTETS, Scoreboard } from "../../answer/scoreboard/scoreboard.ts";
import { markClean } from "../../picture/keep/boot-mark.ts";
import { lockPicture } from "../../picture/publish/picture-lock.ts";
import { preparePicture } from "../../picture/publish/prepare.ts";
import { type AdminListener, listenForAdmin } from "../admin/listener.ts";
import type { Config } from "../config/config.ts";
import { closeSockets, openSockets, type Sockets } from "./sockets.ts";
import { lockStateDirectory } from "./state-directory.ts";

export type SupervisorResources = {
  readonly adminListener: AdminListener;
  readonly sockets: Sockets;
  readonly picturePath: string;
  /** True when queries can be answered from the picture of an earlier run. */
  readonly isRestored: boolean;
  /** The directory where Node keeps compiled code. */
  readonly codeCache: string;
  readonly scoreboard: Scoreboard;
  readonly scoreboardFd: number;
  close(): Promise<void>;
};

/** Resources are released in the reverse order of their acquisition. */
type Closers = (() => unknown)[];

/** Rejects with an OperationalError when a resource is in use; everything acquired so far is released. */
export async function acquireResources(config: Config, log: Log): Promise<SupervisorResources> {
  const closers: Closers = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    return { ...(await acquire(config, log, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function acquire(
  config: Config,
  log: Log,
  closers: Closers,
): Promise<Omit<SupervisorResources, "close">> {
  const { stateDirectory } = config;
  const lock = lockStateDirectory(stateDirectory);
  closers.push(() => lock.release());
  const adminListener = await listenForAdmin(join(stateDirectory, "admin.sock"));
  closers.push(() => adminListener.close());
  const picturePath = join(stateDirectory, "picture");
  // A control process whose supervisor was killed may still run for a moment.
  const pictureLock = await lockPicture(picturePath, systemClock);
  closers.push(() => pictureLock.release());
  const sockets = openSockets(config);
  closers.push(() => closeSockets(sockets));
  const { isRestored } = preparePicture(picturePath, log, systemClock.wallMs());
  closers.push(() => markClean(picturePath));
  // From now on control is the writer.
  pictureLock.release();
  const shared = createShared("fedns-board", SCOREBOARD_OCTETS);
  return {
    adminListener,
    sockets,
    picturePath,
    isRestored,
    codeCache: codeCacheDirectory(join(stateDirectory, "code-cache")),
    scoreboard: new Scoreboard(shared.mapping.buffer),
    scoreboardFd: shared.fd,
  };
}
