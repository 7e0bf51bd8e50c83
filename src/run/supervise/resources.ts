/** The resources that only one fedns can hold: the state directory (locked by its admin socket), the ports, the picture file and the scoreboard. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../kernel/clock.ts";
import { codeCacheDirectory } from "../../kernel/code-cache.ts";
import type { Log } from "../../kernel/log.ts";
import { createShared } from "../../kernel/native/mapping.ts";
import { SCOREBOARD_OCTETS, Scoreboard } from "../../answer/scoreboard/scoreboard.ts";
import { preparePicture } from "../../picture/publish/prepare.ts";
import { type AdminListener, listenForAdmin } from "../admin/listener.ts";
import type { Config } from "../config/config.ts";
import { closeSockets, openSockets, type Sockets } from "./sockets.ts";

export type SupervisorResources = {
  readonly adminListener: AdminListener;
  readonly sockets: Sockets;
  readonly picturePath: string;
  /** True when queries can be answered from the picture of an earlier run. */
  readonly isSaved: boolean;
  /** The directory where Node keeps compiled code. */
  readonly codeCache: string;
  readonly scoreboard: Scoreboard;
  readonly scoreboardFd: number;
  close(): Promise<void>;
};

/** Rejects with an OperationalError when something is taken; then nothing stays open. */
export async function acquireResources(config: Config, log: Log): Promise<SupervisorResources> {
  const { stateDirectory } = config;
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  // The admin socket comes first: it locks the state directory.
  const adminListener = await listenForAdmin(join(stateDirectory, "admin.sock"));
  try {
    return openUnderLock(config, log, adminListener);
  } catch (error) {
    await adminListener.close();
    throw error;
  }
}

function openUnderLock(config: Config, log: Log, adminListener: AdminListener): SupervisorResources {
  const sockets = openSockets(config);
  const picturePath = join(config.stateDirectory, "picture");
  const { isSaved } = preparePicture(picturePath, log, systemClock.wallMs());
  const shared = createShared("fedns-board", SCOREBOARD_OCTETS);
  return {
    adminListener,
    sockets,
    picturePath,
    isSaved,
    codeCache: codeCacheDirectory(join(config.stateDirectory, "code-cache")),
    scoreboard: new Scoreboard(shared.mapping.buffer),
    scoreboardFd: shared.fd,
    async close() {
      await adminListener.close();
      closeSockets(sockets);
    },
  };
}
