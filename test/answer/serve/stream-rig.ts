/** The TCP server on a real socket in the test's own process, with a clock that the test sets. */
import { libc } from "../../../src/kernel/native/libc.ts";
import { openTcp } from "../../../src/kernel/native/socket.ts";
import { Counter } from "../../../src/answer/terms/counter.ts";
import type { StreamLimits } from "../../../src/answer/scoreboard/assignment.ts";
import { Scoreboard, SCOREBOARD_OCTETS } from "../../../src/answer/scoreboard/scoreboard.ts";
import type { PictureSource } from "../../../src/answer/sockets/picture-source.ts";
import { StreamServer } from "../../../src/answer/sockets/streams.ts";
import { openFront } from "../../support/worker-context.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { atEnd, type Scope } from "../../support/programs.ts";
import { FLEET } from "./data-plane.ts";

export type Rig = {
  readonly port: number;
  readonly clock: FakeClock;
  /** Queries answered so far. */
  answered(): number;
  /** Orders the end, as the serve process does, and lets the server see the order. */
  orderStop(): void;
  readonly isRunning: () => boolean;
};

const LIMITS: StreamLimits = {
  maxConnections: 1000,
  maxConnectionsPerClient: 1000,
  idleMs: 10_000,
  messageMs: 5_000,
  maxStalled: 100,
};

export function startRig(
  scope: Scope,
  limits: Partial<StreamLimits> = {},
  proxies: readonly string[] = [],
): Rig {
  const clock = new FakeClock();
  const { context } = openFront(FLEET);
  const block = new Scoreboard(new ArrayBuffer(SCOREBOARD_OCTETS)).block(0);
  block.begin();
  const source = { picture: context.picture, refresh: () => false } as unknown as PictureSource;
  const { fd, port } = openTcp({ address: "127.0.0.1", port: 0 });
  const server = new StreamServer({
    sockets: [{ fd, proxies }],
    limits: { ...LIMITS, ...limits },
    context,
    block,
    source,
    clock,
  });
  server.start();
  const orderStop = (): void => {
    block.requestStop();
    clock.advance(50);
  };
  atEnd(scope, () => {
    if (!block.mustStop) orderStop();
    clock.advance(2_000);
    // The descriptor went with the server; only a server that never started would leave it.
    if (block.isRunning) libc().close(fd);
  });
  return {
    port,
    clock,
    answered: () => context.counters[Counter.QueriesStream] as number,
    orderStop,
    isRunning: () => block.isRunning,
  };
}
