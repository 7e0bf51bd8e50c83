/**
 * What goes wrong in a chaos run. Each fault is one function: it does its harm, waits, and undoes it; what the truth
 * must know meanwhile (who is hidden, who was never read) it says itself.
 */
import { appendFile, mkdir, open, readdir, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { killHard } from "../support/programs.ts";
import type { ChaosRun } from "./chaos.ts";
import { COPY_SECONDS } from "./server.ts";

export type Fault = {
  readonly name: string;
  readonly weight: number;
  /** What it takes to be possible; default: nothing. */
  readonly needs?: (run: ChaosRun) => boolean;
  readonly strike: (run: ChaosRun) => Promise<void>;
};

export const FAULTS: readonly Fault[] = [
  { name: "the API of a member refuses", weight: 3, strike: refuseApi },
  { name: "the connections of a member are reset", weight: 3, strike: resetConnections },
  { name: "the history of a member is compacted", weight: 2, strike: compactHistory },
  { name: "serve is killed", weight: 3, strike: (run) => kill(run, "serve") },
  { name: "control is killed", weight: 3, strike: (run) => kill(run, "control") },
  { name: "serve and control are killed", weight: 2, strike: killBoth },
  { name: "serve hangs", weight: 2, strike: (run) => hang(run, "serve") },
  { name: "control hangs", weight: 2, strike: (run) => hang(run, "control") },
  { name: "everything is killed, and started again", weight: 2, strike: restartHard },
  {
    name: "everything is killed while a member is away, and started again",
    weight: 2,
    strike: restartWithoutMember,
  },
  { name: "the state is lost while a member is away", weight: 1, strike: loseState },
  { name: "the picture is damaged while nothing runs", weight: 1, strike: damagePicture },
  { name: "the machine loses power", weight: 1, strike: losePower },
  { name: "a planned restart", weight: 2, strike: restartSoftly },
  { name: "a second fedns starts", weight: 1, strike: startSecond },
  {
    name: "a second fedns starts, with the control socket removed",
    weight: 1,
    strike: startSecondWithoutSocket,
  },
  { name: "the disk is full", weight: 2, needs: (run) => run.server.isStateSmall, strike: fillDisk },
  { name: "the folder of zone files cannot be listed", weight: 2, strike: hideZones },
  { name: "a zone file is written in two halves", weight: 1, strike: halfWrite },
];

/** How old the saved copy of the picture may be: COPY_SECONDS, and the time to notice and to write it. */
const COPY_AGE_MS = COPY_SECONDS * 1000 + 9_000;
const SOME_MS: readonly [number, number] = [200, 3_000];

function pauseFor(run: ChaosRun): Promise<void> {
  return delay(run.chance.int(...SOME_MS));
}

async function refuseApi(run: ChaosRun): Promise<void> {
  const cluster = run.chance.pick(run.clusters);
  run.truth.hide(cluster.name, performance.now());
  cluster.server.outage({ status: run.chance.pick([500, 503, 429]) });
  cluster.server.resetConnections();
  await pauseFor(run);
  cluster.server.outage(null);
}

async function resetConnections(run: ChaosRun): Promise<void> {
  const cluster = run.chance.pick(run.clusters);
  run.truth.hide(cluster.name, performance.now());
  cluster.server.resetConnections();
  await pauseFor(run);
}

async function compactHistory(run: ChaosRun): Promise<void> {
  const cluster = run.chance.pick(run.clusters);
  run.truth.hide(cluster.name, performance.now());
  cluster.server.compact();
  cluster.server.resetConnections();
  await pauseFor(run);
}

function hideAll(run: ChaosRun): void {
  for (const { name } of run.clusters) run.truth.hide(name, performance.now());
}

async function kill(run: ChaosRun, child: "serve" | "control"): Promise<void> {
  const pid = await run.server.pidOf(child);
  hideAll(run);
  if (pid !== null) killHard(pid);
  await pauseFor(run);
}

async function killBoth(run: ChaosRun): Promise<void> {
  const pids = [await run.server.pidOf("serve"), await run.server.pidOf("control")];
  hideAll(run);
  for (const pid of pids) if (pid !== null) killHard(pid);
  await pauseFor(run);
}

/** The supervisor has to notice by itself: nothing is continued before it has ended the process. */
async function hang(run: ChaosRun, child: "serve" | "control"): Promise<void> {
  const pid = await run.server.pidOf(child);
  hideAll(run);
  if (pid === null) return;
  process.kill(pid, "SIGSTOP");
  await run.until(`the supervisor replaces a ${child} that hangs`, async () => {
    const now = await run.server.pidOf(child);
    return now !== null && now !== pid;
  });
}

async function restartHard(run: ChaosRun): Promise<void> {
  hideAll(run);
  run.witness.isExcused = true;
  await run.server.killAll();
  await pauseFor(run);
  await run.server.start();
  run.witness.isExcused = false;
}

async function restartWithoutMember(run: ChaosRun): Promise<void> {
  const cluster = run.chance.pick(run.clusters);
  cluster.server.outage({ status: 503 });
  await restartHard(run);
  await pauseFor(run);
  cluster.server.outage(null);
}

/** As a new pod on an empty volume: what the missing member could declare is not known. */
async function loseState(run: ChaosRun): Promise<void> {
  const cluster = run.chance.pick(run.clusters);
  cluster.server.outage({ status: 503 });
  hideAll(run);
  run.witness.isExcused = true;
  await run.server.killAll();
  for (const file of await readdir(join(run.server.directory, "state")))
    await rm(join(run.server.directory, "state", file), { recursive: true, force: true });
  for (const { name } of run.clusters) run.truth.unread.add(name);
  await run.server.start();
  run.witness.isExcused = false;
  for (const other of run.clusters)
    if (other !== cluster) await run.settle(other).then(() => run.truth.unread.delete(other.name));
  await pauseFor(run);
  cluster.server.outage(null);
  await run.settle(cluster);
  run.truth.unread.clear();
}

/** What is known then is that of the saved copy. */
async function damagePicture(run: ChaosRun): Promise<void> {
  await restartFromCopy(run, async (state) => {
    const file = await open(join(state, "picture"), "r+");
    await file.write(Uint8Array.of(0xff, 0xee, 0xdd, 0xcc), 0, 4, 4 * run.chance.int(0, 40));
    await file.close();
  });
}

/** For those who read the mark, that is: the pages of the picture are as they were. */
async function losePower(run: ChaosRun): Promise<void> {
  await restartFromCopy(run, (state) => writeFile(join(state, "picture.boot"), "another boot\n"));
}

async function restartFromCopy(run: ChaosRun, harm: (state: string) => Promise<void>): Promise<void> {
  const state = join(run.server.directory, "state");
  await run.until("a copy of the picture is saved", async () =>
    (await readdir(state)).includes("picture.saved"),
  );
  run.witness.isExcused = true;
  await run.server.killAll();
  for (const { name } of run.clusters) run.truth.hide(name, performance.now() - COPY_AGE_MS);
  await harm(state);
  await run.server.start();
  run.witness.isExcused = false;
  for (const cluster of run.clusters) await run.settle(cluster);
}

async function restartSoftly(run: ChaosRun): Promise<void> {
  // The saved copy that fedns starts from may be minutes old.
  for (const { name } of run.clusters) run.truth.hide(name, 0);
  const before = run.witness.tally.unanswered;
  await run.server.running.command({ command: "restart" });
  if (run.witness.tally.unanswered > before) run.note("a planned restart lost queries");
}

async function startSecond(run: ChaosRun): Promise<void> {
  const { code, text } = await run.server.startSecond();
  if (code !== 1) run.note(`a second fedns ended with ${code}: ${text.slice(-300)}`);
}

async function startSecondWithoutSocket(run: ChaosRun): Promise<void> {
  const socket = join(run.server.directory, "state", "admin.sock");
  await rename(socket, `${socket}.away`);
  await startSecond(run);
  await rename(`${socket}.away`, socket).catch(() => undefined);
}

async function fillDisk(run: ChaosRun): Promise<void> {
  const filler = join(run.server.directory, "state", "filler");
  const block = new Uint8Array(1 << 20);
  hideAll(run);
  await writeFile(filler, "");
  for (;;) {
    const isFull = await appendFile(filler, block).then(
      () => false,
      () => true,
    );
    if (isFull) break;
  }
  for (let i = 0; i < 20; i++) run.change();
  await pauseFor(run);
  if (run.chance.is(0.5)) {
    const pid = await run.server.pidOf("control");
    if (pid !== null) killHard(pid);
    await pauseFor(run);
  }
  await rm(filler);
}

/** What is no folder cannot be listed. */
async function hideZones(run: ChaosRun): Promise<void> {
  await rename(run.zones, `${run.zones}.away`);
  await writeFile(run.zones, "no folder");
  await pauseFor(run);
  await rm(run.zones);
  await rename(`${run.zones}.away`, run.zones);
}

async function halfWrite(run: ChaosRun): Promise<void> {
  const path = join(run.zones, "static.test.zone");
  const text = run.zoneText();
  await mkdir(run.zones, { recursive: true });
  await truncate(path, text.indexOf("\n", text.length / 2) + 1);
  await delay(run.chance.int(0, 400));
  await writeFile(path, text);
}
