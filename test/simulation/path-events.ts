/** What happens to packets: gateways die while pods are ready, links lose, the hub's uplink is cut. */
import { canonical, v4Text } from "./address-text.ts";
import type { Likely } from "./events.ts";
import type { Run } from "./run-state.ts";
import type { Path } from "./world.ts";

function addresses(run: Run): readonly string[] {
  return run.world.clusters.flatMap(({ services }) =>
    [...services.values()].flatMap(({ ipv4, ipv6 }) => [...ipv4.map(v4Text), ...ipv6.map(canonical)]),
  );
}

function setPath(run: Run, path: Path, words: string): string | null {
  const all = addresses(run);
  if (all.length === 0) return null;
  const address = run.chance.pick(all);
  run.world.paths.set(address, path);
  return `the gateway at ${address} ${words}`;
}

function die(run: Run): string | null {
  const isSilent = run.chance.is(0.5);
  return setPath(run, { kind: "dead", isSilent }, isSilent ? "swallows packets" : "refuses connections");
}

function lose(run: Run): string | null {
  return setPath(run, { kind: "lossy", loss: 0.5 }, "loses half of the packets");
}

function flap(run: Run): string | null {
  const periodMs = run.chance.pick([5000, 15_000, 25_000, 60_000]);
  return setPath(run, { kind: "flapping", periodMs }, `is up and down, ${periodMs / 1000} s each`);
}

function heal(run: Run): string | null {
  const broken = [...run.world.paths.keys()];
  if (broken.length === 0) return null;
  const address = run.chance.pick(broken);
  run.world.paths.delete(address);
  return `the gateway at ${address} works again`;
}

function blackout(run: Run): string {
  const cluster = run.chance.pick(run.world.clusters);
  const isCut = run.world.cutOff.delete(cluster.name);
  if (!isCut) run.world.cutOff.add(cluster.name);
  return `packets to ${cluster.name} ${isCut ? "get through again" : "are lost"}`;
}

function uplink(run: Run): string {
  run.world.isUplinkCut = !run.world.isUplinkCut;
  if (run.world.isUplinkCut) run.guard.cut(run);
  else run.guard.forget();
  return run.world.isUplinkCut ? "the hub loses its uplink" : "the hub has its uplink back";
}

export const pathEvents: readonly Likely[] = [
  ["gateway dies", die, 6],
  ["gateway loses half", lose, 2],
  ["gateway flaps", flap, 2],
  ["gateway heals", heal, 7],
  ["cluster dark", blackout, 2],
  ["uplink", uplink, 3],
];
