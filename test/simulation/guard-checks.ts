/**
 * The guard: while the hub is cut off, no healthy address is taken out; and it does not keep a single dead address in,
 * because it acts only while most of what is probed fails.
 */
import type { Heard } from "./fake-prober.ts";
import { count, type Run, Violation } from "./run-state.ts";
import { clusterOf } from "./world.ts";

/** Good for so long before the cut: nothing else was wrong with it. */
const WELL_MS = 120_000;
const PROBED_MS = 30_000;
const TOGETHER_MS = 150_000;
const DEAD_MS = 60_000;
const DEAD_PROBES = 8;

export class GuardWatch {
  #cut: { readonly sinceMs: number; readonly well: ReadonlySet<string> } | null = null;
  /** Since when an address had only failed probes while the guard did not hold. */
  readonly #dead: Map<string, number> = new Map();

  /** The hub has lost its uplink. */
  cut({ prober, sim, health }: Run): void {
    const well = [...prober.heard].flatMap(([address, heard]) =>
      health.isUp(address) && isWell(heard, sim.nowMs) ? [address] : [],
    );
    this.#cut = { sinceMs: sim.nowMs, well: new Set(well) };
  }

  /** The uplink is back, or control has restarted. */
  forget(): void {
    this.#cut = null;
    this.#dead.clear();
  }

  check(run: Run): void {
    this.#checkCut(run);
    const { guard } = run.control.tracker.status();
    if (guard === "holding") checkHolding(run);
    this.#checkDead(run, guard === "watching");
  }

  #checkCut(run: Run): void {
    const { prober, sim, health, counts } = run;
    if (this.#cut === null) return;
    const { sinceMs, well } = this.#cut;
    const probed = [...well].filter(
      (address) =>
        isTarget(run, address) && isProbedSince(prober.heard.get(address) ?? [], sinceMs, sim.nowMs),
    );
    // One cluster alone is not most of a fleet.
    if (new Set(probed.map(clusterOf)).size < 2) {
      this.#cut = null;
      return;
    }
    for (const address of probed)
      if (health.downSince(address) > sinceMs)
        throw new Violation(`${address} is taken out while the hub is cut off`);
    counts.set(HUB, (counts.get(HUB) ?? 0) + 1);
  }

  #checkDead(run: Run, isWatching: boolean): void {
    const { prober, sim, health } = run;
    for (const [address, heard] of prober.heard) {
      const last = heard.slice(-DEAD_PROBES);
      const isDead =
        last.length === DEAD_PROBES && last.every(({ isGood }) => !isGood) && isProbed(heard, sim.nowMs);
      if (!isDead || !isWatching || !health.isUp(address)) {
        this.#dead.delete(address);
        continue;
      }
      const sinceMs = this.#dead.get(address) ?? sim.nowMs;
      this.#dead.set(address, sinceMs);
      // Just let go, perhaps: then the next bad probe takes it out.
      if (sim.nowMs - sinceMs > DEAD_MS)
        throw new Violation(
          `${address} is dead for ${Math.round((sim.nowMs - sinceMs) / 1000)} s, and not taken out`,
        );
    }
    count(run, "check: the dead are taken out");
  }
}

const HUB = "check: the hub is cut off, and nothing is taken out";

function checkHolding(run: Run): void {
  const { prober, sim } = run;
  const probed = [...prober.heard.values()].filter((heard) => isProbed(heard, sim.nowMs));
  const failing = probed.filter((heard) =>
    heard.some(({ isGood, atMs }) => !isGood && sim.nowMs - atMs < TOGETHER_MS),
  );
  if (failing.length * 2 < probed.length)
    throw new Violation(`the guard holds, and ${failing.length} of ${probed.length} addresses fail`);
  count(run, "check: the guard holds for a reason");
}

function isProbed(heard: readonly Heard[], nowMs: number): boolean {
  return nowMs - (heard.at(-1)?.atMs ?? -Infinity) < PROBED_MS;
}

function isTarget({ control, world }: Run, address: string): boolean {
  return world.services.some(
    (key) => control.tracker.targetOf(`${clusterOf(address)} ${key} ${address}`) !== null,
  );
}

/** Without a pause: clusters that are away have no vote, and the rest may not be most of the fleet. */
function isProbedSince(heard: readonly Heard[], sinceMs: number, nowMs: number): boolean {
  const late = heard.filter(({ atMs }) => atMs > sinceMs).map(({ atMs }) => atMs);
  return [...late, nowMs].every((atMs, i) => atMs - (late[i - 1] ?? sinceMs) < PROBED_MS);
}

function isWell(heard: readonly Heard[], nowMs: number): boolean {
  const late = heard.filter(({ atMs }) => nowMs - atMs < WELL_MS);
  return isProbed(heard, nowMs) && late.length >= 8 && late.every(({ isGood }) => isGood);
}
