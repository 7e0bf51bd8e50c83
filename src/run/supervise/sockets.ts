/** The sockets of all listen addresses. They are opened before anything is started, so startup fails if a port is in use. */
import type { Config } from "../config/config.ts";
import type { ListenConfig } from "../config/types.ts";
import { OperationalError } from "../../kernel/error.ts";
import { libc } from "../../kernel/native/libc.ts";
import { openTcp, openUdp } from "../../kernel/native/socket.ts";
import { BLOCKS_MAX } from "../../answer/scoreboard/scoreboard.ts";

/** Old and new serve processes have blocks of the scoreboard at the same time. */
const WORKERS_MAX = BLOCKS_MAX / 2;
const PORT_TRIES = 8;

type Open = {
  readonly fd: number;
  readonly address: string;
  readonly port: number;
  /** Networks whose senders must send PROXY headers. */
  readonly proxies: readonly string[];
};
export type Sockets = { readonly udp: readonly Open[]; readonly tcp: readonly Open[] };

/** For UDP a socket per worker and address, for TCP one per address. Port 0 becomes the same free port for both. */
export function openSockets({ listen, serve }: Pick<Config, "listen" | "serve">): Sockets {
  const workers = listen.length * serve.workers + 1;
  if (workers > WORKERS_MAX) {
    const message = `${listen.length} addresses with ${serve.workers} workers each need ${workers} threads; at most ${WORKERS_MAX} are possible`;
    throw new OperationalError("WORKERS", message);
  }
  const udp: Open[] = [];
  const tcp: Open[] = [];
  try {
    for (const where of listen) {
      const pair = where.port === 0 ? openAnyPair(where, serve.workers) : openPair(where, serve.workers);
      udp.push(...pair.udp);
      tcp.push(...pair.tcp);
    }
  } catch (error) {
    closeSockets({ udp, tcp });
    throw error;
  }
  return { udp, tcp };
}

/** The free port that UDP got may be taken over TCP; then another one is tried. */
function openAnyPair(where: ListenConfig, workers: number): Sockets {
  for (let tries = 1; ; tries++) {
    try {
      return openPair(where, workers);
    } catch (error) {
      if (tries === PORT_TRIES) throw error;
    }
  }
}

function openPair(where: ListenConfig, workers: number): Sockets {
  const { address, proxyProtocol: proxies } = where;
  const { fds, port } = openUdp(where, workers);
  const udp = fds.map((fd) => ({ fd, address, port, proxies }));
  try {
    return { udp, tcp: [{ ...openTcp({ address, port }), address, proxies }] };
  } catch (error) {
    closeSockets({ udp, tcp: [] });
    throw error;
  }
}

export function closeSockets({ udp, tcp }: Sockets): void {
  for (const { fd } of [...udp, ...tcp]) libc().close(fd);
}
