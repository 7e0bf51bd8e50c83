/** Everything that decides about one service now, from reports, orders and health: the input of the answer model. */
import { serviceKey } from "../../src/picture/nodes/pool-key.ts";
import { HEALTH_AT_OCTETS } from "../../src/picture/format/layout.ts";
import { canonical, v4Text } from "./address-text.ts";
import type { Member, Scene } from "./answer-model.ts";
import { nearnessFor, type Whereabouts } from "./place-model.ts";
import type { Run } from "./run-state.ts";

/** `isSure` false: who is eligible is known, and not exactly how much each gets: a ramp goes on, or the pool is kept. */
export type SceneNow = Scene & {
  readonly isSure: boolean;
  /** A ramp is about to reach nothing, or has just: not even who is eligible is known. */
  readonly isEnding: boolean;
};

export function sceneFor(run: Run, key: string, where: Whereabouts): SceneNow {
  const { told, plans } = run.control;
  const plan = plans.planOf(key);
  const now = { wallMs: run.sim.wallMs, nowMs: run.sim.nowMs };
  // A pool that is kept from an earlier run has the weights of then.
  let isSure = !plans.isKept(key);
  let isEnding = false;
  const members: Member[] = [];
  for (const { name, backends } of told.values()) {
    const backend = backends.get(key);
    if (backend === undefined) continue;
    const [shareLeast, shareMost] = run.orders.share(name, null, now);
    const [ownLeast, ownMost] = run.orders.share(name, key, now);
    isEnding ||= (shareLeast === 0 && shareMost > 0) || (ownLeast === 0 && ownMost > 0);
    isSure &&= shareLeast === shareMost && ownLeast === ownMost;
    const { tier, weight } = plan.placementOf(name);
    const addresses = [
      ...backend.ipv4.map((value) => ({ text: v4Text(value), family: 4 as const })),
      ...backend.ipv6.map((value) => ({ text: canonical(value), family: 6 as const })),
    ].map((one) => ({ ...one, health: healthOf(run, name, key, one.text) }));
    members.push({
      cluster: name,
      ready: backend.ready,
      wanted: plan.wanted(name),
      tier,
      weight: weight * (ownMost / 255),
      share: shareMost,
      addresses,
    });
  }
  const { settings } = run;
  const near = run.hasPlaces() ? nearnessFor(where, told, settings.halfKm) : null;
  return { members, plan, told, settings, near, hasPlaces: run.hasPlaces(), isSure, isEnding };
}

/** As the health tracker has it; forces are included. */
export function healthOf(run: Run, cluster: string, key: string, address: string): number {
  if (run.control.told.get(cluster)?.backends.get(key)?.annotations === null) {
    // Whether it is probed is not known yet: the result of an earlier run may still be in force.
    const written = writtenHealth(run, cluster, key, address);
    if (written !== null) return written;
  }
  return run.control.tracker.healthOf(`${cluster} ${key} ${address}`)?.health ?? 255;
}

function writtenHealth(run: Run, cluster: string, key: string, address: string): number | null {
  const { store, federation } = run.control;
  const [namespace, name] = key.split("/") as [string, string];
  const index = federation.member(cluster)?.index;
  const pool = store.writer.poolOf(0, serviceKey({ namespace, name }));
  const member = pool?.members.find((one) => one.cluster === index);
  if (member === undefined) return null;
  const at = [...member.ipv4.map(v4Text), ...member.ipv6.map(canonical)].indexOf(address);
  return at < 0 ? null : (store.memory.u8[HEALTH_AT_OCTETS + member.firstEndpoint + at] as number);
}
