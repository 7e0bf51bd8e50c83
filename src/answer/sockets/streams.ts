/** DNS over TCP (RFC 7766, RFC 9210): accepts connections, keeps to the limits, and closes idle connections, the longest idle first. */
import net from "node:net";
import type { WorkerContext } from "../context/worker-context.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { StreamLimits, TcpSocketHandle } from "../scoreboard/assignment.ts";
import type { ScoreboardBlock } from "../scoreboard/scoreboard.ts";
import { Networks } from "../terms/networks.ts";
import { Connection } from "./connection.ts";
import { WorkerClock } from "./worker-clock.ts";
import { LISTEN_BACKLOG } from "../../kernel/native/socket.ts";
import { watchForStop } from "../scoreboard/stop-signal.ts";
import type { PictureSource } from "./picture-source.ts";

/** On shutdown, a connection without a query for QUIET_MS is closed, and all others after SHUTDOWN_LIMIT_MS. */
const QUIET_MS = 100;
const SHUTDOWN_POLL_MS = 20;
const SHUTDOWN_LIMIT_MS = 1_500;

type StreamOptions = {
  readonly sockets: readonly TcpSocketHandle[];
  readonly limits: StreamLimits;
  readonly context: WorkerContext;
  readonly block: ScoreboardBlock;
  readonly source: PictureSource;
  readonly clock: Clock;
};

export class StreamServer {
  readonly #options: StreamOptions;
  readonly #workerClock: WorkerClock;
  readonly #servers: net.Server[] = [];
  /** In the order of their last activity: the first is the longest idle. */
  readonly #connections: Set<Connection> = new Set();
  readonly #perClient: Map<string, number> = new Map();

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#workerClock = new WorkerClock(options.context, options.clock);
  }

  start(): void {
    const { sockets, block, clock } = this.#options;
    for (const { fd, proxies } of sockets) {
      const known = proxies.length === 0 ? null : new Networks(proxies);
      const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
        this.#accept(socket, known);
      });
      // Node listens on the descriptor once more, with a backlog of 511 unless another is given here.
      server.listen({ fd }, LISTEN_BACKLOG);
      this.#servers.push(server);
    }
    watchForStop(
      clock,
      block,
      () => this.#poll(),
      () => this.#stop(),
    );
  }

  #accept(socket: net.Socket, proxies: Networks | null): void {
    const { limits, context, clock } = this.#options;
    if (this.#connections.size >= limits.maxConnections) this.#closeLongestIdle(null);
    const connection: Connection = new Connection({
      socket,
      proxies,
      context,
      clock,
      onClient: () => this.#count(connection),
      beforeAnswers: () => this.#refresh(),
      onActive: () => {
        this.#connections.delete(connection);
        this.#connections.add(connection);
      },
      onClosed: () => this.#forget(connection),
    });
    this.#connections.add(connection);
    if (connection.client !== null) this.#count(connection);
  }

  /** The client of the connection is known: at once, or when a balancer has said it. */
  #count({ client }: Connection): void {
    if (client === null) return;
    const { maxConnectionsPerClient } = this.#options.limits;
    const others = this.#perClient.get(client) ?? 0;
    this.#perClient.set(client, others + 1);
    if (others >= maxConnectionsPerClient) this.#closeLongestIdle(client);
  }

  #forget(connection: Connection): void {
    if (!this.#connections.delete(connection) || connection.client === null) return;
    const left = (this.#perClient.get(connection.client) ?? 1) - 1;
    if (left === 0) this.#perClient.delete(connection.client);
    else this.#perClient.set(connection.client, left);
  }

  #closeLongestIdle(client: string | null): void {
    for (const connection of this.#connections) {
      if (client !== null && connection.client !== client) continue;
      connection.close();
      this.#forget(connection);
      return;
    }
  }

  #poll(): void {
    this.#refresh();
    const { limits, clock } = this.#options;
    const nowMs = clock.nowMs();
    let stalled = 0;
    for (const connection of this.#connections) {
      if (connection.isOverdue(nowMs, limits)) connection.close();
      else if (connection.isStalled(nowMs)) stalled++;
    }
    if (stalled > limits.maxStalled) this.#closeStalled(nowMs, stalled - limits.maxStalled);
  }

  /** The longest idle first. */
  #closeStalled(nowMs: number, count: number): void {
    let left = count;
    for (const connection of this.#connections) {
      if (left === 0) return;
      if (!connection.isStalled(nowMs)) continue;
      connection.close();
      left--;
    }
  }

  #refresh(): void {
    const { source, context } = this.#options;
    if (source.refresh()) context.picture = source.picture;
    this.#workerClock.update();
  }

  /** Accepts no new connections; clients that are still asking may go on for a moment. */
  #stop(): void {
    for (const server of this.#servers) server.close();
    this.#closeGradually(this.#options.clock.nowMs());
  }

  #closeGradually(sinceMs: number): void {
    const { clock, block } = this.#options;
    const nowMs = clock.nowMs();
    const isLate = nowMs - sinceMs > SHUTDOWN_LIMIT_MS;
    for (const connection of this.#connections) {
      if (isLate) connection.close();
      else if (connection.isQuiet(nowMs, QUIET_MS)) connection.finish();
    }
    this.#poll();
    if (isLate || this.#connections.size === 0) block.end();
    else clock.after(SHUTDOWN_POLL_MS, () => this.#closeGradually(sinceMs));
  }
}
