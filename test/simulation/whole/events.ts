/** What happens to a federation as a whole: people, autoscalers, nodes, networks and processes. */
import type { Preferences } from "../../../src/propagate/planner/planner.ts";
import { canonical, v4Text } from "../address-text.ts";
import { count, siteOf, tell, TEMPLATE, type Whole, type Wish, wishNow } from "./world.ts";

const TOTAL_MOST = 12;
const EQUALLY = { minReplicas: 0, maxReplicas: null, weight: 1 };

function names({ world }: Whole): readonly string[] {
  return world.clusters.map(({ name }) => name);
}

export function wishFor(whole: Whole, key: string, wish: Wish): void {
  const said = whole.wishes.get(key) ?? [];
  said.push({ fromMs: whole.sim.nowMs, wish });
  whole.wishes.set(key, said);
}

function somePreferences({ chance, world }: Whole): Preferences {
  const one = (): Preferences["clusters"] extends ReadonlyMap<string, infer Preference>
    ? Preference
    : never => ({
    weight: chance.int(0, 4),
    minReplicas: chance.is(0.2) ? chance.int(0, 2) : 0,
    maxReplicas: chance.is(0.2) ? chance.int(2, 8) : null,
  });
  const named = chance.some(world.clusters, 0.7).map(({ name }) => [name, one()] as const);
  const isOpen = named.length === 0 || chance.is(0.4);
  return {
    rebalance: chance.is(0.6),
    clusters: new Map([...named, ...(isOpen ? [["*", EQUALLY] as const] : [])]),
  };
}

export function prefer(whole: Whole, key: string): void {
  const total = whole.chance.int(1, TOTAL_MOST);
  const preferences = somePreferences(whole);
  const preference = { targetKind: "FederatedDeployment", total, preferences, intersects: false };
  wishFor(whole, key, { ...wishNow(whole, key), preference });
  const shares = [...preferences.clusters].map(([name, { weight }]) => `${name} ${weight}`).join(", ");
  tell(whole, `${key}: ${total} by ${shares}${preferences.rebalance ? ", rebalanced" : ""}`);
}

/** To one cluster and back is what a maintenance does. */
function move(whole: Whole, key: string): void {
  const { chance } = whole;
  const cluster = chance.pick(names(whole));
  const preferences = { rebalance: true, clusters: new Map([[cluster, EQUALLY]]) };
  const total = wishNow(whole, key).preference?.total ?? TEMPLATE;
  const preference = { targetKind: "FederatedDeployment", total, preferences, intersects: false };
  wishFor(whole, key, { ...wishNow(whole, key), preference });
  tell(whole, `${key}: all ${total} go to ${cluster}`);
}

function withdraw(whole: Whole, key: string): void {
  wishFor(whole, key, { ...wishNow(whole, key), preference: null });
  tell(whole, `${key}: no preference`);
}

function placeElsewhere(whole: Whole, key: string): void {
  const { chance } = whole;
  const clusters = chance.some(names(whole), 0.6);
  wishFor(whole, key, { ...wishNow(whole, key), placement: { clusters, selector: null } });
  tell(whole, `${key}: placed in ${clusters.join(", ")}`);
}

function setDrain(whole: Whole, key: string): void {
  const drain = whole.chance.pick(["backends", "backends", "always", "never"] as const);
  wishFor(whole, key, { ...wishNow(whole, key), drain });
  tell(whole, `${key}: drain ${drain}`);
}

function narrow(whole: Whole, key: string): void {
  const { chance } = whole;
  const cluster = chance.pick(names(whole));
  const room = chance.is(0.4) ? null : chance.int(0, 5);
  tell(whole, `${cluster}: room for ${room ?? "all"} of ${key}`);
  siteOf(whole, cluster, key).setRoom(room);
}

function crash(whole: Whole, key: string): void {
  const { chance } = whole;
  const cluster = chance.pick(names(whole));
  tell(whole, `${cluster}: pods of ${key} crash`);
  siteOf(whole, cluster, key).crash(chance.int(1, 4));
}

/** An autoscaler comes, scales, or goes. */
function autoscale(whole: Whole, key: string): void {
  const { chance, sights, propagator } = whole;
  const cluster = chance.pick(names(whole));
  const site = siteOf(whole, cluster, key);
  site.isAutoscaled = site.isAutoscaled ? chance.is(0.6) : true;
  tell(whole, `${cluster}: ${key} has ${site.isAutoscaled ? "an" : "no"} autoscaler`);
  if (site.isAutoscaled && (site.asked ?? 0) > 0) {
    const number = chance.int(1, 9);
    sights.limit(cluster, key, number);
    site.ask(number);
  }
  propagator.see(cluster);
}

function hang(whole: Whole): void {
  const { chance, away, sim } = whole;
  const cluster = chance.pick(names(whole));
  if (away.has(cluster)) return;
  away.add(cluster);
  whole.control?.feeds.get(cluster)?.lose();
  tell(whole, `${cluster} does not answer`);
  sim.process().clock.after(chance.pick([3_000, 30_000, 90_000, 200_000]), () => comeBack(whole, cluster));
}

export function comeBack(whole: Whole, cluster: string): void {
  if (!whole.away.delete(cluster)) return;
  tell(whole, `${cluster} answers again`);
  whole.control?.feeds.get(cluster)?.resume(whole.chance.int(1, 3_000));
  whole.propagator.see(cluster);
}

/** A gateway dies or works again: probes find out. */
function breakPath({ world, chance, ...whole }: Whole, key: string): void {
  const cluster = chance.pick(world.clusters);
  const { ipv4 = [], ipv6 = [] } = cluster.services.get(key) ?? {};
  const all = [...ipv4.map(v4Text), ...ipv6.map(canonical)];
  if (all.length === 0) return;
  const address = chance.pick(all);
  const isDead = !world.paths.delete(address);
  if (isDead) world.paths.set(address, { kind: "dead", isSilent: chance.is(0.5) });
  tell(whole, `the gateway at ${address} ${isDead ? "dies" : "works again"}`);
}

/** An operator drains a cluster, or lets clients come back. */
function order(whole: Whole): void {
  const { chance, control } = whole;
  if (control === null) return;
  const action = chance.pick(["drain", "undrain", "undrain"] as const);
  const target = { cluster: chance.pick(names(whole)), service: null, address: null };
  const author = { by: "operator", reason: null };
  const more = action === "drain" ? { overMs: 0, isForced: false } : {};
  const { text } = control.orders.obey({ action, target, ...more, ...author } as Parameters<
    typeof control.orders.obey
  >[0]);
  tell(whole, `an operator says ${action} ${target.cluster}: ${text}`);
}

type Event = (whole: Whole, key: string) => unknown;

const EVENTS: readonly (readonly [string, Event, number])[] = [
  ["prefer", prefer, 4],
  ["move", move, 4],
  ["withdraw", withdraw, 0.7],
  ["place", placeElsewhere, 1.5],
  ["drain", setDrain, 0.3],
  ["room", narrow, 3],
  ["crash", crash, 1.5],
  ["autoscale", autoscale, 1.5],
  ["hang", hang, 2],
  ["path", breakPath, 2],
  ["order", order, 0.7],
  ["restart control", (whole) => whole.restartControl(), 1.5],
  ["restart propagator", (whole) => whole.restartPropagator(), 2],
];

export async function someEvent(whole: Whole): Promise<void> {
  const { chance } = whole;
  const [name, event] = chance.weighed(EVENTS.map((one) => [one, one[2]] as const));
  count(whole, `event: ${name}`);
  await event(whole, chance.pick(whole.keys));
}
