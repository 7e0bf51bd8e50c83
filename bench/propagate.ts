/**
 * The `propagate` bench: federated ConfigMaps of a host in many members, whose API servers are in processes of their own. How soon
 * changes arrive, at rest and under load; all objects at once beside bare applies; a restart with everything in place; what
 * copies cost; and whether the DNS server notices any of it.
 *
 * When copies arrive is looked at in the members' API servers, on the clock that all processes share.
 */
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Bench, BenchReport, BenchSetting } from "./bench.ts";
import type { FednsServer } from "./load/fedns-server.ts";
import { type Resident, residentOf } from "./memory/resident.ts";
import { singleChanges, SteadyChanges } from "./propagate/changes.ts";
import { changeAll, makeAll, type Round } from "./propagate/end-to-end.ts";
import { type Measured, propagateGoals, propagateTables } from "./propagate/goals.ts";
import { inMemory } from "./propagate/memory.ts";
import { fullPlan, type Plan, quickPlan } from "./propagate/plan.ts";
import { afterKill, afterStop, type Restart } from "./propagate/restart.ts";
import { type Serving, serving } from "./propagate/serving.ts";
import {
  requestsOf,
  type Stage,
  startServer,
  startStage,
  untilNamespacesPlaced,
  untilQuiet,
  Versions,
} from "./propagate/stage.ts";

/** Of the time that is left, so much is for what follows the rounds. */
const roundsShare = 0.45;

export const propagate: Bench = {
  name: "propagate",
  claim:
    "Federated objects of a host in its members: how soon a change is in every copy, all objects at once beside bare " +
    "server-side applies, a restart with everything in place, what a copy costs, and what the DNS server notices.",
  run,
};

async function run(setting: BenchSetting): Promise<BenchReport> {
  const plan = setting.isQuick ? quickPlan : fullPlan;
  const [loadBefore = 0] = loadavg();
  const startedMs = performance.now();
  const measured = await measureAll(setting, plan, startedMs);
  return {
    results: { loadBefore, ...measured },
    goals: propagateGoals(measured),
    tables: propagateTables(measured),
    notes: [
      `${plan.members} members, ${plan.objects} federated ConfigMaps of some 1,000 octets; a tenth has an override for one member. fedns runs with all its processes; its figures are those of propagate alone. API servers of members are in one process, that of the host in another. Bare applies are as many at once, of the same bodies, to another namespace of the same servers, by a program of the same low priority as propagate. Nothing is pinned. Load of the machine before: ${loadBefore.toFixed(2)}.`,
    ],
  };
}

async function measureAll(setting: BenchSetting, plan: Plan, startedMs: number): Promise<Measured> {
  setting.progress("starting the host, members and fedns");
  const stage = await startStage(setting, plan);
  const versions = new Versions();
  let fedns = await startServer(stage);
  await untilNamespacesPlaced(stage);
  await untilQuiet(stage);
  await delay(plan.restMs);
  const empty = residentIn(fedns);
  setting.progress("all objects are made");
  const made = await makeAll(stage, fedns);
  await delay(plan.restMs);
  const full = residentIn(fedns);
  setting.progress("at rest");
  const resting = await rest(stage);
  setting.progress("single changes");
  const atRest = await singleChanges(stage, versions);
  const rounds = await changeRounds(stage, fedns, versions, startedMs);
  const loadPerSecond = plan.loadShare * objectsPerSecond(rounds, plan);
  setting.progress(`single changes while ${loadPerSecond.toFixed(0)} other objects change each second`);
  const load = new SteadyChanges(stage, versions, loadPerSecond);
  const underLoad = await singleChanges(stage, versions);
  await load.stop();
  const asked: Serving = await serving(stage, fedns, versions, loadPerSecond);
  setting.progress("restarts");
  const stopped = await afterStop(stage, fedns, versions);
  fedns = stopped.fedns;
  let killed: Restart | null = null;
  if (plan.hasKill) killed = (await afterKill(stage, fedns, versions)).restart;
  await setting.processes.stopAll();
  setting.progress(`${(plan.memory.members * plan.memory.objects).toLocaleString("en")} copies in memory`);
  return {
    members: plan.members,
    objects: plan.objects,
    atRest,
    underLoad,
    loadPerSecond,
    made,
    rounds,
    afterStop: stopped.restart,
    afterKill: killed,
    ...resting,
    empty,
    full,
    serving: asked,
    memory: await inMemory(setting, plan),
  };
}

async function changeRounds(
  stage: Stage,
  fedns: FednsServer,
  versions: Versions,
  startedMs: number,
): Promise<readonly Round[]> {
  const { plan, setting } = stage;
  const rounds: Round[] = [];
  for (let roundMs = 0; rounds.length < plan.rounds;) {
    const beganMs = performance.now();
    // A round that would exceed its share of the time is not started, but at least one is run.
    const isLate = beganMs - startedMs + roundMs > setting.budgetMs * roundsShare;
    if (rounds.length > 0 && isLate) break;
    setting.progress(`all objects change, round ${rounds.length + 1} of ${plan.rounds}`);
    rounds.push(await changeAll(stage, fedns, versions, rounds.length));
    roundMs = performance.now() - beganMs;
  }
  return rounds;
}

function objectsPerSecond(rounds: readonly Round[], { objects }: Plan): number {
  const slowestMs = Math.max(...rounds.map(({ fedns }) => fedns.ms));
  return (objects * 1_000) / slowestMs;
}

async function rest(stage: Stage): Promise<Pick<Measured, "steady" | "steadyMs">> {
  const { steadyMs } = stage.plan;
  const before = await untilQuiet(stage);
  await delay(steadyMs, null, { signal: stage.setting.signal });
  const after = await requestsOf(stage);
  const steady = { host: after.host.all - before.host.all, members: after.members.all - before.members.all };
  return { steady, steadyMs };
}

function residentIn(fedns: FednsServer): Resident | null {
  const [pid] = fedns.pids("propagate");
  return pid === undefined ? null : residentOf(pid);
}
