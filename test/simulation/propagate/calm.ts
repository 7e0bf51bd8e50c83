/**
 * The end of a run: nothing happens any more, and everything works. Then members have exactly what the host orders, the host knows
 * it, nothing is sent any more, and a process that starts anew finds nothing to write.
 */
import { changedPaths } from "../../../src/propagate/apply/reply-check.ts";
import { APPLIED, OWNER } from "../../../src/propagate/federated/labels.ts";
import { FINALIZER } from "../../../src/propagate/federated/federated-object.ts";
import { targetTypeOf } from "../../../src/propagate/objects/propagated-type.ts";
import type { PropagatedType } from "../../../src/propagate/objects/propagated-type.ts";
import { render } from "../../../src/propagate/render/render.ts";
import { HANDOVER_MS } from "./instance.ts";
import { copiesOf, copyIn, entriesIn, isOurs, isSeen, OWN } from "./written-objects.ts";
import { count, type Member, type Run, tell, Violation } from "./run-state.ts";
import { resume } from "./people.ts";
import { HORIZON_MS } from "./truth.ts";
import { ALL_TYPES, apiVersionOfCopies } from "./types.ts";

/** Contests are forgotten after ten minutes, and what failed is tried again within a minute. */
const SETTLE_MS = 13 * 60_000;
/** How often a person looks whether fedns has paused. */
const RESUME_EVERY_MS = 30_000;
const QUIET_MS = 10 * 60_000;

export async function checkCalm(run: Run): Promise<void> {
  const { judge } = run;
  tell(run, "from now on nothing happens");
  run.isCalm = true;
  for (const repair of run.repairs) repair();
  for (const instance of run.instances) instance.plan = null;
  if (run.instances.length === 0) run.newInstance();
  for (let restMs = HANDOVER_MS + SETTLE_MS; restMs > 0; restMs -= RESUME_EVERY_MS) {
    // The limits may be reached again, but not for ever.
    if (restMs > SETTLE_MS / 2) await resume(run);
    await pass(run, RESUME_EVERY_MS);
  }
  run.sabotage.onCalm?.(run);
  checkEverything(run);
  if (run.isQuiet) checkBounds(run);
  const { count: sent } = run.sent;
  await checkQuiet(run, QUIET_MS, "nothing happens, and fedns writes");
  if (run.sent.count !== sent) throw new Violation(`nothing happens, and fedns sends ${run.sent.last}`);
  for (const instance of Array.from(run.instances)) instance.kill();
  run.newInstance();
  await checkQuiet(run, HANDOVER_MS + 8 * 60_000, "it starts anew, and writes");
  checkEverything(run);
  count(run, "check: calm");
  count(run, "writes", judge.writes);
}

/**
 * A start may find out about strangers by a create that is refused. In a member that keeps no owners it cannot know that a value was
 * changed by a webhook, which is gone by now, and puts it right.
 */
async function checkQuiet(run: Run, ms: number, what: string): Promise<void> {
  const { judge } = run;
  const isPutRight = run.members.some(({ name, server }) => !server.hasApply && run.meddled.has(name));
  const before = judge.writes;
  for (let restMs = ms; restMs > 0; restMs -= RESUME_EVERY_MS) {
    await pass(run, RESUME_EVERY_MS);
    if (judge.writes !== before && !isPutRight) throw new Violation(`${what}: ${judge.lastWrite}`);
  }
}

async function pass(run: Run, ms: number): Promise<void> {
  await run.time.advance(ms);
  if (run.wrong !== null) throw new Violation(run.wrong);
}

function checkEverything(run: Run): void {
  if (run.wrong !== null) throw new Violation(run.wrong);
  for (const type of ALL_TYPES) {
    for (const member of run.members) {
      if (!member.isJoined) continue;
      const copies = member.server.all(apiVersionOfCopies(type), type.target.kind);
      for (const key of run.truth.keys(type)) checkCopy(run, member, type, key, copyIn(copies, type, key));
    }
    for (const key of run.truth.keys(type)) checkObject(run, type, key);
  }
  const [entry] = entriesIn(run.host);
  if (entry !== undefined)
    throw new Violation(`the journal keeps ${entry.type} ${entry.key} in ${entry.cluster}`);
  for (const member of run.members)
    if (member.isJoined)
      for (const [type, key] of copiesOf(member.server)) checkKnown(run, member, type, key);
}

type Copy = ReturnType<typeof copyIn>;

function checkCopy(run: Run, member: Member, type: PropagatedType, key: string, copy: Copy): void {
  const { wanted, hash } = run.truth.order(type, key, member.name);
  const where = `${type.name} ${key} in ${member.name}`;
  const isOwn = copy?.metadata.labels?.[OWNER] === OWN;
  if (wanted.kind === "present" && refusedBy(run, copy)) return count(run, "check: a stranger is left alone");
  if (wanted.kind === "absent" && copy !== undefined && isOwn && isSeen(copy))
    throw new Violation(`${where} is there, and is not wanted`);
  if (wanted.kind !== "present" || hash === null) return;
  if (copy === undefined) throw new Violation(`${where} is wanted, and is not there`);
  if (!isOwn) throw new Violation(`${where} is wanted, and what is there is not ours`);
  if (copy.metadata.labels?.[APPLIED] !== hash)
    throw new Violation(
      `${where} has other content than is wanted (${copy.metadata.labels?.[APPLIED]}, ${hash})`,
    );
  const target = targetTypeOf(type);
  const cluster = { name: member.name, labels: member.labels };
  const rendered = render({ object: wanted.object, target, cluster, owner: OWN, isUpdate: true });
  const changed = "body" in rendered ? changedPaths(rendered.body, copy) : [];
  // A value that a webhook has changed is told and not repeated.
  const isMeddled = run.meddled.has(member.name) && changed.every((path) => path === "data.color");
  if (changed.length > 0 && !isMeddled) throw new Violation(`${where} differs in ${changed.join(", ")}`);
  count(run, "check: a copy is as wanted");
}

/** A stranger's object, which is not to be adopted. Whether it differs is seen when it is: then it would have been adopted. */
function refusedBy(run: Run, copy: Copy): boolean {
  return copy !== undefined && !isOurs(copy) && run.adoption !== "always";
}

type Line = { readonly name: string; readonly status?: string };

function checkObject(run: Run, type: PropagatedType, key: string): void {
  const object = run.truth.now(type, key);
  if (object === null) return;
  const what = `${type.name} ${key}`;
  if (object.metadata.deletionTimestamp !== undefined) throw new Violation(`${what} does not go`);
  if (object.metadata.finalizers?.includes(FINALIZER) !== true) throw new Violation(`${what} is not held`);
  const { conditions = [], clusters = [], observedGeneration } = (object["status"] ?? {}) as any;
  if (observedGeneration !== object.metadata.generation)
    throw new Violation(
      `${what} is of generation ${object.metadata.generation}, its status of ${observedGeneration}`,
    );
  const orders = run.members
    .filter(({ isJoined }) => isJoined)
    .map(({ name }) => ({ name, ...run.truth.order(type, key, name) }));
  const placed = orders.filter(({ wanted }) => wanted.kind === "present").map(({ name }) => name);
  const [inVain, lines] = [true, false].map((isInVain) =>
    (clusters as Line[]).filter(({ status }) => (status === "NamespaceNotPlaced") === isInVain),
  ) as [Line[], Line[]];
  const named = lines.map(({ name }) => name);
  const said = JSON.stringify(clusters);
  if (placed.some((name) => !named.includes(name)) || named.some((name) => !placed.includes(name)))
    throw new Violation(`${what} is in ${placed.join(", ")}, and its status says ${said}`);
  const refused = run.members
    .filter(({ name }) => placed.includes(name))
    .filter(({ server }) => {
      const copies = server.all(apiVersionOfCopies(type), type.target.kind);
      return refusedBy(run, copyIn(copies, type, key));
    })
    .map(({ name }) => name);
  const isUndecided = orders.some(({ wanted }) => wanted.kind === "undecided");
  const isReady = conditions.find((one: any) => one.type === "Ready")?.status;
  if (isReady !== (isUndecided || refused.length + inVain.length > 0 ? "False" : "True"))
    throw new Violation(`${what} has Ready ${isReady}: ${JSON.stringify(object["status"])}`);
  if (inVain.some(({ name }) => placed.includes(name)))
    throw new Violation(`${what} is in ${placed.join(", ")}, and its status says ${said}`);
  for (const { name, status } of lines)
    if (status !== (refused.includes(name) ? "AlreadyExists" : undefined))
      throw new Violation(`${what} has the status ${said}`);
  count(run, "check: a status is true");
}

/** A copy of which the host knows nothing: only a backup, or a member that was away, may bring one. */
function checkKnown(run: Run, member: Member, type: PropagatedType, key: string): void {
  const { truth, judge } = run;
  if (truth.now(type, key) !== null) return;
  const goneMs = truth.goneMs.get(`${type.name}\0${key}`);
  const where = `${type.name} ${key} in ${member.name}`;
  if (goneMs === undefined) throw new Violation(`${where} is of an object that never was`);
  const isExcused =
    judge.hostRestoredMs > -Infinity ||
    (judge.restoredMs.get(member.name) ?? -Infinity) > goneMs - HORIZON_MS ||
    member.absences.some(([fromMs, toMs]) => fromMs - HORIZON_MS <= goneMs && goneMs <= toMs + HORIZON_MS);
  if (!isExcused) throw new Violation(`${where} was left behind`);
  count(run, "left behind by a backup or an absence");
}

/** Each change of content is at most one write of each copy. */
function checkBounds(run: Run): void {
  const { truth, judge } = run;
  for (const [id, writes] of judge.copyWrites) {
    const [, type = "", key = ""] = id.split("\0");
    const [namespace = ""] = key.split("/");
    const own = truth.edits.get(`${type}\0${key}`) ?? 0;
    const above = truth.edits.get(`namespaces\0${namespace}/${namespace}`) ?? 0;
    const most = own + (type === "namespaces" ? 0 : above) + run.relabels;
    if (writes > most)
      throw new Violation(`${id.replaceAll("\0", " ")}: ${writes} writes for ${most} changes`);
  }
  count(run, "check: no more writes than changes");
}
