/** The connection from fedns to one API server: a relay that a test can cut, make swallow everything, and mend. */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { atEnd, type Scope } from "./programs.ts";

export class Wire {
  readonly #server: Server;
  readonly #open: Set<Socket> = new Set();
  #target: number;
  #port = 0;
  #isSilent = false;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((socket) => this.#relay(socket));
  }

  /** `target`: a port of 127.0.0.1. */
  static async lay(scope: Scope, target: number): Promise<Wire> {
    const wire = new Wire(target);
    await wire.#listen();
    atEnd(scope, () => wire.refuse());
    return wire;
  }

  get port(): number {
    return this.#port;
  }

  /** From now on it leads elsewhere. */
  leadTo(target: number): void {
    this.#target = target;
  }

  /** Open connections are reset, new ones refused. */
  async refuse(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#reset();
    await closed;
  }

  /** Nothing that is sent arrives, and neither side is notified. */
  swallow(): void {
    this.#isSilent = true;
    for (const socket of this.#open) socket.unpipe().pause();
  }

  /** A client that waits for a swallowed answer has to start again. */
  async mend(): Promise<void> {
    if (this.#isSilent) this.#reset();
    this.#isSilent = false;
    if (!this.#server.listening) await this.#listen();
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    this.#port = typeof address === "object" && address !== null ? address.port : 0;
  }

  #relay(near: Socket): void {
    this.#keep(near);
    if (this.#isSilent) {
      near.pause();
      return;
    }
    const far = connect(this.#target, "127.0.0.1");
    this.#keep(far);
    near.pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  }

  #keep(socket: Socket): void {
    this.#open.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#open.delete(socket));
  }

  #reset(): void {
    for (const socket of this.#open) socket.destroy();
  }
}
