/** The serve process as the supervisor sees it: it inherits sockets and scoreboard, and its blocks are cleared when it is gone. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import { isWildcard } from "../../kernel/native/socket.ts";
import type { FromServe, StreamLimits, ToServe } from "../../answer/scoreboard/assignment.ts";
import { BLOCKS_MAX, type Scoreboard } from "../../answer/scoreboard/scoreboard.ts";
import { FIRST_FD } from "../children/process-options.ts";
import { ProcessSupervisor, sourceUrl } from "../children/process-supervisor.ts";
import type { Sockets } from "./sockets.ts";
import { randomCookieSecret, type TermsConfig, termsSettings } from "./terms.ts";

/** Connections whose clients do not read: each costs some 100 kB of memory. */
const STALLED_MAX = 100;

type ServeParts = {
  /** The settings in force: a process that is started gets those of that moment. */
  readonly settings: () => TermsConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly picturePath: string;
  readonly scoreboard: Scoreboard;
  readonly scoreboardFd: number;
  readonly sockets: Sockets;
  readonly codeCache: string;
};

export type ServeProcess = ProcessSupervisor<ToServe, FromServe> & {
  /** The heartbeats of the workers that answer now, by worker. */
  workerBeats(): ReadonlyMap<string, number>;
};

function streamLimits({ serve: { tcp } }: TermsConfig): StreamLimits {
  const { maxConnections, maxConnectionsPerClient, idleSeconds, messageSeconds } = tcp;
  return {
    maxConnections,
    maxConnectionsPerClient,
    idleMs: idleSeconds * 1000,
    messageMs: messageSeconds * 1000,
    maxStalled: STALLED_MAX,
  };
}

export function superviseServe(parts: ServeParts): ServeProcess {
  const { settings, picturePath, scoreboard, scoreboardFd, sockets, log, clock } = parts;
  const { udp, tcp } = sockets;
  const blocks = udp.length + 1;
  // During a planned restart the old and the new process run together, each with its own blocks. A process that
  // crashes meanwhile must not get the blocks of one that is still stopping.
  const sets = Math.floor(BLOCKS_MAX / blocks);
  const firstBlock = (incarnation: number): number => (incarnation % sets) * blocks;
  const ownSecret = randomCookieSecret();
  const supervisor = new ProcessSupervisor<ToServe, FromServe>({
    name: "serve",
    entry: sourceUrl("../../answer/serve/child", import.meta.url),
    args: [String(blocks)],
    hasStandby: true,
    fds: [scoreboardFd, ...udp.map(({ fd }) => fd), ...tcp.map(({ fd }) => fd)],
    startMessage: (incarnation) => ({
      kind: "start",
      assignment: {
        picturePath,
        scoreboardFd: FIRST_FD,
        udp: udp.map(({ address, proxies }, i) => ({
          fd: FIRST_FD + 1 + i,
          address,
          isWildcard: isWildcard(address),
          proxies,
        })),
        tcp: tcp.map(({ proxies }, i) => ({ fd: FIRST_FD + 1 + udp.length + i, proxies })),
        engine: settings().serve.udp === "dgram" ? "dgram" : "batched",
        mayChangeEngine: settings().serve.udp === "auto",
        firstBlock: firstBlock(incarnation),
        streams: streamLimits(settings()),
        terms: termsSettings(settings(), ownSecret),
      },
    }),
    stopMessage: { kind: "stop" },
    isReady: (message) => message.kind === "ready",
    onMessage: (message) => {
      if (message.kind === "worker-lost") log.error(message, "a worker ended; restarting it");
      if (message.kind === "engine-changed")
        log.error(message, "batched UDP keeps failing; using plain sockets, which cost twice the CPU time");
      if (message.kind === "refused") log.error(message, "the new serve process cannot read the picture");
    },
    onGone: (incarnation) => {
      for (let i = 0; i < blocks; i++) scoreboard.block(firstBlock(incarnation) + i).end();
    },
    codeCache: parts.codeCache,
    clock,
    log,
  });
  const workerBeats = (): ReadonlyMap<string, number> => {
    const { incarnation } = supervisor;
    if (incarnation === null) return new Map();
    const own = Array.from({ length: blocks }, (_, i) => firstBlock(incarnation) + i);
    const running = own
      .map((index) => [index, scoreboard.block(index)] as const)
      .filter(([, block]) => block.isRunning);
    return new Map(running.map(([index, block]) => [`${incarnation}.${index}`, block.beat]));
  };
  return Object.assign(supervisor, { workerBeats });
}
