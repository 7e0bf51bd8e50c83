/** A worker thread of the serve process: opens the picture, makes a context, and serves one kind of socket. */
import { randomInt } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { WorkerContext } from "../context/worker-context.ts";
import { Networks } from "../terms/networks.ts";
import { termsOf } from "../terms/terms.ts";
import { systemClock } from "../../kernel/clock.ts";
import { saveCompiledCode } from "../../kernel/code-cache.ts";
import { mapInherited } from "../../kernel/native/mapping.ts";
import { requestShortTimeSlices } from "../../kernel/native/time-slice.ts";
import type { WorkerTask } from "../scoreboard/assignment.ts";
import { Scoreboard, SCOREBOARD_OCTETS } from "../scoreboard/scoreboard.ts";
import { PictureSource } from "../sockets/picture-source.ts";
import { StreamServer } from "../sockets/streams.ts";
import { serveBatched } from "../sockets/udp-batched.ts";
import { serveDgram } from "../sockets/udp-dgram.ts";

parentPort?.once("message", (task: WorkerTask) => {
  serve(task);
});

function serve({ scoreboardFd, picturePath, block: index, terms, work }: WorkerTask): void {
  const scoreboard = new Scoreboard(mapInherited(scoreboardFd, SCOREBOARD_OCTETS).buffer);
  const block = scoreboard.block(index);
  block.begin();
  requestShortTimeSlices();
  const source = new PictureSource(picturePath, scoreboard, block);
  const context = new WorkerContext(source.picture, {
    seed: randomInt(1, 2 ** 31),
    counters: block.counters,
    terms: termsOf(terms, randomInt(0, 2 ** 32)),
  });
  parentPort?.postMessage("ready");
  saveCompiledCode();
  if (work.kind === "batched") {
    const { fd, isWildcard, proxies: cidrs } = work.socket;
    const proxies = cidrs.length === 0 ? null : new Networks(cidrs);
    serveBatched({ fd, isWildcard, proxies, context, block, source, clock: systemClock });
    block.end();
  } else if (work.kind === "dgram") {
    serveDgram({ socket: work.socket, context, block, source, clock: systemClock });
  } else {
    const { sockets, limits } = work;
    new StreamServer({ sockets, limits, context, block, source, clock: systemClock }).start();
  }
}
