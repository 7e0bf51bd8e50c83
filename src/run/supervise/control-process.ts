/** The control process as the supervisor keeps it, and the line to it for reports. */
import type { Clock } from "../../kernel/clock.ts";
import type { Config } from "../config/config.ts";
import type { FromControl, ToControl } from "../control/messages.ts";
import type { Log } from "../../kernel/log.ts";
import { ControlLink } from "./control-link.ts";
import type { SupervisorResources } from "./resources.ts";
import { FIRST_FD, ProcessSupervisor, sourceUrl } from "./process-supervisor.ts";

/**
 * Weight 335 beside the 1024 of those who answer: a list of 50 MB does not make a query wait, and a flood of queries
 * leaves a quarter of a core to learn in.
 */
const NICENESS = 5;

/**
 * V8's own bound of 16 MB has it keep three of them, and promote less: with half of it control holds a fifth less memory
 * for a large fleet and is as quick. Node takes it only at the start of a process.
 */
const YOUNG_SPACE_MB = 8;

type ControlParts = {
  readonly config: Config;
  readonly ground: SupervisorResources;
  readonly clock: Clock;
  readonly log: Log;
};

export type ControlProcess = {
  readonly keeper: ProcessSupervisor<ToControl, FromControl>;
  readonly link: ControlLink;
  /** Every member was read once in this run, or is known to fail. */
  readonly isSettled: () => boolean;
};

export function controlKeeper({ config, ground, clock, log }: ControlParts): ControlProcess {
  let isSettled = false;
  const keeper: ProcessSupervisor<ToControl, FromControl> = new ProcessSupervisor<ToControl, FromControl>({
    name: "control",
    entry: sourceUrl("../control/child", import.meta.url),
    nodeArgs: [`--max-semi-space-size=${YOUNG_SPACE_MB}`],
    niceness: NICENESS,
    fds: [ground.boardFd],
    greet: () => ({ kind: "start", config, picturePath: ground.picturePath, boardFd: FIRST_FD }),
    farewell: { kind: "stop" },
    isReady: (message) => message.kind === "settled",
    onMessage: (message) => {
      if (message.kind === "settled") isSettled = true;
      link.onMessage(message);
    },
    onGone: () => undefined,
    codeCache: ground.codeCache,
    clock,
    log,
  });
  const link = new ControlLink(clock, (message) => keeper.send(message));
  return { keeper, link, isSettled: () => isSettled };
}
