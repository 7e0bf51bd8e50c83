/** Checks that ports are free: before the sandbox could disturb a fedns that is already running, and for `fedns check`. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { failedCall, OperationalError, reasonOf } from "../../kernel/error.ts";
import { portTaken } from "../../kernel/native/port-holder.ts";

export type LocalPort = {
  readonly address: string;
  readonly port: number;
  readonly transport: "udp" | "tcp";
  /** What chooses the port: "--port", "admin.port". */
  readonly option: string;
};

/** Throws an OperationalError (PORT_BUSY) that names the first port that is taken. Port 0 is always free. */
export async function requireFree(listeners: readonly LocalPort[]): Promise<void> {
  for (const listener of listeners) {
    const message = await listenProblem(listener);
    if (message !== null) throw new OperationalError("PORT_BUSY", message);
  }
}

/** Why this process cannot listen there now, with the cure; null = it can. */
export async function listenProblem({ address, port, transport, option }: LocalPort): Promise<string | null> {
  try {
    await (transport === "udp" ? tryUdp(address, port) : tryTcp(address, port));
    return null;
  } catch (error) {
    const code = failedCall(error)?.code;
    const why =
      code === "EADDRINUSE"
        ? portTaken({ address, port, transport }, option)
        : `${reasonOf(error)}; choose another one with ${option}${code === "EACCES" ? ", or run fedns with CAP_NET_BIND_SERVICE" : ""}`;
    return `cannot listen on ${address} port ${port} (${transport}): ${why}`;
  }
}

/** 127.0.0.1, and ::1 where the machine has it. */
export function loopbackAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.some(({ address }) => address === "::1") ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
}

async function tryUdp(address: string, port: number): Promise<void> {
  const socket = createSocket(isIPv6(address) ? { type: "udp6", ipv6Only: true } : { type: "udp4" });
  try {
    socket.bind({ address, port, exclusive: true });
    await once(socket, "listening");
  } finally {
    socket.close();
  }
}

async function tryTcp(address: string, port: number): Promise<void> {
  const server = createServer();
  server.listen({ host: address, port, exclusive: true, ipv6Only: isIPv6(address) });
  await once(server, "listening");
  server.close();
  await once(server, "close");
}
