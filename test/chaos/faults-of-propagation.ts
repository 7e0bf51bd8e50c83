/** Faults around federated objects: of the process that places them, of the host, and of what the members do with copies. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { Webhook } from "../../src/sandbox/admission/webhook.ts";
import type { ObjectRef } from "../../src/sandbox/store/objects.ts";
import { Client } from "../sandbox/client.ts";
import { killHard } from "../support/programs.ts";
import type { ChaosRun } from "./chaos.ts";
import { type Fault, killChild, pauseFor } from "./fault.ts";
import { SHOP } from "./propagation/people.ts";
import type { ChaosMember } from "./propagation/stage.ts";

export const PROPAGATION_FAULTS: readonly Fault[] = [
  { name: "propagate is killed", weight: 2, strike: killPropagate },
  { name: "propagate is killed within a write", weight: 3, strike: killInWrite },
  { name: "propagate hangs for a while", weight: 1, strike: hangPropagate },
  { name: "the host is cut off", weight: 2, strike: cutHost },
  { name: "the host is silent", weight: 1, strike: silenceHost },
  { name: "the host is restored from a backup", weight: 2, strike: restoreHost },
  { name: "the lease of propagate is taken away", weight: 1, strike: takeLease },
  { name: "a member of the host is cut off while objects are deleted", weight: 3, strike: cutMember },
  { name: "a member of the host is silent", weight: 1, strike: silenceMember },
  { name: "a member of the host refuses writes", weight: 3, strike: refuseWrites },
  { name: "a member of the host loses answers to writes", weight: 2, strike: loseAnswers },
  { name: "a webhook of a member changes values", weight: 2, strike: changeValues },
  { name: "copies are deleted behind our back", weight: 2, strike: deleteCopies },
  { name: "copies are changed behind our back", weight: 2, strike: changeCopies },
  { name: "an object of a stranger is in the way", weight: 2, strike: standInTheWay },
  { name: "the quota of a member is used up by others", weight: 2, strike: fillQuota },
];

const execute = promisify(execFile);
const ENTRY = join(import.meta.dirname, "..", "..", "src", "cli", "fedns.ts");
/** Writes that are let through before one is hit. */
const WRITES_MAX = 6;
/** The order to pause is looked for every ten seconds. */
const PAUSED_WITHIN_MS = 40_000;
/** After this long without a renewal, another process would write. */
const LEASE_MS = 15_000;
const WAY = "way";

async function killPropagate(run: ChaosRun): Promise<void> {
  await pauseFor(run);
  await killChild(run, "propagate");
  await pauseFor(run);
}

/** As a request arrives that writes to the host or a member, whether that is carried out or not. */
async function killInWrite(run: ChaosRun): Promise<void> {
  const { stage } = run.propagation;
  const pid = await run.server.pidOf("propagate");
  if (pid === null) return;
  let left = run.chance.int(0, WRITES_MAX);
  let isOver = false;
  const isExecuted = run.chance.is(0.5);
  const servers = run.chance.is(0.3) ? [stage.host] : stage.members.map(({ server }) => server);
  const removals = servers.map(({ faults }) =>
    faults.add({
      effect: { kind: "cut", isExecuted },
      when: ({ isWrite }) => {
        if (!isWrite || isOver || left-- > 0) return false;
        killHard(pid);
        isOver = true;
        return true;
      },
    }),
  );
  await run.until("propagate writes", () => isOver);
  await pauseFor(run);
  for (const remove of removals) remove();
}

/** It goes on before its supervisor replaces it, and must know by itself whether it still has the lease. */
async function hangPropagate(run: ChaosRun): Promise<void> {
  const pid = await run.server.pidOf("propagate");
  if (pid === null) return;
  process.kill(pid, "SIGSTOP");
  const isLong = run.chance.is(0.3);
  await (isLong ? delay(LEASE_MS) : pauseFor(run));
  process.kill(pid, "SIGCONT");
}

async function cutHost(run: ChaosRun): Promise<void> {
  const { hostWire } = run.propagation.stage;
  await hostWire.refuse();
  await pauseFor(run);
  await hostWire.mend();
}

async function silenceHost(run: ChaosRun): Promise<void> {
  const { hostWire } = run.propagation.stage;
  hostWire.swallow();
  await pauseFor(run);
  await hostWire.mend();
}

/** Copies of what it does not know stay, and nothing is changed until a person says so. */
async function restoreHost(run: ChaosRun): Promise<void> {
  const { propagation } = run;
  const backup = propagation.stage.backUp();
  await pauseFor(run);
  propagation.people.putPassing();
  await pauseFor(run);
  await propagation.restore(backup);
  await run.until(
    "changes are paused after the host went back",
    async () => (await run.server.propagation())?.pause != null,
    PAUSED_WITHIN_MS,
  );
  await pauseFor(run);
  await resume(run);
}

async function resume({ propagation }: ChaosRun): Promise<void> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  await execute(process.execPath, [ENTRY, "resume", "--kubeconfig", propagation.stage.kubeconfig], { env });
}

/** Another one holds it, and renews it for a while: nothing is written meanwhile. */
async function takeLease(run: ChaosRun): Promise<void> {
  const { propagation } = run;
  propagation.giveLease("somebody-else");
  const isHeld = async (): Promise<boolean> => (await run.server.propagation())?.lease?.isHeld !== false;
  await run.until("propagate gives way to the other holder", async () => !(await isHeld()), 20_000);
  propagation.onWrite = (member) => run.note(`${member} was written to without the lease`);
  await pauseFor(run);
  propagation.giveLease("somebody-else");
  await pauseFor(run);
  propagation.onWrite = () => undefined;
  propagation.giveLease("");
}

/** The journal has what cannot be deleted yet, and the process that wrote it may be another one than the one that reads it. */
async function cutMember(run: ChaosRun): Promise<void> {
  const { propagation } = run;
  const { people } = propagation;
  const { wire } = memberOf(run);
  const names = people.putPassing();
  await pauseFor(run);
  await wire.refuse();
  await pauseFor(run);
  for (const name of names) people.deleteMap(SHOP, name);
  if (run.chance.is(0.5)) {
    await run.until("deletions are in the journal", () => propagation.journalSize > 0);
    if (run.chance.is(0.5)) await killChild(run, "propagate");
  }
  await pauseFor(run);
  await wire.mend();
}

async function silenceMember(run: ChaosRun): Promise<void> {
  const { wire } = memberOf(run);
  wire.swallow();
  await pauseFor(run);
  await wire.mend();
}

async function refuseWrites(run: ChaosRun): Promise<void> {
  const code = run.chance.pick([409, 429, 500, 503] as const);
  const isRare = run.chance.is(0.5);
  const remove = memberOf(run).server.faults.add({
    effect: { kind: "refuse", code, ...(code === 429 && { retryAfterSeconds: 1 }) },
    when: ({ isWrite }) => isWrite && (!isRare || run.chance.is(0.5)),
  });
  await pauseFor(run);
  remove();
}

/** Some are carried out, and some not: nobody is told. */
async function loseAnswers(run: ChaosRun): Promise<void> {
  const { server } = memberOf(run);
  const removals = [true, false].map((isExecuted) =>
    server.faults.add({
      effect: { kind: "cut", isExecuted },
      when: ({ isWrite }) => isWrite && run.chance.is(0.3),
    }),
  );
  await pauseFor(run);
  for (const remove of removals) remove();
}

/** It is told, and not fought against; what was sent before stays as the webhook left it until it is sent anew. */
async function changeValues(run: ChaosRun): Promise<void> {
  const { webhooks } = memberOf(run).server;
  const remove = webhooks.add(meddler);
  await pauseFor(run);
  remove();
  run.propagation.people.changeMaps();
}

const meddler: Webhook = {
  name: "meddler.example.com",
  kind: "mutating",
  when: ({ resource, namespace, operation }) =>
    resource.kind === "ConfigMap" && namespace === SHOP && operation !== "DELETE",
  ask: ({ object }) => {
    const data = (object?.["data"] ?? {}) as Readonly<Record<string, string>>;
    if (object === undefined || data["of"] !== undefined) return { isAllowed: true };
    return { isAllowed: true, object: { ...object, data: { ...data, number: "0", meddled: "true" } } };
  },
};

async function deleteCopies(run: ChaosRun): Promise<void> {
  const { server } = memberOf(run);
  const maps = copiedMaps(server).filter(() => run.chance.is(0.5));
  for (const map of maps) server.objects.delete(map);
  server.objects.delete({ apiVersion: "apps/v1", kind: "Deployment", namespace: SHOP, name: "front" });
  await pauseFor(run);
}

/** What is ordered is put back. Somebody who did it again and again would be let win, so each time it is somebody else. */
async function changeCopies(run: ChaosRun): Promise<void> {
  const { server } = memberOf(run);
  const client = new Client(server);
  const manager = `somebody-${run.chance.int(1, 1 << 30)}`;
  for (const { name } of copiedMaps(server)) {
    const path = `/api/v1/namespaces/${SHOP}/configmaps/${name}?fieldManager=${manager}`;
    await client.patch(path, { data: { number: "of somebody", own: "stays" } });
  }
  await client.close();
  await pauseFor(run);
}

/** It is neither merged into nor deleted; when it has gone, the copy is made. */
async function standInTheWay(run: ChaosRun): Promise<void> {
  const { propagation } = run;
  const { name: member, server } = memberOf(run);
  const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: SHOP, name: WAY };
  const data = { of: "somebody" };
  server.objects.put({ ...ref, metadata: { namespace: SHOP, name: WAY }, data });
  const versionNow = (): string => String(server.objects.get(ref)?.metadata.resourceVersion);
  const before = versionNow();
  propagation.people.putMap(SHOP, WAY);
  const lineNow = (): any =>
    propagation.federatedMap(WAY)?.status?.clusters?.find(({ name }: any) => name === member);
  await run.until("the status names what is in the way", () => lineNow()?.status === "AlreadyExists");
  await pauseFor(run);
  if (versionNow() !== before) run.note("an object of a stranger in the way was touched");
  server.objects.delete(ref);
  // Otherwise it is looked at again within a minute.
  propagation.people.putMap(SHOP, WAY);
  await run.until(
    "the copy is made when the way is free",
    () => lineNow() !== undefined && !lineNow().status,
  );
  propagation.people.deleteMap(SHOP, WAY);
}

/** What is there is still changed; what is new waits, in this member alone. */
async function fillQuota(run: ChaosRun): Promise<void> {
  const { people } = run.propagation;
  const { server } = memberOf(run);
  const ref = { apiVersion: "v1", kind: "ResourceQuota", namespace: SHOP, name: "small" };
  const used = server.objects.list("v1", "ConfigMap", SHOP).length;
  const spec = { hard: { "count/configmaps": String(used) } };
  server.objects.put({ ...ref, metadata: { namespace: SHOP, name: ref.name }, spec });
  people.putPassing();
  people.changeMaps();
  await pauseFor(run);
  await pauseFor(run);
  server.objects.delete(ref);
}

function memberOf(run: ChaosRun): ChaosMember {
  return run.chance.pick(run.propagation.stage.members);
}

function copiedMaps({ objects }: ChaosMember["server"]): readonly ObjectRef[] {
  return objects
    .list("v1", "ConfigMap", SHOP)
    .filter(({ metadata }) => metadata.labels?.["fedns.io/owner"] !== undefined)
    .map(({ metadata: { name } }) => ({ apiVersion: "v1", kind: "ConfigMap", namespace: SHOP, name }));
}
