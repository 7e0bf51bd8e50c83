/** Do the children work? Their heartbeats are watched, and a question is asked on every address that answers DNS. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { Config } from "../config/config.ts";
import type { ControlProcess } from "./control-process.ts";
import type { SupervisorResources } from "./resources.ts";
import { reachable, SelfCheck, zoneToAsk } from "./self-check.ts";
import type { ServeProcess } from "./serve-process.ts";
import { Watchdog } from "./watchdog.ts";

/** Workers raise their heartbeats at least every 50 ms. */
const SERVE_HANGS_MS = 5_000;
/** The longest turns of control, a list of tens of thousands of objects, take some seconds of a slow core. */
const CONTROL_HANGS_MS = 30_000;

type LivenessParts = {
  readonly config: Config;
  readonly resources: Pick<SupervisorResources, "sockets">;
  readonly serve: ServeProcess;
  readonly control: ControlProcess;
  readonly clock: Clock;
  readonly log: Log;
};

export type Liveness = {
  /** Reasons why questions may not be answered; none = they are. */
  readonly problems: readonly string[];
  /** Answers to our own questions, by protocol and RCODE. */
  readonly answered: SelfCheck["answered"];
  run(signal: AbortSignal): void;
};

export function watchLiveness({ config, resources, serve, control, clock, log }: LivenessParts): Liveness {
  const watched = [
    { name: "serve", boundMs: SERVE_HANGS_MS, beats: () => serve.beats(), kill: () => serve.kill() },
    { name: "control", boundMs: CONTROL_HANGS_MS, beats: () => control.beats(), kill: () => control.kill() },
  ];
  const watchdog = new Watchdog(watched, clock, log);
  const selfCheck = new SelfCheck({
    addresses: resources.sockets.tcp.map(reachable),
    zone: () => zoneToAsk(config),
    mayRefuse: config.allowQuery.length > 0,
    clock,
  });
  return {
    get problems() {
      const hanging = watchdog.hanging.map((name) => `the ${name} process hangs`);
      return selfCheck.problem === null ? hanging : [...hanging, selfCheck.problem];
    },
    answered: selfCheck.answered,
    run(signal) {
      watchdog.run(signal);
      selfCheck.run(signal);
    },
  };
}
