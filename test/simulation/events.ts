/** The events of a federation: each changes the truth, or what is known of it, and returns a description. */
import { somePhrase, someWord } from "./phrases.ts";
import { orderEvents } from "./order-events.ts";
import { pathEvents } from "./path-events.ts";
import { count, type Run, tell } from "./run-state.ts";
import { type Cluster, someSlices } from "./world.ts";

/** Null: nothing to do, for want of something to do it to. */
export type Event = (run: Run) => string | null | Promise<string | null>;
export type Likely = readonly [name: string, event: Event, weight: number];

/** How late news are: mostly soon, now and then very. */
function delayMs({ chance }: Run): number {
  return chance.weighed([
    [chance.int(0, 30), 6],
    [chance.int(30, 2000), 3],
    [chance.int(2000, 20_000), 1],
  ]);
}

function watch(
  run: Run,
  cluster: Cluster,
  what: "service" | "slices" | "namespace" | "places",
  key: string,
): void {
  run.control.feeds.get(cluster.name)?.watch(what, key, delayMs(run));
}

function someDeclared(run: Run): { readonly cluster: Cluster; readonly key: string } | null {
  const cluster = run.chance.pick(run.world.clusters);
  const keys = [...cluster.services.keys()];
  return keys.length === 0 ? null : { cluster, key: run.chance.pick(keys) };
}

function scale(run: Run): string | null {
  const found = someDeclared(run);
  if (found === null) return null;
  const { cluster, key } = found;
  const slices = someSlices(run.chance);
  cluster.slices.set(key, slices);
  watch(run, cluster, "slices", key);
  return `${key} in ${cluster.name} has ${slices.ready} of ${slices.wanted} endpoints ready`;
}

function readdress(run: Run): string | null {
  const found = someDeclared(run);
  const object = found?.cluster.services.get(found.key);
  if (found === null || object === undefined) return null;
  const { cluster, key } = found;
  const fresh = run.world.someAddresses(run.chance, cluster);
  const isGrowth = run.chance.is(0.5);
  const ipv4 = isGrowth ? [...new Set([...object.ipv4.slice(0, 2), ...fresh.ipv4])] : fresh.ipv4;
  const ipv6 = isGrowth ? [...new Set([...object.ipv6.slice(0, 2), ...fresh.ipv6])] : fresh.ipv6;
  cluster.services.set(key, {
    ...object,
    ipv4: ipv4.toSorted((a, b) => a - b),
    ipv6: ipv6.toSorted(),
  });
  watch(run, cluster, "service", key);
  return `${key} in ${cluster.name} has other addresses: ${ipv4.length} of IPv4, ${ipv6.length} of IPv6`;
}

function redeclare(run: Run): string {
  const cluster = run.chance.pick(run.world.clusters);
  const key = run.chance.pick(run.world.services);
  if (cluster.services.has(key) && run.chance.is(0.6)) {
    cluster.services.delete(key);
    cluster.slices.delete(key);
    watchBoth(run, cluster, key);
    return `${key} is deleted in ${cluster.name}`;
  }
  const phrases = run.chance.is(0.3) ? [somePhrase(run.chance, someWord(run.chance), names(run))] : [];
  run.world.declare(run.chance, cluster, key, phrases);
  watchBoth(run, cluster, key);
  return `${key} is made (anew) in ${cluster.name}`;
}

function watchBoth(run: Run, cluster: Cluster, key: string): void {
  for (const what of run.chance.shuffle(["service", "slices"] as const)) watch(run, cluster, what, key);
}

function names(run: Run): readonly string[] {
  return run.world.clusters.map(({ name }) => name);
}

function annotate(run: Run): string | null {
  const { chance } = run;
  const isNamespace = chance.is(0.2);
  const cluster = chance.pick(run.world.clusters);
  const key = isNamespace ? chance.pick(run.world.namespaces) : chance.pick(run.world.services);
  const object = isNamespace ? cluster.namespaces.get(key) : cluster.services.get(key);
  if (object === undefined && !isNamespace) return null;
  const before = object?.phrases ?? [];
  const word = before.length > 0 && chance.is(0.4) ? chance.pick(before).word : someWord(chance);
  const isTaken = before.some((one) => one.word === word) && chance.is(0.35);
  const phrase = somePhrase(chance, word, names(run));
  const phrases = [...before.filter((one) => one.word !== word), ...(isTaken ? [] : [phrase])];
  if (isNamespace)
    cluster.namespaces.set(key, { createdAt: object?.createdAt ?? run.world.stamp(chance), phrases });
  else
    cluster.services.set(key, {
      ...(object as NonNullable<ReturnType<Cluster["services"]["get"]>>),
      phrases,
    });
  watch(run, cluster, isNamespace ? "namespace" : "service", key);
  const what = `${isNamespace ? "namespace " : ""}${key} in ${cluster.name}`;
  if (isTaken) return `${what} says nothing of ${phrase.name} any more`;
  return `${what} says ${phrase.name}: "${phrase.text}"${phrase.means === null ? " (nonsense)" : ""}`;
}

function move(run: Run): string {
  const cluster = run.chance.pick(run.world.clusters);
  cluster.places = run.world.somePlaces(run.chance);
  watch(run, cluster, "places", "");
  const places = cluster.places.map(({ region, zone }) => `${region}/${zone ?? "?"}`).join(" ");
  return `${cluster.name} has nodes in ${places === "" ? "no place" : places}`;
}

function loseApi(run: Run): string | null {
  const cluster = run.chance.pick(run.world.clusters);
  if (run.away.has(cluster.name)) return null;
  run.away.add(cluster.name);
  run.control.feeds.get(cluster.name)?.lose();
  return `the API of ${cluster.name} is away`;
}

function findApi(run: Run): string | null {
  if (run.away.size === 0) return null;
  const name = run.chance.pick([...run.away]);
  run.away.delete(name);
  run.world.cutOff.delete(name);
  run.control.feeds.get(name)?.resume(run.chance.int(1, 5000));
  return `the API of ${name} is back`;
}

function vanish(run: Run): string | null {
  const cluster = run.chance.pick(run.world.clusters);
  if (run.away.has(cluster.name)) return null;
  run.away.add(cluster.name);
  run.world.cutOff.add(cluster.name);
  run.control.feeds.get(cluster.name)?.lose();
  return `${cluster.name} vanishes from the net`;
}

function relist(run: Run): string {
  const cluster = run.chance.pick(run.world.clusters);
  run.control.feeds.get(cluster.name)?.relist();
  return `${cluster.name} is listed again`;
}

/** Many changes of one cluster at once, as when a node pool is removed. */
function burst(run: Run): string {
  const cluster = run.chance.pick(run.world.clusters);
  for (let i = 0; i < 3; i++)
    for (const key of cluster.services.keys()) {
      cluster.slices.set(key, someSlices(run.chance));
      run.control.feeds.get(cluster.name)?.watch("slices", key, 0);
    }
  return `a burst of changes in ${cluster.name}`;
}

async function restart(run: Run): Promise<string> {
  const { chance, settings } = run;
  const all = names(run);
  const clusters = chance.is(0.6) ? settings.clusters : chance.shuffle(chance.some(all, 0.8));
  await run.restart({ ...settings, clusters: clusters.length === 0 ? all : clusters });
  return `control starts again, with ${run.settings.clusters.join(" ")}`;
}

function compact(run: Run): string {
  run.control.store.compact();
  return "the picture is written anew";
}

function jump(run: Run): string | null {
  const isLarge = !run.orders.isTimed && run.chance.is(0.3);
  const ms =
    run.chance.int(-1, 1) * (isLarge ? run.chance.int(60_000, 7_200_000) : run.chance.int(100, 90_000));
  if (ms === 0) return null;
  run.sim.jump(ms);
  run.orders.jumped(ms, run.sim.nowMs);
  return `the clock is set by ${(ms / 1000).toFixed(1)} s`;
}

const EVENTS: readonly Likely[] = [
  ["scale", scale, 12],
  ["other addresses", readdress, 6],
  ["objects made and deleted", redeclare, 6],
  ["annotations", annotate, 16],
  ["cluster moves", move, 2],
  ["API away", loseApi, 2],
  ["API back", findApi, 5],
  ["cluster vanishes", vanish, 1.5],
  ["relist", relist, 1],
  ["burst", burst, 2],
  ["control restart", restart, 2],
  ["compaction", compact, 2],
  ["clock set", jump, 1.5],
  ...pathEvents,
  ...orderEvents,
];

export async function someEvent(run: Run): Promise<void> {
  const [name, event] = run.chance.weighed(EVENTS.map((one) => [one, one[2]] as const));
  const line = await event(run);
  if (line === null) return;
  count(run, `event: ${name}`);
  tell(run, line);
}
