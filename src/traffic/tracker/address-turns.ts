/**
 * How often one address is probed, whatever many targets ask it: they take turns, so many a second.
 *
 * Who may declare an address could otherwise have fedns knock there as often as there are objects, ports and paths. A turn that
 * comes late makes intervals longer, never shorter. What one address was given is kept while its targets come and go.
 */
import type { Clock } from "../../kernel/clock.ts";
import { Alarm } from "./alarm.ts";

type Lane<T> = { readonly address: string; readonly waiting: Set<T> };

export class AddressTurns<T extends { readonly address: string }> {
  readonly #clock: Clock;
  readonly #onTurn: (target: T) => void;
  readonly #lanes: Map<string, Lane<T>> = new Map();
  readonly #alarm: Alarm<Lane<T>>;
  #gapMs: number;

  /** `perSecond`: turns that one address has. `onTurn`: the target may be probed now. */
  constructor(options: {
    readonly clock: Clock;
    readonly perSecond: number;
    readonly onTurn: (target: T) => void;
  }) {
    this.#clock = options.clock;
    this.#onTurn = options.onTurn;
    this.#gapMs = 1000 / options.perSecond;
    this.#alarm = new Alarm(options.clock, (lane) => {
      this.#next(lane);
    });
  }

  /** From the next turn on. */
  configure(perSecond: number): void {
    this.#gapMs = 1000 / perSecond;
  }

  /** Targets that wait for their turn. */
  get waiting(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + lane.waiting.size, 0);
  }

  /** `onTurn` follows: now, or when it is the target's turn. */
  ask(target: T): void {
    const known = this.#lanes.get(target.address);
    if (known !== undefined) {
      known.waiting.add(target);
      return;
    }
    const lane = { address: target.address, waiting: new Set<T>() };
    this.#lanes.set(target.address, lane);
    this.#alarm.set(lane, this.#clock.nowMs() + this.#gapMs);
    this.#onTurn(target);
  }

  /** It does not want its turn any more. */
  leave(target: T): void {
    this.#lanes.get(target.address)?.waiting.delete(target);
  }

  close(): void {
    this.#alarm.close();
    this.#lanes.clear();
  }

  /** An address whose last turn is over and for which nobody waits is forgotten. */
  #next(lane: Lane<T>): void {
    const [target] = lane.waiting;
    if (target === undefined) {
      this.#lanes.delete(lane.address);
      return;
    }
    lane.waiting.delete(target);
    this.#alarm.set(lane, this.#clock.nowMs() + this.#gapMs);
    this.#onTurn(target);
  }
}
