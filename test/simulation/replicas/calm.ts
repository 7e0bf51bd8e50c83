/**
 * The end of a run: nothing happens any more, and everything works. Then each copy has the number that the planner gives it, of the
 * preference or of the template; few writes led there, none follows, and a process that starts anew finds nothing to write.
 */
import { planReplicas } from "../../../src/propagate/planner/planner.ts";
import type { ReplicaPreference } from "../../../src/propagate/schedule/preference.ts";
import { HANDOVER_MS } from "../propagate/instance.ts";
import { count, type Member, tell, Violation } from "../propagate/run-state.ts";
import { typeOf } from "../propagate/types.ts";
import { isSelected } from "./judge.ts";
import { NAMES, NAMESPACE, type World } from "./world.ts";

/** What failed is tried again within a minute, and replicas move by quarters, each when the one before is ready. */
const SETTLE_MS = 12 * 60_000;
const QUIET_MS = 5 * 60_000;
/** Pods without room are looked at every quarter of a minute, and what has room again counts after a minute. */
const START_MS = 90_000;
const LOOK_EVERY_MS = 30_000;
/** Of one copy after all has happened: by quarters up and by quarters down, and a correction for each thing that is learned late. */
const WRITES_MOST = 15;
/** Of one copy in a time of quiet, where demand has no place: each member is tried again at ever longer intervals, and it moves. */
const TRIES_MOST = 6;
const DEPLOYMENTS = typeOf("deployments.apps");

export async function checkCalm(world: World): Promise<void> {
  const { run, judge } = world;
  tell(run, "from now on nothing happens");
  run.isCalm = true;
  for (const repair of run.repairs) repair();
  for (const instance of run.instances) instance.plan = null;
  if (run.instances.length === 0) run.newInstance();
  judge.copyWrites.clear();
  await pass(world, HANDOVER_MS + SETTLE_MS);
  for (const [id, writes] of judge.copyWrites) {
    if (writes > WRITES_MOST) throw new Violation(`${id}: ${writes} writes although nothing happens`);
  }
  checkNumbers(world);
  const { count: sent } = run.sent;
  await checkQuiet(world, QUIET_MS, "nothing happens, and fedns writes");
  if (run.sent.count !== sent && !isAnyTried(world))
    throw new Violation(`nothing happens, and fedns sends ${run.sent.last}`);
  for (const instance of Array.from(run.instances)) instance.kill();
  run.newInstance();
  // What is not known to a process that has just begun is told for a while; members notice nothing of it.
  const { memberWrites } = judge;
  await pass(world, HANDOVER_MS + START_MS);
  if (judge.memberWrites !== memberWrites && !isAnyTried(world))
    throw new Violation(`it starts anew, and writes: ${judge.lastWrite}`);
  await checkQuiet(world, QUIET_MS, "it has started anew, and writes");
  checkNumbers(world);
  count(run, "check: calm");
}

async function checkQuiet(world: World, ms: number, what: string): Promise<void> {
  const { judge } = world;
  const before = judge.writes;
  judge.copyWrites.clear();
  if (isAnyTried(world)) {
    await pass(world, ms);
    for (const [id, writes] of judge.copyWrites)
      if (writes > TRIES_MOST) throw new Violation(`${what}: ${id} ${writes} times`);
    count(world.run, "check: demand without a place moves seldom");
    return;
  }
  for (let restMs = ms; restMs > 0; restMs -= LOOK_EVERY_MS) {
    await pass(world, LOOK_EVERY_MS);
    if (judge.writes !== before) throw new Violation(`${what}: ${judge.lastWrite}`);
  }
}

async function pass({ run }: World, ms: number): Promise<void> {
  await run.time.advance(ms);
  if (run.wrong !== null) throw new Violation(run.wrong);
}

function isAnyTried(world: World): boolean {
  return NAMES.some((name) => isTried(world, `${NAMESPACE}/${name}`));
}

/**
 * What runs may stay, and some of a share has no room: then nobody knows whether more would fit where nothing waits. That is so where
 * more is wanted than has room anywhere, and where what an autoscaler runs stands for no share.
 */
function isTried(world: World, key: string): boolean {
  const { run, wishes, pods } = world;
  const preference = wishes.inForce(key);
  if (preference === null || preference.preferences.rebalance) return false;
  if (run.truth.now(DEPLOYMENTS, key) === null) return false;
  const members = run.members.filter(({ isJoined }) => isJoined);
  const rooms = members.map(({ name }) => pods.get(name)?.room(key) ?? Infinity);
  const sum = rooms.reduce((all, one) => all + one, 0);
  const isScaledSomewhere = members.some((member) => isScaled(world, member, key));
  return rooms.some(Number.isFinite) && (sum < preference.total || isScaledSomewhere);
}

function checkNumbers(world: World): void {
  const { run, wishes } = world;
  for (const name of NAMES) {
    const key = `${NAMESPACE}/${name}`;
    if (run.truth.now(DEPLOYMENTS, key) === null) continue;
    const wish = wishes.now(key);
    if (wish.kind === "none") checkTemplate(world, key);
    if (wish.kind === "valid") checkPlan(world, key, wish.preference);
  }
}

/** As without any preference. */
function checkTemplate(world: World, key: string): void {
  for (const member of world.run.members.filter(({ isJoined }) => isJoined)) {
    const { wanted } = world.run.truth.order(DEPLOYMENTS, key, member.name);
    const has = replicasIn(member, key);
    const where = `${key} in ${member.name}`;
    if (wanted.kind === "absent" && has !== null)
      throw new Violation(`${where} is there, and is not placed there`);
    if (wanted.kind !== "present") continue;
    if (has === null) throw new Violation(`${where} is placed there, and is not there`);
    if (isScaled(world, member, key)) continue;
    const { replicas } = wanted.object.template["spec"] as { replicas: number };
    if (has !== replicas) throw new Violation(`${where} has ${has} replicas, and its template ${replicas}`);
    count(world.run, "check: the template's number is there");
  }
}

/** By what it has, and by how much room there is for it, every member has what it is to have. */
function checkPlan(world: World, key: string, preference: ReplicaPreference): void {
  const { run, pods } = world;
  const members = run.members.filter(
    (member) => member.isJoined && (!preference.intersects || isSelected(world, key, member, Infinity)),
  );
  const gone = run.members.filter((member) => member.isJoined && !members.includes(member));
  if (members.length === 0) return;
  for (const member of gone)
    if ((replicasIn(member, key) ?? 0) > 0)
      throw new Violation(`${key} in ${member.name} has replicas, and may have none`);
  if (members.some((member) => isScaled(world, member, key))) return;
  const has = new Map(members.map((member) => [member.name, replicasIn(member, key) ?? -1]));
  const capacity = new Map(
    members.flatMap(({ name }) => {
      const room = pods.get(name)?.room(key) ?? null;
      return room === null ? [] : [[name, room] as const];
    }),
  );
  const running = new Map(
    [...has].map(([name, number]) => [name, Math.min(number, capacity.get(name) ?? number)]),
  );
  const { total, preferences } = preference;
  const clusters = members.map(({ name }) => name);
  const request = { total, clusters, preferences, current: running, key };
  const plan = planReplicas({ ...request, capacity }, "kubefed");
  const unlimited = planReplicas({ ...request, capacity: new Map() }, "kubefed");
  const wanted = new Map(
    clusters.map((name) => {
      const { minReplicas = 0 } = preferences.clusters.get(name) ?? preferences.clusters.get("*") ?? {};
      const planned = (plan.replicas.get(name) ?? 0) + (plan.overflow.get(name) ?? 0);
      // Without room, a minimum waits for it.
      const least = capacity.has(name) ? Math.min(minReplicas, unlimited.replicas.get(name) ?? 0) : 0;
      return [name, Math.max(planned, least)];
    }),
  );
  const isElsewhere = isTried(world, key) && sumOf(has) <= sumOf(wanted);
  for (const [name, number] of isElsewhere ? plan.replicas : wanted)
    if (isElsewhere ? (has.get(name) ?? 0) < number : has.get(name) !== number)
      throw new Violation(`${key} has ${textOf(has)} of ${total}, and the plan gives ${textOf(wanted)}`);
  count(run, "check: the numbers are the plan's");
  const ready = members.reduce((sum, { name }) => sum + (pods.get(name)?.ready(key) ?? 0), 0);
  if (ready < total - plan.shortfall)
    throw new Violation(`${key} has ${ready} ready replicas of ${total - plan.shortfall}`);
  count(run, "check: as many are ready as are asked for");
}

function isScaled({ wishes }: World, member: Member, key: string): boolean {
  return wishes.autoscaled(member.name, key, Infinity).at(-1) === true;
}

/** Null = there is no copy. */
function replicasIn({ server }: Member, key: string): number | null {
  const [namespace = "", name = ""] = key.split("/");
  const copy = server.objects.get({ apiVersion: "apps/v1", kind: "Deployment", namespace, name });
  const { replicas = 1 } = (copy?.["spec"] ?? {}) as { replicas?: number };
  return copy === undefined ? null : replicas;
}

function sumOf(numbers: ReadonlyMap<string, number>): number {
  return [...numbers.values()].reduce((sum, one) => sum + one, 0);
}

function textOf(numbers: ReadonlyMap<string, number>): string {
  return [...numbers].map(([name, number]) => `${name} ${number}`).join(", ");
}
