/** What operators do: drain, undrain and force a cluster, a service or an address, sometimes until nothing is left. */
import { canonical, v4Text } from "./address-text.ts";
import type { Likely } from "./events.ts";
import type { OrderTarget } from "./order-model.ts";
import type { Run } from "./run-state.ts";

const AUTHOR = { by: "operator", reason: null };

function someTarget(run: Run, mayBeAddress: boolean): OrderTarget {
  const { chance, world } = run;
  const cluster = chance.pick(run.settings.clusters);
  if (chance.is(0.4)) return { cluster, service: null, address: null };
  const service = chance.pick(world.services);
  const object = world.cluster(cluster).services.get(service);
  const addresses = [...(object?.ipv4.map(v4Text) ?? []), ...(object?.ipv6.map(canonical) ?? [])];
  const address = mayBeAddress && addresses.length > 0 && chance.is(0.5) ? chance.pick(addresses) : null;
  return { cluster, service, address };
}

function targetText({ cluster, service, address }: OrderTarget): string {
  return [address, service, cluster].filter((part) => part !== null).join(" of ");
}

function drain(run: Run): string {
  const target = someTarget(run, false);
  const overMs = run.chance.pick([0, 0, 30_000, 600_000]);
  const isForced = run.chance.is(0.6);
  const { ok, text } = run.control.orders.obey({ action: "drain", target, overMs, isForced, ...AUTHOR });
  if (ok) run.orders.drain(target, overMs, run.sim.wallMs);
  return `drain ${targetText(target)} over ${overMs / 1000} s: ${text}`;
}

function undrain(run: Run): string | null {
  const drained = run.orders.drained();
  if (drained.length === 0) return null;
  const target = run.chance.pick(drained);
  const { ok } = run.control.orders.obey({ action: "undrain", target });
  if (ok) run.orders.undrain(target);
  return `undrain ${targetText(target)}`;
}

function force(run: Run): string {
  const target = someTarget(run, true);
  const verdict = run.chance.pick(["up", "down", "down"] as const);
  const forMs = run.chance.pick([null, null, 60_000, 3_600_000]);
  const isForced = run.chance.is(0.6);
  const { ok, text } = run.control.orders.obey({
    action: "force",
    target,
    verdict,
    forMs,
    isForced,
    ...AUTHOR,
  });
  if (ok) run.orders.force(target, verdict, forMs === null ? null : run.sim.wallMs + forMs);
  return `force ${verdict} ${targetText(target)}${forMs === null ? "" : ` for ${forMs / 1000} s`}: ${text}`;
}

function unforce(run: Run): string | null {
  const forced = run.orders.forcedTargets();
  if (forced.length === 0) return null;
  const target = run.chance.pick(forced);
  const request = {
    action: "force",
    target,
    verdict: "none",
    forMs: null,
    isForced: true,
    ...AUTHOR,
  } as const;
  if (run.control.orders.obey(request).ok) run.orders.force(target, "none", null);
  return `force no more: ${targetText(target)}`;
}

export const orderEvents: readonly Likely[] = [
  ["drain", drain, 4],
  ["undrain", undrain, 4],
  ["force", force, 4],
  ["force taken back", unforce, 4],
];
