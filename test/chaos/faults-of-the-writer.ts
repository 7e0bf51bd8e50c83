/** Faults in the middle of what the writer of the picture does, at steps that no signal from outside would hit (hooks.ts). */
import type { ChaosRun } from "./chaos.ts";
import { type Fault, hideAll, pauseFor } from "./fault.ts";
import type { Hooks } from "./hooks.ts";

export const WRITER_FAULTS: readonly Fault[] = [
  { name: "the writer is killed in the middle of a commit", weight: 4, strike: killInCommit },
  { name: "the writer hangs in the middle of a commit", weight: 2, strike: hangInCommit },
  { name: "the picture is compacted", weight: 1, strike: compact },
  { name: "the writer is killed in the middle of a compaction", weight: 3, strike: killInCompaction },
  { name: "a service cannot be published", weight: 2, strike: refuseService },
];

type Ending = NonNullable<Hooks["ending"]>;

/** The watchdog of the supervisor must have replaced a writer that does not end its commit. */
const REPLACED_BOUND_MS = 15_000;
/** More than the words that the commit of a change of a service writes. */
const FLIPS_MAX = 16;

/** Resolves when the process has ended or was stopped, as it was told to. */
async function endWriter(
  run: ChaosRun,
  ending: Omit<Ending, "pid">,
  isCompacting: boolean,
): Promise<number | null> {
  const { server } = run;
  const pid = await server.pidOf("control");
  if (pid === null) return null;
  await server.setHooks({ ending: { ...ending, pid }, ...(isCompacting ? { garbageOf: pid } : {}) });
  // A commit may have fewer words than asked for; the next one has more.
  const isOver = (): boolean => server.stateOf(pid) !== "runs";
  await run.until("the writer gets to the step", isOver, 3_000).catch(() => undefined);
  await server.setHooks({});
  return pid;
}

async function killInCommit(run: ChaosRun): Promise<void> {
  hideAll(run);
  const at = { flip: run.chance.int(0, FLIPS_MAX) };
  await run.whileUnsettled(async () => {
    await endWriter(run, { signal: "SIGKILL", at }, false);
  });
  await pauseFor(run);
}

/** Until the supervisor kills it, every name is SERVFAIL, and fedns must not be ready. */
async function hangInCommit(run: ChaosRun): Promise<void> {
  hideAll(run);
  const at = { flip: run.chance.int(0, FLIPS_MAX) };
  await run.whileUnsettled(async () => {
    const pid = await endWriter(run, { signal: "SIGSTOP", at }, false);
    if (pid === null) return;
    if (run.server.stateOf(pid) === "runs") return;
    const isReplaced = (): boolean => run.server.stateOf(pid) === "ended";
    await run.until("the supervisor kills the writer", isReplaced, REPLACED_BOUND_MS);
  });
}

async function compact(run: ChaosRun): Promise<void> {
  const { server } = run;
  const pid = await server.pidOf("control");
  if (pid === null) return;
  const fresh = (): number => server.running.log.filter(({ msg }) => msg === "wrote a fresh picture").length;
  const before = fresh();
  await server.setHooks({ garbageOf: pid });
  await run.until("a fresh picture is written", () => fresh() > before);
  await server.setHooks({});
}

async function killInCompaction(run: ChaosRun): Promise<void> {
  hideAll(run);
  const at = { replacement: run.chance.pick(["opened", "named", "done"] as const) };
  await endWriter(run, { signal: "SIGKILL", at }, true);
  await pauseFor(run);
}

/** Only this one stays as it was; no other waits. */
async function refuseService(run: ChaosRun): Promise<void> {
  const { server, truth, clusters } = run;
  const service = run.chance.pick(run.services);
  for (const { name } of clusters) truth.hide(name, performance.now(), service);
  truth.keptBack = service;
  await server.setHooks({ unpublishable: service });
  await pauseFor(run);
  await pauseFor(run);
  await server.setHooks({});
  await run.until("nothing is kept back", async () => {
    const status = await server.running.status().catch(() => null);
    return status?.publisher?.keptBack?.count === 0;
  });
  truth.keptBack = null;
}
