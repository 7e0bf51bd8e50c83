/** The entry of the propagate process: places federated objects of the host in the members. Answers do not depend on it. */
import { randomInt } from "node:crypto";
import type { RemovalAsk, RemovalState } from "../../federation/removals/removal-ask.ts";
import type { ServingAsk, ServingChannel, ServingState } from "../../federation/serving/serving-ask.ts";
import type { RemovalChannel } from "../../propagate/drain/copy-drain.ts";
import { systemClock } from "../../kernel/clock.ts";
import { keepBeating } from "../../answer/scoreboard/heartbeat.ts";
import { Scoreboard, SCOREBOARD_OCTETS } from "../../answer/scoreboard/scoreboard.ts";
import { saveCompiledCode } from "../../kernel/code-cache.ts";
import { errorFields } from "../../kernel/error.ts";
import { createLog, type Log, logMistakes, silentLog } from "../../kernel/log.ts";
import { mapInherited } from "../../kernel/native/mapping.ts";
import { reported, type Reported } from "../reports/bounded.ts";
import type { FromPropagate, PropagateStatus, ToPropagate } from "./messages.ts";
import { AskLink } from "./ask-link.ts";
import { type PropagatePlane, runPropagatePlane } from "./propagate-plane.ts";

const STOP_TIMEOUT_MS = 2_500;
type StartMessage = Extract<ToPropagate, { readonly kind: "start" }>;
const clock = systemClock;
const random = (): number => randomInt(2 ** 32) / 2 ** 32;
const removals: AskLink<RemovalAsk, RemovalState> = new AskLink(clock, (id, asks) =>
  send({ kind: "removals", id, asks }),
);
const traffic: AskLink<ServingAsk, ServingState> = new AskLink(clock, (id, asks) =>
  send({ kind: "serving", id, asks }),
);
let plane: PropagatePlane | null = null;
let log: Log = silentLog;

function send(message: FromPropagate): void {
  process.send?.(message);
}

function start({ config, scoreboardFd, succession }: StartMessage): void {
  const isPretty = config.log.format === "pretty" || (config.log.format === "auto" && process.stderr.isTTY);
  log = createLog({ level: config.log.level, process: "propagate", pretty: isPretty });
  logMistakes(log, "end");
  const scoreboard = new Scoreboard(mapInherited(scoreboardFd, SCOREBOARD_OCTETS).buffer);
  keepBeating(clock, scoreboard, "propagate");
  const onOpenWrites = (count: number): void => {
    scoreboard.openWrites = count;
  };
  const { host } = config;
  const channel: RemovalChannel = (asks) => removals.ask(asks);
  const serving: ServingChannel = (asks) => traffic.ask(asks);
  const channels = { channel, serving };
  if (host !== null)
    plane = runPropagatePlane({ config, host, ...channels, succession, onOpenWrites, clock, random, log });
  send({ kind: "started" });
  clock.after(5_000, saveCompiledCode);
}

/** A report that cannot be made is no reason to stop. */
function statusOrNull(): Reported<PropagateStatus> | null {
  if (plane === null) return null;
  try {
    return reported(plane.status);
  } catch (error) {
    log.error(errorFields(error), "the status could not be made");
    return null;
  }
}

/** Gives the lease back, within a time limit for a host that does not answer. */
async function stop(): Promise<void> {
  clock.after(STOP_TIMEOUT_MS, () => process.exit(0));
  await plane?.stop();
  process.exit(0);
}

process.on("message", (message: ToPropagate) => {
  if (message.kind === "removals") removals.onReply(message.id, message.states);
  if (message.kind === "serving") traffic.onReply(message.id, message.states);
  if (message.kind === "start") start(message);
  if (message.kind === "stop") void stop();
  if (message.kind === "report") send({ kind: "report", id: message.id, status: statusOrNull() });
});
// Signals may reach the whole process group; the supervisor alone decides when this process ends.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.on("SIGHUP", () => undefined);
// The supervisor is dead: end at once. The lease runs out by itself.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
