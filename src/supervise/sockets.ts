/** All sockets of all listen addresses, opened before anything else is started: a port that is taken ends the start. */
import type { Config } from "../config.ts";
import { libc } from "../native/libc.ts";
import { openTcp, openUdp } from "../native/socket.ts";

export type Sockets = {
  readonly udp: readonly { readonly fd: number; readonly address: string; readonly port: number }[];
  readonly tcp: readonly { readonly fd: number; readonly address: string; readonly port: number }[];
};

/** UDP has a socket for each worker of each address; TCP one for each address. Port 0 gets UDP and TCP the same port. */
export function openSockets(config: Config): Sockets {
  const udp: { fd: number; address: string; port: number }[] = [];
  const tcp: { fd: number; address: string; port: number }[] = [];
  try {
    for (const { address, port } of config.listen) {
      const opened = openUdp({ address, port }, config.serve.workers);
      udp.push(...opened.fds.map((fd) => ({ fd, address, port: opened.port })));
      tcp.push({ ...openTcp({ address, port: opened.port }), address });
    }
  } catch (error) {
    closeSockets({ udp, tcp });
    throw error;
  }
  return { udp, tcp };
}

export function closeSockets({ udp, tcp }: Sockets): void {
  for (const { fd } of [...udp, ...tcp]) libc().close(fd);
}
