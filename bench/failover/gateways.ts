/** HTTP servers at the probed addresses. They answer until they are told to fail in one of two manners. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { gatewayPort } from "./fleet.ts";

/** `refuse`: the port is closed. `swallow`: connections and requests are accepted and never answered. */
export const manners = ["refuse", "swallow"] as const;
export type Manner = (typeof manners)[number];

export class Gateways {
  readonly #servers: Map<string, Server> = new Map();
  readonly #silent: Set<string> = new Set();

  async open(address: string): Promise<void> {
    const server = createServer((_, response) => {
      if (!this.#silent.has(address)) response.end("fine");
    });
    server.listen(gatewayPort, address);
    await once(server, "listening");
    this.#servers.set(address, server);
  }

  /** From the moment this returns. */
  kill(address: string, manner: Manner): void {
    if (manner === "swallow") this.#silent.add(address);
    else this.#end(address);
  }

  close(): void {
    for (const address of this.#servers.keys()) this.#end(address);
  }

  #end(address: string): void {
    const server = this.#servers.get(address);
    server?.close();
    server?.closeAllConnections();
  }
}
