/** Faults of the processes: killed, stopped, restarted, and started twice. */
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { killHard } from "../support/programs.ts";
import type { ChaosRun } from "./chaos.ts";
import { type Fault, hideAll, killChild, pauseFor, whileStopped } from "./fault.ts";
import { ANSWER_BOUND_MS } from "./witness.ts";

export const PROCESS_FAULTS: readonly Fault[] = [
  { name: "serve is killed", weight: 3, strike: (run) => kill(run, "serve") },
  { name: "control is killed", weight: 3, strike: (run) => kill(run, "control") },
  { name: "serve and control are killed", weight: 2, strike: killBoth },
  { name: "serve hangs", weight: 2, strike: (run) => hang(run, "serve") },
  { name: "control hangs", weight: 1, strike: (run) => hang(run, "control") },
  { name: "propagate hangs", weight: 1, strike: (run) => hang(run, "propagate") },
  { name: "the supervisor hangs for a while", weight: 2, strike: hangSupervisor },
  {
    name: "everything is killed, and started again",
    weight: 2,
    strike: (run) => whileStopped(run, () => pauseFor(run)),
  },
  { name: "a planned restart", weight: 2, strike: restartSoftly },
  { name: "a process is killed during a planned restart", weight: 3, strike: killInRestart },
  { name: "a second fedns starts", weight: 1, strike: startSecond },
  {
    name: "a second fedns starts, with the control socket removed",
    weight: 1,
    strike: startSecondWithoutSocket,
  },
  { name: "two fedns start at the same moment", weight: 1, strike: startTwo },
];

/** A process that is to be restarted may be loaded and ready within this time. */
const RESTART_MS = 2_500;

async function kill(run: ChaosRun, child: "serve" | "control"): Promise<void> {
  hideAll(run);
  await run.whileUnsettled(() => killChild(run, child));
  await pauseFor(run);
}

async function killBoth(run: ChaosRun): Promise<void> {
  hideAll(run);
  await run.whileUnsettled(async () => {
    await Promise.all([killChild(run, "serve"), killChild(run, "control")]);
  });
  await pauseFor(run);
}

/** The supervisor has to notice by itself: nothing is continued before it has ended the process. */
async function hang(run: ChaosRun, child: "serve" | "control" | "propagate"): Promise<void> {
  const pid = await run.server.pidOf(child);
  hideAll(run);
  if (pid === null) return;
  await run.whileUnsettled(async () => {
    signalTo(pid, "SIGSTOP");
    await run.until(`the supervisor replaces a ${child} that hangs`, async () => {
      const now = await run.server.pidOf(child);
      return now !== null && now !== pid;
    });
  });
}

/** Neither answers nor changes need it. */
async function hangSupervisor(run: ChaosRun): Promise<void> {
  run.server.running.signal("SIGSTOP");
  await pauseFor(run);
  run.server.running.signal("SIGCONT");
}

async function restartSoftly(run: ChaosRun): Promise<void> {
  hideAll(run);
  const startMs = performance.now();
  await run.server.running.command({ command: "restart" });
  const endMs = performance.now();
  await run
    .until(
      "questions of a planned restart are answered",
      () => run.witness.lostBetween(startMs, endMs) === 0,
      3 * ANSWER_BOUND_MS,
    )
    .catch(() => run.note(`a planned restart lost ${run.witness.lostBetween(startMs, endMs)} queries`));
}

/** Any of them, also one that is about to take over: killed, or stopped and killed later. */
async function killInRestart(run: ChaosRun): Promise<void> {
  hideAll(run);
  const { chance, server } = run;
  const restarted = server.running.command({ command: "restart" }).catch(() => null);
  await delay(chance.int(0, RESTART_MS));
  await run.whileUnsettled(async () => {
    const pid = chance.pick(server.children);
    if (chance.is(0.3)) {
      signalTo(pid, "SIGSTOP");
      await pauseFor(run);
    }
    killHard(pid);
  });
  await restarted;
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

async function startSecond(run: ChaosRun): Promise<void> {
  const { code, text } = await run.server.startSecond();
  if (code !== 1) run.note(`a second fedns ended with ${code}: ${text.slice(-300)}`);
}

async function startSecondWithoutSocket(run: ChaosRun): Promise<void> {
  const socket = join(run.server.state, "admin.sock");
  await rename(socket, `${socket}.away`);
  await startSecond(run);
  await rename(`${socket}.away`, socket).catch(() => undefined);
}

async function startTwo(run: ChaosRun): Promise<void> {
  await whileStopped(run, async () => {
    const error = await run.server.startTwo();
    if (error === null) run.note("two fedns run on one state directory");
    else if (!/state directory|in use|EADDRINUSE/.test(error))
      run.note(`the second of two: ${error.slice(0, 500)}`);
  });
}
