/** Faults of the member clusters: their API servers fail, or they declare more than they may. */
import { setTimeout as delay } from "node:timers/promises";
import type { ChaosRun } from "./chaos.ts";
import { type Fault, hideOne, pauseFor } from "./fault.ts";

export const API_FAULTS: readonly Fault[] = [
  { name: "the API of a member refuses", weight: 3, strike: refuseApi },
  { name: "the connections of a member are reset", weight: 3, strike: resetConnections },
  { name: "the connections of a member are silent", weight: 1, strike: silenceConnections },
  { name: "the history of a member is compacted", weight: 2, strike: compactHistory },
  { name: "the watches of a member end in the middle of an event", weight: 2, strike: sendHalf },
  { name: "a member is over its quota", weight: 2, strike: exceedQuota },
];

/** Names of one member: some more than those of the run. */
export const QUOTA_NAMES = 30;

async function refuseApi(run: ChaosRun): Promise<void> {
  const { server } = hideOne(run);
  server.outage({ status: run.chance.pick([401, 403, 429, 500, 503]) });
  server.resetConnections();
  await pauseFor(run);
  server.outage(null);
}

async function resetConnections(run: ChaosRun): Promise<void> {
  hideOne(run).server.resetConnections();
  await pauseFor(run);
}

/**
 * Half-open, as after a reboot of a firewall: it takes until the bound of a watch without any octet. Each watch has a bound of its
 * own, so that one may be back long before another.
 */
async function silenceConnections(run: ChaosRun): Promise<void> {
  const cluster = hideOne(run);
  const before = await run.server.watchStarts(cluster.name);
  cluster.server.goHalfOpen();
  await pauseFor(run);
  await run.until("every watch was opened anew", async () => {
    const now = await run.server.watchStarts(cluster.name);
    return now.length > 0 && now.every((starts, i) => starts > (before[i] ?? 0));
  });
}

async function compactHistory(run: ChaosRun): Promise<void> {
  const { server } = hideOne(run);
  server.compact();
  server.resetConnections();
  await pauseFor(run);
}

async function sendHalf(run: ChaosRun): Promise<void> {
  const { server } = hideOne(run);
  server.sendRaw(run.chance.pick(['{"type":"MODIFIED","object":{"kind":"Serv', "\0\xff\n", "{}\n"]));
  server.resetConnections();
  await pauseFor(run);
}

/** Its own names may stay as they were; those of the others must not wait. */
async function exceedQuota(run: ChaosRun): Promise<void> {
  const cluster = hideOne(run);
  run.truth.overQuota = cluster.name;
  const names = Array.from({ length: 3 * QUOTA_NAMES }, (_, i) => `flood-${i}`);
  for (const name of names) {
    cluster.set(name, [run.newAddress(cluster)]);
    await delay(2);
  }
  await run.until("the quota is exceeded", async () => {
    const status = await run.server.running.status().catch(() => null);
    return status?.clusters?.some(({ quota }: { quota: { refused: number } }) => quota.refused > 0) === true;
  });
  await pauseFor(run);
  for (const name of names) cluster.set(name, null);
  await run.settle(cluster);
  run.truth.overQuota = null;
}
