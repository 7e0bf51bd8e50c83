/**
 * Liveness of the child processes: heartbeats, and an SOA query to every listen address.
 *
 *   what must not stand still         | serve | control | propagate | queries may not be answered meanwhile
 *   the event loop                    | yes   | yes     | yes       | for control
 *   the start of the process          | yes   | no      | yes       | no: readiness tells of a start
 *   a worker                          | yes   |         |           | yes
 *   a commit to the picture           |       | yes     |           | yes
 *
 * The start of control has no bound: it verifies the picture, which may be large.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { PictureFile } from "../../kernel/native/picture-file.ts";
import { header, Header } from "../../picture/format/layout.ts";
import type { Config } from "../config/config.ts";
import type { ControlProcess } from "./control-process.ts";
import type { SupervisorResources } from "./resources.ts";
import { reachable, SelfCheck, zoneToAsk } from "./self-check.ts";
import type { ServeProcess } from "./serve-process.ts";
import type { PropagateProcess } from "../children/propagate-process.ts";
import { Watchdog, type Watched } from "./watchdog.ts";

/** For how long something may stand still until its process is killed. */
type LivenessBounds = {
  /** A worker of serve. */
  readonly workerMs: number;
  /** The event loop of a process. */
  readonly processMs: number;
  /** A commit of control. */
  readonly commitMs: number;
  /** The start of a process. */
  readonly startMs: number;
};

const BOUNDS: LivenessBounds = {
  // Workers advance their heartbeats at least every 50 ms.
  workerMs: 5_000,
  // The longest turns of control and propagate, for a list of tens of thousands of objects, take seconds on a slow core.
  processMs: 30_000,
  // A commit takes microseconds, and nothing can be answered until it is complete.
  commitMs: 3_000,
  // Starts are slow on overloaded machines.
  startMs: 60_000,
};

type LivenessParts = {
  readonly config: () => Config;
  readonly resources: Pick<SupervisorResources, "sockets" | "scoreboard">;
  readonly serve: ServeProcess;
  readonly control: ControlProcess;
  readonly propagate: PropagateProcess;
  readonly bounds?: LivenessBounds;
  readonly picture: () => PictureFile;
  readonly clock: Clock;
  readonly log: Log;
};

export type Liveness = {
  /** Reasons why queries may not be answered; empty = they are answered. */
  readonly problems: readonly string[];
  /** Responses to the queries of the self-check, by protocol and RCODE. */
  readonly answered: SelfCheck["answered"];
  /** Resolves when `answered` has all that the workers have counted. */
  idle(): Promise<void>;
  run(signal: AbortSignal): void;
};

export function watchLiveness(parts: LivenessParts): Liveness {
  const { config, resources, clock, log } = parts;
  const watchdog = new Watchdog(watchedParts(parts), clock, log);
  const selfCheck = new SelfCheck({
    addresses: resources.sockets.tcp.map(reachable),
    zone: () => zoneToAsk(config()),
    mayRefuse: () => config().allowQuery.length > 0,
    clock,
  });
  return {
    get problems() {
      const unresponsive = watchdog.unresponsive.map((name) => `the ${name} process is unresponsive`);
      return selfCheck.problem === null ? unresponsive : [...unresponsive, selfCheck.problem];
    },
    answered: selfCheck.answered,
    idle: () => selfCheck.idle(),
    run(signal) {
      void watchdog.run(signal);
      selfCheck.run(signal);
    },
  };
}

function watchedParts(parts: LivenessParts): readonly Watched[] {
  const { resources, serve, control, propagate, picture, bounds = BOUNDS } = parts;
  const { workerMs, processMs: boundMs, commitMs, startMs } = bounds;
  const serveBeats = (): ReadonlyMap<string, number> =>
    serve.beats(() => resources.scoreboard.beatOf("serve"));
  const commits = (): ReadonlyMap<string, number> => commitBeats(picture().memory);
  const loop = { what: "its event loop", boundMs, isNeededToAnswer: false };
  const start = { what: "its start", boundMs: startMs, isNeededToAnswer: false };
  const worker = { what: "a worker", boundMs: workerMs, isNeededToAnswer: true };
  const commit = { what: "a commit", boundMs: commitMs, isNeededToAnswer: true };
  return [
    ...watchesOf("serve", serve, [
      { ...loop, beats: serveBeats },
      { ...start, beats: () => serve.starts },
      { ...worker, beats: () => serve.workerBeats() },
    ]),
    ...watchesOf("control", control, [
      { ...loop, isNeededToAnswer: true, beats: () => control.beats() },
      { ...commit, beats: commits },
    ]),
    ...watchesOf("propagate", propagate, [
      { ...loop, beats: () => propagate.beats() },
      { ...start, beats: () => propagate.starts },
    ]),
  ];
}

function watchesOf(
  name: string,
  child: { kill(reason: string): void },
  watches: readonly Omit<Watched, "name" | "kill">[],
): readonly Watched[] {
  return watches.map((one) => ({ ...one, name, kill: (reason) => child.kill(reason) }));
}

/** A commit that was begun, by its odd serial, and does not go on; empty while none is being applied. */
export function commitBeats({ u32 }: PictureFile["memory"]): ReadonlyMap<string, number> {
  const serial = header(u32, Header.Serial);
  return new Map((serial & 1) === 0 ? [] : [["commit", serial]]);
}
