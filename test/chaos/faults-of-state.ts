/** Faults of the state directory and of the machine below it: what is lost, damaged, or has no room, and a clock that jumps. */
import { appendFile, open, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ChaosRun } from "./chaos.ts";
import { type Fault, hideAll, killChild, pauseFor, whileStopped } from "./fault.ts";

export const STATE_FAULTS: readonly Fault[] = [
  {
    name: "everything is killed while a member is away, and started again",
    weight: 2,
    strike: restartWithoutMember,
  },
  { name: "the state is lost while a member is away", weight: 1, strike: loseState },
  { name: "the picture is damaged while nothing runs", weight: 2, strike: damagePicture },
  { name: "the machine loses power", weight: 2, strike: losePower },
  { name: "the machine loses power while a member is away", weight: 2, strike: losePowerWithoutMember },
  { name: "the disk is full", weight: 2, needs: (run) => run.server.isStateSmall, strike: fillDisk },
  { name: "the quota of the disk is used up", weight: 2, strike: useUpQuota },
  { name: "the clock jumps", weight: 1, strike: jumpClock },
];

const HOUR_MS = 3_600_000;

async function restartWithoutMember(run: ChaosRun): Promise<void> {
  const cluster = run.chance.pick(run.clusters);
  cluster.server.outage({ status: 503 });
  await whileStopped(run, () => pauseFor(run));
  await pauseFor(run);
  cluster.server.outage(null);
}

/** As a new pod on an empty volume: what the missing member could declare is not known. */
async function loseState(run: ChaosRun): Promise<void> {
  const { server, truth, clusters } = run;
  const cluster = run.chance.pick(clusters);
  cluster.server.outage({ status: 503 });
  await whileStopped(run, async () => {
    for (const file of await readdir(server.state))
      await rm(join(server.state, file), { recursive: true, force: true });
    for (const { name } of clusters) truth.unread.add(name);
    truth.unreadable = cluster.name;
  });
  for (const other of clusters)
    if (other !== cluster) await run.settle(other).then(() => truth.unread.delete(other.name));
  await pauseFor(run);
  truth.unreadable = null;
  cluster.server.outage(null);
  await run.settle(cluster);
  await run.until("every watch is open", () => server.isSeeing());
  truth.endUnread();
}

async function damagePicture(run: ChaosRun): Promise<void> {
  await restartFromCopy(run, async () => {
    const file = await open(join(run.server.state, "picture"), "r+");
    await file.write(Uint8Array.of(0xff, 0xee, 0xdd, 0xcc), 0, 4, 4 * run.chance.int(0, 40));
    await file.close();
  });
}

/** For those who read the mark, that is: the pages of the picture are as they were. */
function losePower(run: ChaosRun): Promise<void> {
  return restartFromCopy(run, () => writeFile(join(run.server.state, "picture.boot"), "another boot\n"));
}

async function losePowerWithoutMember(run: ChaosRun): Promise<void> {
  const cluster = run.chance.pick(run.clusters);
  await restartFromCopy(run, async () => {
    cluster.server.outage({ status: 503 });
    await writeFile(join(run.server.state, "picture.boot"), "another boot\n");
  });
  await pauseFor(run);
  await pauseFor(run);
  cluster.server.outage(null);
}

/** The copy is one of this moment or later, and older than the picture that is lost. */
async function restartFromCopy(run: ChaosRun, harm: () => Promise<void>): Promise<void> {
  const { server, truth, clusters } = run;
  const startMs = performance.now();
  await run.until("a copy of the picture is saved", () => (server.copiedMs ?? -Infinity) > startMs);
  await pauseFor(run);
  await whileStopped(run, async () => {
    for (const { name } of clusters) {
      truth.hide(name, startMs);
      truth.outdated.add(name);
    }
    await harm();
  });
}

async function fillDisk(run: ChaosRun): Promise<void> {
  const filler = join(run.server.state, "filler");
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
    await run.whileUnsettled(() => killChild(run, "control"));
    await pauseFor(run);
  }
  await rm(filler);
}

async function useUpQuota(run: ChaosRun): Promise<void> {
  hideAll(run);
  await run.server.setHooks({ isQuotaUsedUp: true });
  await pauseFor(run);
  if (run.chance.is(0.5)) {
    await run.whileUnsettled(() => killChild(run, "control"));
    await pauseFor(run);
  }
  await run.server.setHooks({});
}

/** As after a correction by NTP, or of a virtual machine that was suspended; members are seen all the while. */
async function jumpClock(run: ChaosRun): Promise<void> {
  const { chance, server } = run;
  await server.setHooks({ clockOffsetMs: chance.pick([-HOUR_MS, HOUR_MS, 48 * HOUR_MS]) });
  await pauseFor(run);
  await server.setHooks({});
}
