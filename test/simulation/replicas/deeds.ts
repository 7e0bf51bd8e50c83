/** What people, autoscalers and nodes do where replicas are distributed. */
import { count, type Member, tell } from "../propagate/run-state.ts";
import { pathOfCopies, pathOfFederated, typeOf } from "../propagate/types.ts";
import { SYSTEM } from "../propagate/written-objects.ts";
import { NAMES, NAMESPACE, TEMPLATE_LEAST, TOTAL_MOST, type World } from "./world.ts";

const MERGE = "application/merge-patch+json";
const DEPLOYMENTS = typeOf("deployments.apps");
const PREFERENCES = `/apis/scheduling.kubefed.io/v1alpha1/namespaces/${NAMESPACE}/replicaschedulingpreferences`;
const FEDERATED = pathOfFederated(DEPLOYMENTS, NAMESPACE);
const AUTOSCALERS = `/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`;

type Request = { readonly method: string; readonly path: string; readonly body?: object };

async function ask({ run }: World, what: string, { method, path, body }: Request): Promise<boolean> {
  const type = method === "PATCH" ? MERGE : "application/json";
  const { status } = await run.host.call("kubectl", method, path, body, type);
  tell(run, `host: ${what} ${JSON.stringify(body ?? {})}: ${status}`);
  if (status < 300) count(run, `host: ${what.split(" ")[0]}`);
  return status < 300;
}

function someName({ run }: World): string {
  return run.chance.pick(NAMES);
}

function keyOf(name: string): string {
  return `${NAMESPACE}/${name}`;
}

function someTemplate({ run: { chance } }: World): object {
  const labels = { app: "web" };
  const containers = [{ name: "web", image: `web:${chance.int(1, 99)}` }];
  return {
    spec: {
      replicas: TEMPLATE_LEAST + chance.int(0, 9),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  };
}

function somePlacement({ run: { chance, members } }: World): object {
  if (chance.is(0.5)) return { clusterSelector: chance.pick([{}, { matchLabels: { tier: "gold" } }]) };
  const names = chance.some(
    members.map(({ name }) => name),
    0.7,
  );
  return { clusters: names.map((name) => ({ name })) };
}

async function declare(world: World, name: string): Promise<void> {
  const template = labelled(someTemplate(world), name);
  const spec = { template, placement: somePlacement(world) };
  const head = { apiVersion: "types.kubefed.io/v1beta1", kind: "FederatedDeployment" };
  const body = { ...head, metadata: { namespace: NAMESPACE, name }, spec };
  await ask(world, `declare ${name}`, { method: "POST", path: FEDERATED, body });
}

/** Pods of a copy are found by its own label. */
function labelled(template: any, name: string): object {
  const labels = { app: name };
  const pods = { ...template.spec.template, metadata: { labels } };
  return { spec: { ...template.spec, selector: { matchLabels: labels }, template: pods } };
}

async function edit(world: World): Promise<void> {
  const name = someName(world);
  const body = { spec: { template: labelled(someTemplate(world), name) } };
  await ask(world, `edit ${name}`, { method: "PATCH", path: `${FEDERATED}/${name}`, body });
}

async function place(world: World): Promise<void> {
  const name = someName(world);
  const body = { spec: { placement: somePlacement(world) } };
  await ask(world, `place ${name}`, { method: "PATCH", path: `${FEDERATED}/${name}`, body });
}

async function remove(world: World): Promise<void> {
  const name = someName(world);
  await ask(world, `delete ${name}`, { method: "DELETE", path: `${FEDERATED}/${name}` });
  const again = async (): Promise<void> => {
    if (!world.run.isCalm) await declare(world, name);
  };
  world.run.time.after(world.run.chance.int(500, 20_000), () => void again());
}

function someShares({ run: { chance, members } }: World): object {
  const one = (): object => {
    const least = chance.is(0.3) ? { minReplicas: chance.int(0, 3) } : {};
    const most = chance.is(0.3) ? { maxReplicas: chance.int(3, 9) } : {};
    return { weight: chance.int(0, 4), ...least, ...most };
  };
  const named = chance.some(
    members.map(({ name }) => name),
    0.8,
  );
  const rest = chance.is(0.4) || named.length === 0 ? { "*": { weight: 1 } } : {};
  return { ...Object.fromEntries(named.map((name) => [name, one()])), ...rest };
}

/** Made, or changed to it. */
async function prefer(world: World, name: string, spec: object): Promise<void> {
  const { chance } = world.run;
  const head = { apiVersion: "scheduling.kubefed.io/v1alpha1", kind: "ReplicaSchedulingPreference" };
  const all = { clusters: null, rebalance: null, intersectWithClusterSelector: null, ...spec };
  const path = `${PREFERENCES}/${name}`;
  if (await ask(world, `prefer ${name}`, { method: "PATCH", path, body: { spec: all } })) return;
  if (chance.is(0.1)) return;
  const body = { ...head, metadata: { namespace: NAMESPACE, name }, spec };
  await ask(world, `prefer ${name}`, { method: "POST", path: PREFERENCES, body });
}

function preferSomehow(world: World): Promise<void> {
  const { chance } = world.run;
  return prefer(world, someName(world), {
    targetKind: "FederatedDeployment",
    totalReplicas: chance.int(0, TOTAL_MOST),
    ...(chance.is(0.6) && { rebalance: true }),
    ...(chance.is(0.8) && { clusters: someShares(world) }),
    ...(chance.is(0.2) && { intersectWithClusterSelector: true }),
  });
}

/** What the definition lets through, and no plan can follow. */
function preferWrongly(world: World): Promise<void> {
  const { chance, members } = world.run;
  return prefer(world, someName(world), {
    targetKind: "FederatedDeployment",
    totalReplicas: chance.int(1, TOTAL_MOST),
    clusters: { [chance.pick(members).name]: { weight: 1, minReplicas: 5, maxReplicas: 2 } },
  });
}

async function withdraw(world: World): Promise<void> {
  const name = someName(world);
  await ask(world, `withdraw ${name}`, { method: "DELETE", path: `${PREFERENCES}/${name}` });
}

async function write(member: Member, world: World, what: string, request: Request): Promise<boolean> {
  const { run } = world;
  const { method, path, body } = request;
  const type = method === "PATCH" ? MERGE : "application/json";
  const { status } = await member.server.call("autoscaler", method, path, body, type);
  tell(run, `${member.name}: ${what} ${JSON.stringify(body ?? {})}: ${status}`);
  if (status < 300) count(run, `member: ${what.split(" ")[0]}`);
  return status < 300;
}

/** An autoscaler comes, scales now and then, and may go. */
async function autoscale(world: World): Promise<void> {
  const { chance, members, time } = world.run;
  const member = chance.pick(members);
  const name = someName(world);
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name };
  const head = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" };
  const body = {
    ...head,
    metadata: { namespace: NAMESPACE, name },
    spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 30 },
  };
  if (!(await write(member, world, `autoscaler ${name}`, { method: "POST", path: AUTOSCALERS, body })))
    return;
  let left = chance.int(1, 4);
  const scale = async (): Promise<void> => {
    left -= 1;
    if (world.run.isCalm || left < 0) return;
    const path = `${pathOfCopies(DEPLOYMENTS, NAMESPACE)}/${name}/scale`;
    const spec = { spec: { replicas: chance.int(1, 30) } };
    await write(member, world, `scale ${name}`, { method: "PATCH", path, body: spec });
    time.after(chance.int(2_000, 60_000), () => void scale());
  };
  time.after(chance.int(2_000, 20_000), () => void scale());
  if (chance.is(0.3)) return;
  time.after(chance.int(5_000, 240_000), () => {
    if (world.run.isCalm) return;
    void write(member, world, `no-autoscaler ${name}`, { method: "DELETE", path: `${AUTOSCALERS}/${name}` });
  });
}

/** For a while, or for good. */
function narrow(world: World): void {
  const { run, pods } = world;
  const { chance } = run;
  const member = chance.pick(run.members).name;
  const key = keyOf(someName(world));
  const room = chance.is(0.3) ? null : chance.int(0, 8);
  tell(run, `${member}: room for ${room ?? "all"} of ${key}`);
  count(run, "member: room");
  pods.get(member)?.setRoom(key, room);
  if (room === null || chance.is(0.3)) return;
  run.time.after(chance.int(20_000, 300_000), () => {
    if (run.isCalm) return;
    tell(run, `${member}: room for all of ${key}`);
    pods.get(member)?.setRoom(key, null);
  });
}

function crash(world: World): void {
  const { run, pods } = world;
  const member = run.chance.pick(run.members).name;
  const key = keyOf(someName(world));
  const some = run.chance.int(1, 5);
  tell(run, `${member}: ${some} pods of ${key} crash`);
  count(run, "member: crash");
  pods.get(member)?.crash(key, some);
}

type Deed = (world: World) => unknown;

const DEEDS: readonly (readonly [Deed, number])[] = [
  [preferSomehow, 6],
  [preferWrongly, 1.2],
  [withdraw, 1.2],
  [edit, 1.5],
  [place, 1],
  [remove, 0.4],
  [autoscale, 1.5],
  [narrow, 3],
  [crash, 2],
];

export async function someDeed(world: World): Promise<void> {
  await world.run.chance.weighed(DEEDS)(world);
}

/** What a host has at the beginning. */
export async function settleIn(world: World): Promise<void> {
  const { host } = world.run;
  for (const name of [SYSTEM, NAMESPACE])
    await host.call("kubectl", "POST", "/api/v1/namespaces", { metadata: { name } });
  const head = { apiVersion: "types.kubefed.io/v1beta1", kind: "FederatedNamespace" };
  const metadata = { namespace: NAMESPACE, name: NAMESPACE };
  const spec = { template: {}, placement: { clusterSelector: {} } };
  const path = pathOfFederated(typeOf("namespaces"), NAMESPACE);
  await ask(world, "federate", { method: "POST", path, body: { ...head, metadata, spec } });
  for (const name of NAMES) await declare(world, name);
  await preferSomehow(world);
}
