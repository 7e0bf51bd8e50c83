/** The data plane of fedns in front of a picture that the caller writes: a real serve process, kept as the supervisor keeps it. */
import { join } from "node:path";
import { systemClock } from "../../src/kernel/clock.ts";
import { parseConfig } from "../../src/run/config/file.ts";
import { createLog, type Log } from "../../src/kernel/log.ts";
import { createShared } from "../../src/kernel/native/mapping.ts";
import { Scoreboard, SCOREBOARD_OCTETS } from "../../src/answer/scoreboard/scoreboard.ts";
import { superviseServe } from "../../src/run/supervise/serve-process.ts";
import { openSockets } from "../../src/run/supervise/sockets.ts";
import { domain, federationLabel } from "./federation.ts";

/** What the writer of the picture and the serve process share. */
export type DataPlane = {
  readonly directory: string;
  /** Where the picture is created, in the directory. */
  readonly picturePath: string;
  readonly board: Scoreboard;
  readonly boardFd: number;
  readonly log: Log;
};

export function createDataPlane(directory: string): DataPlane {
  const shared = createShared("bench-board", SCOREBOARD_OCTETS);
  return {
    directory,
    picturePath: join(directory, "picture"),
    board: new Scoreboard(shared.mapping.buffer),
    boardFd: shared.fd,
    log: createLog({ level: "warn", process: "bench", pretty: false }),
  };
}

/**
 * Answers on `port` of the loopback address until SIGTERM ends this process. The picture must exist. Defaults with two
 * exceptions: one worker, and the address of the load generator is exempt from the rate limit, which still counts its
 * answers.
 */
export function serveUntilStopped(
  { directory, picturePath, board, boardFd, log }: DataPlane,
  port: number,
): void {
  const result = parseConfig(configText(port), "bench.yaml");
  if (!("config" in result)) throw new Error(JSON.stringify(result));
  const serve = superviseServe({
    settings: () => result.config,
    picturePath,
    scoreboard: board,
    scoreboardFd: boardFd,
    sockets: openSockets(result.config),
    codeCache: join(directory, "code-cache"),
    clock: systemClock,
    log,
  });
  serve.start();
  process.on("SIGTERM", () => void serve.stop().then(() => process.exit(0)));
}

function configText(port: number): string {
  return `federations: [{ name: ${federationLabel}, domain: ${domain} }]
nameservers: [{ name: ns1.${domain}, addresses: [127.0.0.1] }]
listen: [{ address: 127.0.0.1, port: ${port} }]
serve: { workers: 1 }
rateLimit: { exempt: [127.0.0.1/32] }
`;
}
