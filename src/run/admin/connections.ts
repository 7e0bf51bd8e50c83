/**
 * The connections of the admin HTTP server. A new one always gets in; where there are too many, another one is closed:
 *
 *     this peer has more than PEER_CONNECTIONS_MAX    one of this peer
 *     all have more than CONNECTIONS_MAX              one of the peer that has the most
 *     of that peer                                    the one that waits for a request for longest; if none does, the one
 *                                                     whose request is oldest
 *
 * So who keeps connections open, or reads slowly, takes them from himself. The probes of the kubelet open one, ask at once,
 * and are answered before anybody could push them out.
 */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../../kernel/clock.ts";

/** A few probes, a few Prometheus servers, a few people. */
export const CONNECTIONS_MAX = 64;
export const PEER_CONNECTIONS_MAX = 16;

type Connection = {
  readonly socket: Socket;
  readonly peer: string;
  /** Since when it waits for a request, or its request is being answered. */
  sinceMs: number;
  isAnswering: boolean;
};

/** Watches over all connections of the server from now on. */
export function limitConnections(server: Server, clock: Clock): void {
  const open = new Map<Socket, Connection>();
  server.on("connection", (socket: Socket) => {
    const peer = peerOf(socket.remoteAddress ?? "");
    open.set(socket, { socket, peer, sinceMs: clock.nowMs(), isAnswering: false });
    socket.on("close", () => open.delete(socket));
    superfluous([...open.values()], socket)?.socket.destroy();
  });
  server.on("request", ({ socket }, response) => {
    const connection = open.get(socket);
    if (connection === undefined) return;
    const turn = (isAnswering: boolean): void => {
      connection.isAnswering = isAnswering;
      connection.sinceMs = clock.nowMs();
    };
    turn(true);
    response.on("close", () => turn(false));
  });
}

/** The connection to close, now that `newcomer` has come: another one. */
function superfluous(all: readonly Connection[], newcomer: Socket): Connection | undefined {
  const others = all.filter((one) => one.socket !== newcomer);
  const peer = peerOf(newcomer.remoteAddress ?? "");
  const counts = new Map<string, number>();
  for (const one of all) counts.set(one.peer, (counts.get(one.peer) ?? 0) + 1);
  if ((counts.get(peer) ?? 0) > PEER_CONNECTIONS_MAX)
    return leastMissed(others.filter((one) => one.peer === peer));
  if (all.length <= CONNECTIONS_MAX) return undefined;
  const most = Math.max(...counts.values());
  return leastMissed(others.filter((one) => counts.get(one.peer) === most)) ?? leastMissed(others);
}

function leastMissed(some: readonly Connection[]): Connection | undefined {
  const [first] = some.toSorted(
    (a, b) => Number(a.isAnswering) - Number(b.isAnswering) || a.sinceMs - b.sinceMs,
  );
  return first;
}

/** Who shares a limit: an IPv4 address, or an IPv6 /64, since a host has all addresses of one. */
export function peerOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [before = [], after = []] = address.split("::", 2).map((part) => part.split(":"));
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].slice(0, 4).join(":");
}
