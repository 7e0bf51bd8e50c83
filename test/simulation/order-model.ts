/** What operators ordered, and what of it holds at a moment: the table on top of src/steer/orders.ts in other words. */

export type OrderTarget = {
  readonly cluster: string;
  readonly service: string | null;
  readonly address: string | null;
};
type Drain = {
  readonly target: OrderTarget;
  readonly sinceMs: number;
  readonly from: number;
  readonly overMs: number;
};
type Force = {
  readonly target: OrderTarget;
  readonly state: "up" | "down";
  readonly untilMs: number | null;
};

const FULL = 255;

export class OrderModel {
  #drains: readonly Drain[] = [];
  #forces: readonly Force[] = [];
  /** The last change of the wall clock: by how much, and when on the monotonic clock. */
  #jump = { ms: 0, atMs: -Infinity };

  /** When the last force ran out. */
  #endedMs = -Infinity;
  readonly #concerned: Set<string> = new Set();

  /** Something was ordered about this very service once. */
  hasEverConcerned(service: string): boolean {
    return this.#concerned.has(service);
  }

  drain(target: OrderTarget, overMs: number, wallMs: number): void {
    this.#concerned.add(target.service ?? "");
    const known = this.#drains.find((one) => same(one.target, target));
    const from = known === undefined ? FULL : shareOf(known, wallMs);
    if (from === 0 || known?.overMs === overMs) return;
    this.#drains = [
      ...this.#drains.filter((one) => one !== known),
      { target, sinceMs: wallMs, from, overMs },
    ];
  }

  undrain(target: OrderTarget): void {
    this.#drains = this.#drains.filter((one) => !same(one.target, target));
  }

  force(target: OrderTarget, state: "up" | "down" | "none", untilMs: number | null): void {
    this.#concerned.add(target.service ?? "");
    this.#forces = this.#forces.filter((one) => !same(one.target, target));
    if (state !== "none") this.#forces = [...this.#forces, { target, state, untilMs }];
  }

  /** A ramp that is over is so for good; a force that ran out is forgotten. */
  tick(wallMs: number, nowMs: number): void {
    this.#drains = this.#drains.map((one) =>
      shareOf(one, wallMs - this.#slackMs(one, nowMs)) === 0 ? { ...one, from: 0 } : one,
    );
    for (const { untilMs } of this.#forces)
      if (untilMs !== null && wallMs >= untilMs) this.#endedMs = Math.max(this.#endedMs, untilMs);
    this.#forces = this.#forces.filter(({ untilMs }) => untilMs === null || wallMs < untilMs);
  }

  jumped(ms: number, atMs: number): void {
    const before = atMs - this.#jump.atMs < 1_000_000 ? this.#jump.ms : 0;
    this.#jump = { ms: before + Math.abs(ms), atMs };
  }

  /**
   * A force is about to end, or would have ended if the clock had not been set: when control notices is not specified.
   */
  isUnsure(wallMs: number, nowMs: number): boolean {
    const slackMs = 600 + (nowMs - this.#jump.atMs < 4_000_000 ? this.#jump.ms : 0);
    if (wallMs - this.#endedMs < slackMs) return true;
    return this.#forces.some(({ untilMs }) => untilMs !== null && untilMs - wallMs < slackMs);
  }

  get isTimed(): boolean {
    return this.#forces.some(({ untilMs }) => untilMs !== null) || this.isRamping;
  }

  get isRamping(): boolean {
    return this.#drains.some(({ from, overMs }) => from > 0 && overMs > 0);
  }

  drained(): readonly OrderTarget[] {
    return this.#drains.map(({ target }) => target);
  }

  forcedTargets(): readonly OrderTarget[] {
    return this.#forces.map(({ target }) => target);
  }

  /**
   * For the cluster as a whole (service null), or for exactly this service there: the smallest and largest share it may
   * have now.
   */
  share(
    cluster: string,
    service: string | null,
    now: { readonly wallMs: number; readonly nowMs: number },
  ): [number, number] {
    const target = { cluster, service, address: null };
    const force = this.#forces.find((one) => same(one.target, target));
    if (force?.state === "down") return [0, 0];
    const drain = this.#drains.find((one) => same(one.target, target));
    if (drain === undefined) return [FULL, FULL];
    const slackMs = this.#slackMs(drain, now.nowMs);
    return [shareOf(drain, now.wallMs + slackMs), shareOf(drain, now.wallMs - slackMs)];
  }

  /** Shares are written in steps: allows for the value of a step ago, and for the one at the time the clock was set. */
  #slackMs({ overMs, from }: Drain, nowMs: number): number {
    if (overMs === 0 || from === 0) return 0;
    const stepMs = Math.max(250, overMs / from) + 260;
    return stepMs + (nowMs - this.#jump.atMs < overMs + 1000 ? this.#jump.ms : 0);
  }

  /** The cluster as a whole is forced down: it has no share, and the health of its addresses does not matter. */
  isClusterDown(cluster: string): boolean {
    const whole = { cluster, service: null, address: null };
    return this.#forces.some(({ target, state }) => state === "down" && same(target, whole));
  }

  /** Down anywhere wins. */
  forced(cluster: string, service: string, address: string): "up" | "down" | null {
    const that = this.#forces.filter(
      ({ target }) =>
        target.cluster === cluster &&
        (target.service === null || target.service === service) &&
        (target.address === null || (target.address === address && target.service === service)),
    );
    if (that.some(({ state }) => state === "down")) return "down";
    return that.length > 0 ? "up" : null;
  }
}

function shareOf({ sinceMs, from, overMs }: Drain, wallMs: number): number {
  if (from === 0 || wallMs - sinceMs >= overMs) return 0;
  return Math.ceil(from * (1 - Math.max(0, wallMs - sinceMs) / overMs));
}

function same(a: OrderTarget, b: OrderTarget): boolean {
  return a.cluster === b.cluster && a.service === b.service && a.address === b.address;
}
