/**
 * Part (g): the propagator with very many copies, all in place, of members that exist as text only. What it holds in memory, and how
 * long it takes to decide.
 *
 *   node --expose-gc bench/propagate/in-memory.ts DIRECTORY PORT MEMBERS OBJECTS CHANGES
 *
 * DIRECTORY has kubeconfigs of the host and all members, whose server is at PORT. Prints the figures as JSON.
 */
import { join } from "node:path";
import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";
import { loadKubeconfig } from "../../src/fleet/credentials/kubeconfig.ts";
import { Transport } from "../../src/fleet/kube/transport.ts";
import { freePermit, type WritePermit } from "../../src/fleet/kube/write-permit.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { OperationalError } from "../../src/kernel/error.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { HostRevision } from "../../src/propagate/brake/host-revision.ts";
import type { EngineMember } from "../../src/propagate/reconcile/member-engine.ts";
import type { PropagatedType } from "../../src/propagate/objects/propagated-type.ts";
import { Propagator } from "../../src/propagate/reconcile/propagator.ts";
import { hostNamespace } from "../fleet/content.ts";
import { tell } from "../load/announced.ts";
import { memberName, namespace, objectName } from "./content.ts";
import { manager, owner } from "./synthetic-objects.ts";

export type MemoryFigures = {
  readonly copies: number;
  /** Of the live heap and of buffers, after a collection; `withoutMembers`: at the end, when all members have left. */
  readonly octets: { readonly bare: number; readonly withCopies: number; readonly withoutMembers: number };
  readonly rss: { readonly bare: number; readonly withCopies: number; readonly withoutMembers: number };
  /** CPU time from the first member until all copies have been read and decided about. */
  readonly readCpuMs: number;
  /** CPU time of all decisions after one object has changed. */
  readonly changeCpuMs: readonly number[];
  /** CPU time of all decisions after the labels of one member have changed. */
  readonly relabelCpuMs: readonly number[];
  /** Requests that would have written. */
  readonly writes: number;
};

const relabels = 3;
const federated = { group: "types.kubefed.io", version: "v1beta1" };
const types: readonly PropagatedType[] = [
  {
    name: "namespaces",
    federated: { ...federated, plural: "federatednamespaces" },
    target: { group: "", version: "v1", plural: "namespaces", kind: "Namespace", isNamespaced: false },
    collectsStatus: false,
  },
  {
    name: "configmaps",
    federated: { ...federated, plural: "federatedconfigmaps" },
    target: { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", isNamespaced: true },
    collectsStatus: false,
  },
];

const [directory = ".", ...numbers] = process.argv.slice(2);
const [port = 0, members = 0, objects = 0, changes = 0] = numbers.map(Number);

async function open(name: string): Promise<Transport> {
  const transport = new Transport({ clock: systemClock, random: Math.random });
  transport.adopt(await loadKubeconfig({ path: join(directory, `${name}.kubeconfig`) }, systemClock));
  return transport;
}

/** After a collection. */
async function memory(): Promise<{ readonly octets: number; readonly rss: number }> {
  for (let n = 0; n < 3; n++) {
    globalThis.gc?.();
    await delay(50);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { octets: heapUsed + external, rss };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

const ending = new AbortController();
const writing = freePermit(10);
/** Without members every status would be another than the one that is there. */
let isWriting = false;
const permit: WritePermit = {
  ask: () => {
    if (!isWriting) throw new OperationalError("WRITE_NOT_PERMITTED", "there are no members yet");
    return writing.ask();
  },
};
const propagator = new Propagator({
  planRule: "kubefed",
  transport: await open("host"),
  ownership: { owner, manager },
  permit,
  adoption: "always",
  onlyNamespace: null,
  ownNamespace: hostNamespace,
  deletionWaitMs: 3_600_000,
  limits: {
    loss: { percent: 100, objects: 0 },
    radius: { updatesPerMinute: null, removalsPerMinute: null, clustersPerMinute: null },
  },
  revision: new HostRevision({ path: null, owner }),
  clock: systemClock,
  random: Math.random,
  log: silentLog,
  signal: ending.signal,
});
const { engine } = propagator;
const key = (index: number): string => `${namespace}/${objectName(index)}`;
const rowOf = (index: number): number | undefined =>
  engine.objects.rowOf({ type: "configmaps", key: key(index) });

const bare = await memory();
propagator.setTypes(types);
await until(() => [...engine.objects.rowsOf("configmaps")].length === objects);

const transports = await Promise.all(
  Array.from({ length: members }, (_, member) => open(memberName(member))),
);
/** `label`: of the first member. */
function all(label: string): readonly EngineMember[] {
  return transports.map((transport, member) => ({
    name: memberName(member),
    labels: { zone: member === 0 ? label : "a" },
    clusterUid: `uid-of-${memberName(member)}`,
    forgottenMs: null,
    access: { kind: "open", transport },
  }));
}
const isDecided = (): boolean => [...engine.members.values()].every(({ isIdle }) => isIdle);
const readFromMs = cpuMs();
propagator.setMembers(all("a"));
// What was about to be said without members is refused.
await delay(1_000);
isWriting = true;
const isRead = (): boolean =>
  [...engine.members.values()].every((member) => types.every(({ name }) => member.viewOf(name) === "listed"));
while (!isRead() || !isDecided()) await delay(20);
const readCpuMs = cpuMs() - readFromMs;
while (!propagator.isIdle) await delay(20);
const withCopies = await memory();

const changeCpuMs: number[] = [];
for (let n = 0; n < changes; n++) {
  const index = (n * 37) % objects;
  const { metadata, ...whole } = engine.objects.read(rowOf(index) ?? 0)?.whole ?? {};
  const changed = { ...whole, metadata: { ...(metadata as object), annotations: { note: String(n) } } };
  const bytes = Buffer.from(JSON.stringify(changed));
  const fromMs = cpuMs();
  engine.setObject("configmaps", key(index), { bytes, isContent: true, isHeld: true, deletedMs: null });
  await until(isDecided);
  changeCpuMs.push(cpuMs() - fromMs);
}
while (!propagator.isIdle) await delay(20);

const relabelCpuMs: number[] = [];
for (let n = 0; n < relabels; n++) {
  const fromMs = cpuMs();
  propagator.setMembers(all(`b${n}`));
  await until(isDecided);
  relabelCpuMs.push(cpuMs() - fromMs);
}
while (!propagator.isIdle) await delay(20);

const writes = (await tell(port, "writes")) as number;
isWriting = false;
propagator.setMembers([]);
await delay(1_000);
const withoutMembers = await memory();

const pick = (of: "octets" | "rss") => ({
  bare: bare[of],
  withCopies: withCopies[of],
  withoutMembers: withoutMembers[of],
});
const figures: MemoryFigures = {
  copies: members * objects,
  octets: pick("octets"),
  rss: pick("rss"),
  readCpuMs,
  changeCpuMs,
  relabelCpuMs,
  writes,
};
process.stdout.write(JSON.stringify(figures));
process.exit(0);
