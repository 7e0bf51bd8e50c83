/** Liveness of the child processes: heartbeats, and an SOA query to every listen address. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { PictureFile } from "../../kernel/native/picture-file.ts";
import { header, Header } from "../../picture/format/layout.ts";
import type { Config } from "../config/config.ts";
import type { ControlProcess } from "./control-process.ts";
import type { SupervisorResources } from "./resources.ts";
import { reachable, SelfCheck, zoneToAsk } from "./self-check.ts";
import type { ServeProcess } from "./serve-process.ts";
import { Watchdog } from "./watchdog.ts";

/** Workers advance their heartbeats at least every 50 ms. */
const SERVE_BOUND_MS = 5_000;
/** The longest event-loop turns of the control process, for a list of tens of thousands of objects, take seconds on a slow core. */
const CONTROL_BOUND_MS = 30_000;
/** A commit takes microseconds, and nothing can be answered until it is complete. */
const COMMIT_BOUND_MS = 3_000;

type LivenessParts = {
  readonly config: () => Config;
  readonly resources: Pick<SupervisorResources, "sockets">;
  readonly serve: ServeProcess;
  readonly control: ControlProcess;
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
  const { config, resources, serve, control, picture, clock, log } = parts;
  const watched = [
    { name: "serve", boundMs: SERVE_BOUND_MS, beats: () => serve.beats(), kill: () => serve.kill() },
    { name: "control", boundMs: CONTROL_BOUND_MS, beats: () => control.beats(), kill: () => control.kill() },
    {
      name: "control",
      boundMs: COMMIT_BOUND_MS,
      beats: () => commitBeats(picture().memory),
      kill: () => control.kill(),
    },
  ];
  const watchdog = new Watchdog(watched, clock, log);
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

/** A commit that was begun, by its odd serial, and does not go on; empty while none is being applied. */
export function commitBeats({ u32 }: PictureFile["memory"]): ReadonlyMap<string, number> {
  const serial = header(u32, Header.Serial);
  return new Map((serial & 1) === 0 ? [] : [["commit", serial]]);
}
