/** What stands before any child is started, and after the last one is gone: lock, sockets, picture, board. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type AdminCommand, type AdminSocket, startAdminSocket } from "../admin/socket.ts";
import { systemClock } from "../../kernel/clock.ts";
import type { Config } from "../config/config.ts";
import type { Log } from "../../kernel/log.ts";
import { createShared } from "../../kernel/native/mapping.ts";
import { preparePicture } from "../../picture/publish/prepare.ts";
import { Scoreboard, SCOREBOARD_OCTETS } from "../../answer/scoreboard/scoreboard.ts";
import { closeSockets, openSockets, type Sockets } from "./sockets.ts";

export type SupervisorResources = {
  readonly picturePath: string;
  /** True when answers can be given from what an earlier run has left. */
  readonly isSaved: boolean;
  readonly codeCache: string;
  readonly sockets: Sockets;
  readonly board: Scoreboard;
  readonly boardFd: number;
  close(): Promise<void>;
};

/** Takes everything that there can be only one of; throws an OperationalError, with nothing left open, when it cannot. */
export async function takeGround(
  config: Config,
  log: Log,
  commands: Readonly<Record<string, AdminCommand>>,
): Promise<SupervisorResources> {
  const { stateDirectory } = config;
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  // The socket comes first: it is also the lock on the state directory.
  const adminSocket = await startAdminSocket({ path: join(stateDirectory, "admin.sock"), commands, log });
  try {
    return open(config, log, adminSocket);
  } catch (error) {
    await adminSocket.close();
    throw error;
  }
}

function open(config: Config, log: Log, adminSocket: AdminSocket): SupervisorResources {
  const sockets = openSockets(config);
  const picturePath = join(config.stateDirectory, "picture");
  const { isSaved } = preparePicture(picturePath, log, systemClock.wallMs());
  const shared = createShared("fedns-board", SCOREBOARD_OCTETS);
  return {
    picturePath,
    isSaved,
    codeCache: join(config.stateDirectory, "code-cache"),
    sockets,
    board: new Scoreboard(shared.mapping.buffer),
    boardFd: shared.fd,
    async close() {
      await adminSocket.close();
      closeSockets(sockets);
    },
  };
}
