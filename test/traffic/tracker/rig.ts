/** A health tracker over a made-up fleet, on a fake clock: addresses that answer, refuse or swallow, as a test says. */
import { reasonText } from "../../../src/traffic/health/health-reason.ts";
import { Denial } from "../../../src/traffic/health/probe-failure.ts";
import { parseProbe } from "../../../src/traffic/health/probe-annotations.ts";
import type { ProbeSpec } from "../../../src/traffic/health/probe-spec.ts";
import type { FairLimits } from "../../../src/kernel/fair/fair-room.ts";
import { type Log, silentLog } from "../../../src/kernel/log.ts";
import {
  type Endpoint,
  HealthTracker,
  type HealthTrackerOptions,
} from "../../../src/traffic/tracker/health-tracker.ts";
import { bad, GOOD, type Prober } from "../../../src/traffic/probe/outcome.ts";
import type { HealthChange } from "../../../src/traffic/tracker/report.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** `slow`: good, after SLOW_MS; `swallow`: no answer, ever; `broken`: we cannot even ask. */
export type Manner = "good" | "slow" | "refuse" | "swallow" | "broken" | "denied";

/** Just within the time-out. */
const SLOW_MS = 3900;

export type Rig = {
  readonly clock: FakeClock;
  readonly tracker: HealthTracker;
  /** By address; absent = good. */
  readonly manners: Map<string, Manner>;
  /** All changes told, with the fake time. */
  readonly told: (HealthChange & { readonly atMs: number })[];
  /** When each address was asked. */
  readonly askedMs: Map<string, number[]>;
  /** Probes under way now, and at most. */
  readonly open: { now: number; most: number };
};

export type RigOptions = {
  readonly clock?: FakeClock;
  readonly path?: string | null;
  readonly concurrency?: number;
  readonly guardShare?: number;
  readonly probesPerAddress?: number;
  readonly seed?: number;
  readonly log?: Log;
  readonly trackerClock?: HealthTrackerOptions["clock"];
  readonly limits?: FairLimits;
};

export async function createRig(options: RigOptions = {}): Promise<Rig> {
  const clock = options.clock ?? new FakeClock();
  const manners = new Map<string, Manner>();
  const told: Rig["told"] = [];
  const askedMs = new Map<string, number[]>();
  const open = { now: 0, most: 0 };
  const prober: Prober = async (_, address, signal) => {
    askedMs.set(address, [...(askedMs.get(address) ?? []), clock.nowMs()]);
    const manner = manners.get(address) ?? "good";
    open.now += 1;
    open.most = Math.max(open.most, open.now);
    try {
      if (manner === "good") return GOOD;
      if (manner === "refuse") return bad("connection refused");
      if (manner === "denied") return { kind: "denied", reason: Denial.Own };
      if (manner === "broken") return { kind: "unclear", reason: "we could not ask (EMFILE)" };
      return await new Promise((resolve) => {
        if (manner === "slow") clock.after(SLOW_MS, () => resolve(GOOD));
        signal.addEventListener("abort", () => {
          resolve(bad("timed out"));
        });
      });
    } finally {
      open.now -= 1;
    }
  };
  const tracker = await HealthTracker.open({
    clock: options.trackerClock ?? clock,
    random: randomOf(options.seed ?? 1),
    prober,
    log: options.log ?? silentLog,
    path: options.path ?? null,
    ...(options.limits !== undefined && { limits: options.limits }),
    settings: {
      guardShare: options.guardShare ?? 0.7,
      concurrency: options.concurrency ?? 64,
      probesPerAddress: options.probesPerAddress ?? 20,
    },
    onChange: (changes) => {
      told.push(...changes.map((change) => ({ ...change, atMs: clock.nowMs() })));
    },
  });
  return { clock, tracker, manners, told, askedMs, open };
}

export function spec(options: Readonly<Record<string, string>> = {}, url: string = "tcp://:443"): ProbeSpec {
  const named = Object.entries(options).map(([name, value]) => [`fedns.io/probe-${name}`, value]);
  return parseProbe({ "fedns.io/probe": url, ...Object.fromEntries(named) }).spec as ProbeSpec;
}

export function endpoint(cluster: string, address: string, change: Partial<Endpoint> = {}): Endpoint {
  return { cluster, address, probe: spec(), rampMs: 60_000, isRampedWhenNew: false, ...change };
}

/** So many clusters of so many addresses each, watched under their address; the addresses by cluster. */
export function watchFleet(rig: Rig, clusters: number, addresses: number): string[][] {
  return Array.from({ length: clusters }, (_, c) =>
    Array.from({ length: addresses }, (__, a) => {
      const address = `10.${c}.0.${a + 1}`;
      rig.tracker.watch(address, endpoint(`c${c}`, address));
      return address;
    }),
  );
}

export function behave(rig: Rig, addresses: readonly string[], manner: Manner): void {
  for (const address of addresses) rig.manners.set(address, manner);
}

/** Addresses whose health was told to change to 0, or away from it, since `fromMs`. */
export function trafficChanges(rig: Rig, fromMs: number): string[] {
  const last = new Map<string, boolean>();
  const moved: string[] = [];
  for (const { key, health, atMs } of rig.told) {
    const isIn = health > 0;
    if (atMs >= fromMs && (last.get(key) ?? true) !== isIn) moved.push(`${key} ${isIn ? "in" : "out"}`);
    last.set(key, isIn);
  }
  return moved;
}

/** Park and Miller's generator: 0 <= value < 1. */
function randomOf(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state - 1) / 2_147_483_646;
  };
}

/** Why the health of an endpoint is what it is, in words. */
export function textOf({ tracker }: Rig, key: string): string {
  return reasonText(tracker.healthOf(key)?.reason ?? 0);
}
