/** The HTTP server at the address of a load balancer: it answers, swallows requests, or is not there. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { atEnd, type Scope } from "../support/programs.ts";

export const GATEWAY_PORT = 8080;

export class Gateway {
  readonly address: string;
  /** When it was asked, on the clock of the stage, whether it answered or not. */
  readonly askedMs: number[] = [];
  readonly #server: Server;
  #isSilent = false;

  private constructor(address: string, nowMs: () => number) {
    this.address = address;
    this.#server = createServer((_, response) => {
      this.askedMs.push(nowMs());
      if (!this.#isSilent) response.end("fine");
    });
  }

  static async open(
    scope: Scope,
    address: string,
    nowMs: () => number = () => performance.now(),
  ): Promise<Gateway> {
    const gateway = new Gateway(address, nowMs);
    await gateway.#listen();
    atEnd(scope, () => gateway.refuse());
    return gateway;
  }

  /** Takes connections and questions, and never answers: as if packets got lost on the way back. */
  swallow(): void {
    this.#isSilent = true;
  }

  /** No listener. */
  async refuse(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async answer(): Promise<void> {
    this.#isSilent = false;
    if (!this.#server.listening) await this.#listen();
  }

  async #listen(): Promise<void> {
    this.#server.listen(GATEWAY_PORT, this.address);
    await once(this.#server, "listening");
  }
}
