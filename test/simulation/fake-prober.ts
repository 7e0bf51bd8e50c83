/** A prober that looks at the simulated world and records its results, so that health can be checked against them. */
import type { Clock } from "../../src/kernel/clock.ts";
import { bad, GOOD, type ProbeOutcome, type Prober } from "../../src/traffic/probe/outcome.ts";
import type { Chance } from "./chance.ts";
import type { SimClock } from "./sim-clock.ts";
import type { World } from "./world.ts";

/** The standard of the settings. */
const TIMEOUT_MS = 4000;

export type Heard = { readonly atMs: number; readonly isGood: boolean };

export class FakeProber {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #sim: SimClock;
  /** By address, in order. */
  readonly heard: Map<string, Heard[]> = new Map();
  count = 0;

  constructor(world: World, chance: Chance, sim: SimClock) {
    this.#world = world;
    this.#chance = chance;
    this.#sim = sim;
  }

  /** `clock` dies with the process that probes. */
  prober(clock: Clock): Prober {
    return (_, address, signal) =>
      new Promise((resolve) => {
        this.count += 1;
        let isOver = false;
        const end = (outcome: ProbeOutcome): void => {
          if (isOver) return;
          isOver = true;
          this.#sim.isBusy = true;
          if (outcome.kind !== "unclear") this.#note(address, outcome.kind === "good", clock.nowMs());
          resolve(outcome);
        };
        const isAnswered = this.#world.isAnswered(this.#chance, address, clock.nowMs());
        const isSilent = !isAnswered && this.#isSilent(address);
        if (!isSilent) clock.after(this.#chance.int(1, 200), () => end(isAnswered ? GOOD : bad("refused")));
        const startedMs = clock.nowMs();
        // Else the target is not wanted any more.
        const isTimedOut = (): boolean => clock.nowMs() - startedMs >= TIMEOUT_MS - 1;
        signal.addEventListener("abort", () =>
          end(isTimedOut() ? bad("timed out") : { kind: "unclear", reason: "not wanted" }),
        );
      });
  }

  #isSilent(address: string): boolean {
    const path = this.#world.paths.get(address);
    if (this.#world.isUplinkCut) return true;
    return path?.kind === "dead" ? path.isSilent : this.#chance.is(0.3);
  }

  #note(address: string, isGood: boolean, atMs: number): void {
    const list = this.heard.get(address) ?? [];
    this.heard.set(address, list);
    list.push({ atMs, isGood });
  }
}
