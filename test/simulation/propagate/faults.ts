/** What goes wrong: servers that are away, slow, behind or restored; answers that are refused or lost; processes that end. */
import type { FaultEffect } from "../../../src/sandbox/faults/fault-table.ts";
import type { Instance } from "./instance.ts";
import { removeSomething } from "./people.ts";
import { count, type Run, tell } from "./run-state.ts";
import type { Caller, SimServer } from "./sim-server.ts";
import type { Stage } from "./sim-transport.ts";

const STAGES: readonly Stage[] = [
  "before it is sent",
  "while it is under way",
  "before its answer is read",
  "after it",
];

/** For a while; the calm ends it earlier. */
function during(run: Run, mostMs: number, end: () => void): void {
  run.time.after(run.chance.int(50, mostMs), end);
  run.repairs.push(end);
}

function note(run: Run, what: string): void {
  tell(run, `FAULT ${what}`);
  count(run, `fault: ${what.replace(/^\S+ /, "")}`);
}

function someServer(run: Run): SimServer {
  return run.chance.is(0.25) ? run.host : run.chance.pick(run.members).server;
}

function away(run: Run): void {
  const server = someServer(run);
  if (server.condition !== "up") return;
  const isSilent = run.chance.is(0.5);
  server.condition = isSilent ? "silent" : "refusing";
  server.cut();
  note(run, `${server.name} is ${isSilent ? "silent" : "down"}`);
  during(run, server === run.host ? 40_000 : 200_000, () => {
    if (server.condition !== "up") tell(run, `${server.name} is back`);
    server.condition = "up";
  });
}

/** A member is away for long, something is deleted, and the process that saw it ends. */
function forsake(run: Run): void {
  const { server } = run.chance.pick(run.members);
  if (server.condition !== "up") return;
  server.condition = "refusing";
  server.cut();
  note(run, `${server.name} is forsaken`);
  run.time.after(run.chance.int(100, 5_000), () => {
    if (!run.isCalm) void removeSomething(run);
  });
  run.time.after(run.chance.int(5_000, 90_000), () => {
    if (run.isCalm) return;
    for (const instance of Array.from(run.instances)) instance.kill();
    run.newInstance();
  });
  during(run, 200_000, () => {
    if (server.condition !== "up") tell(run, `${server.name} is back`);
    server.condition = "up";
  });
}

function slow(run: Run): void {
  const server = someServer(run);
  server.slowMs = run.chance.int(100, 3_000);
  note(run, `${server.name} is slow`);
  during(run, 60_000, () => (server.slowMs = 0));
}

function behind(run: Run): void {
  const server = someServer(run);
  server.lagMs = run.chance.int(100, 20_000);
  note(run, `${server.name} has watches that are behind`);
  during(run, 60_000, () => (server.lagMs = 0));
}

function breakWatches(run: Run): void {
  const server = someServer(run);
  if (run.chance.is(0.5)) server.compact();
  if (run.chance.is(0.5)) server.cut();
  else server.endWatches();
  note(run, `${server.name} breaks its watches`);
}

/** Back in time: what was written since is lost, and what was deleted is back. */
function restore(run: Run): void {
  const server = someServer(run);
  const { judge, time } = run;
  const version = run.backups.get(server);
  if (version === undefined || run.chance.is(0.2)) {
    run.backups.set(server, server.backup());
    tell(run, `${server.name}: a backup is made`);
    return;
  }
  note(run, `${server.name} is restored from a backup`);
  server.restore(version);
  if (server === run.host) {
    run.truth.look(server, time.nowMs);
    judge.hostRestoredMs = time.nowMs;
    judge.pausedMs = Infinity;
  } else judge.restoredMs.set(server.name, time.nowMs);
}

function effectOf(run: Run): FaultEffect {
  const { chance } = run;
  return chance.weighed<FaultEffect>([
    [{ kind: "refuse", code: 409 }, 2],
    [{ kind: "refuse", code: 429 }, 2],
    [{ kind: "refuse", code: 500 }, 2],
    [{ kind: "refuse", code: 503 }, 1],
    [{ kind: "delay", ms: chance.int(100, 9_000) }, 2],
    [{ kind: "late", ms: chance.int(100, 4_000) }, 2],
    [{ kind: "cut", isExecuted: false }, 2],
    [{ kind: "cut", isExecuted: true }, 3],
  ]);
}

function flaky(run: Run): void {
  const server = someServer(run);
  const rate = run.chance.pick([0.02, 0.1, 0.4]);
  const onlyWrites = run.chance.is(0.5);
  server.faults.choose = ({ request }: Caller): FaultEffect | undefined => {
    if (!run.network.is(rate) || (onlyWrites && request.method === "GET")) return undefined;
    return effectOf({ ...run, chance: run.network });
  };
  note(run, `${server.name} is flaky`);
  during(run, 60_000, () => (server.faults.choose = () => undefined));
}

/** A webhook that changes what is written, or refuses it. */
function meddle(run: Run): void {
  const { server } = run.chance.pick(run.members);
  const isDenying = run.chance.is(0.5);
  const code = run.chance.pick([403, 422, 400]);
  const remove = server.webhooks.add({
    name: "meddler",
    kind: isDenying ? "validating" : "mutating",
    when: ({ resource, operation }) => resource.plural === "configmaps" && operation !== "DELETE",
    ask: ({ object }) => {
      if (isDenying) return { isAllowed: false, code, message: "not on a Friday" };
      const data = (object?.["data"] ?? {}) as Readonly<Record<string, string>>;
      if (object === undefined || data["color"] === undefined) return { isAllowed: true };
      return { isAllowed: true, object: { ...object, data: { ...data, color: "meddled" } } };
    },
  });
  note(run, `${server.name} ${isDenying ? "denies" : "changes"} what is written`);
  run.meddled.add(server.name);
  during(run, 60_000, remove);
}

function someInstance(run: Run): Instance | undefined {
  return run.instances.length === 0 ? undefined : run.chance.pick(run.instances);
}

function end(run: Run): void {
  const instance = someInstance(run);
  if (instance === undefined) return;
  if (run.chance.is(0.4)) instance.plan = { stage: run.chance.pick(STAGES), left: run.chance.int(1, 8) };
  else if (run.chance.is(0.5)) instance.kill();
  else void instance.stop();
}

function begin(run: Run): void {
  if (run.instances.length < 2) {
    run.newInstance();
    note(run, "a process starts");
  }
}

function loseLease(run: Run): void {
  const instance = someInstance(run);
  if (instance === undefined) return;
  if (run.chance.is(0.4)) {
    instance.permit.lose("another process took the lease");
    note(run, `${instance.name} loses the lease`);
    return;
  }
  const isCut = run.chance.is(0.6);
  if (isCut) instance.isCutFromLease = true;
  else instance.isPaused = true;
  note(run, `${instance.name} ${isCut ? "cannot renew the lease" : "is paused"}`);
  during(run, 40_000, () => {
    instance.isCutFromLease = false;
    instance.isPaused = false;
  });
}

function labelsNow(run: Run): void {
  const joined = run.members.filter(({ isJoined }) => isJoined);
  run.truth.noteMembers(new Map(joined.map(({ name, labels }) => [name, labels])), run.time.nowMs);
  run.relabels += 1;
}

export function relabel(run: Run): void {
  const member = run.chance.pick(run.members);
  member.labels = { tier: run.chance.pick(["gold", "iron"]) };
  note(run, `${member.name} has other labels`);
  labelsNow(run);
}

function leave(run: Run): void {
  const member = run.chance.pick(run.members);
  if (!member.isJoined) return;
  const fromMs = run.time.nowMs;
  member.isJoined = false;
  note(run, `${member.name} leaves`);
  labelsNow(run);
  during(run, 120_000, () => {
    if (member.isJoined) return;
    member.isJoined = true;
    member.lives += 1;
    member.absences.push([fromMs, run.time.nowMs]);
    tell(run, `${member.name} joins`);
    labelsNow(run);
  });
}

const FAULTS: readonly (readonly [(run: Run) => void, number])[] = [
  [away, 3],
  [forsake, 1],
  [slow, 1.5],
  [behind, 2],
  [breakWatches, 2],
  [restore, 1.5],
  [flaky, 4],
  [meddle, 0.7],
  [end, 3],
  [begin, 3],
  [loseLease, 1.5],
  [relabel, 0.7],
  [leave, 0.7],
];

export function someFault(run: Run): void {
  run.chance.weighed(FAULTS)(run);
}

/** Those that change nothing that a server knows. */
const OUTAGES: readonly (readonly [(run: Run) => void, number])[] = [
  [away, 4],
  [slow, 1.5],
  [behind, 2],
  [breakWatches, 2],
  [flaky, 3],
  [end, 3],
  [begin, 3],
  [loseLease, 1],
  [leave, 0.7],
];

export function someOutage(run: Run): void {
  run.chance.weighed(OUTAGES)(run);
}
