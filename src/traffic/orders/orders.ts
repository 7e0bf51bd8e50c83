/**
 * The orders that are in force, and what they mean for a share of traffic at a moment. Pure: time is a parameter, wall
 * time in ms, because orders outlive processes.
 *
 *     cluster     service there   share            forced
 *     -           -               255              null
 *     drained     -               0                null
 *     draining    drained         the lesser, 0    null
 *     forced down forced up       0                "down" wins at every level
 *     -           forced up       255              "up": probes are not believed; a drain still holds
 */
import { formatDuration } from "../../kernel/duration.ts";
import { type Force, type Order, SHARE_FULL, type OrderTarget, targetText } from "./order.ts";
import { isInForce, nextStepMs, shareOfDrain } from "./drain-ramp.ts";
import { OrderIndex, ORDERS_MAX } from "./order-index.ts";

/** Named in a reply; the status has all. */
const NAMED_MAX = 10;
/** What came of an order. `isChanged` false: it was so already. */
export type Effect = { readonly isChanged: boolean; readonly text: string };

/** `forMs` null = until taken back. */
type Forcing = { readonly verdict: Force["verdict"]; readonly forMs: number | null };
type Author = { readonly by: string; readonly reason: string | null };

export class Orders {
  readonly #index: OrderIndex;

  constructor(orders: readonly Order[] = []) {
    this.#index = new OrderIndex(orders);
  }

  get list(): readonly Order[] {
    return this.#index.list;
  }

  /** One more would be too many. */
  get isFull(): boolean {
    return this.#index.list.length >= ORDERS_MAX;
  }

  /**
   * To 0 over `overMs`. The same again goes on with the one that runs (a script may repeat itself); another duration
   * begins at the share that is left.
   */
  drain(target: OrderTarget, overMs: number, nowMs: number, author: Author): Effect {
    const name = targetText(target);
    const known = this.#index.at(target).drain;
    const share = known === undefined ? SHARE_FULL : shareOfDrain(known, nowMs);
    if (share === 0) return { isChanged: false, text: `${name} is drained already` };
    if (known !== undefined && known.overMs === overMs)
      return { isChanged: false, text: `${name} is being drained already, ${percent(share)} left` };
    this.#index.replace(known, {
      kind: "drain",
      target,
      sinceMs: nowMs,
      fromShare: share,
      overMs,
      ...author,
    });
    const text =
      overMs === 0 ? `${name} is drained` : `${name} is being drained over ${formatDuration(overMs)}`;
    return { isChanged: true, text };
  }

  /** At once: how fast what comes back is loaded is slow start's to say. */
  undrain(target: OrderTarget): Effect {
    const name = targetText(target);
    const known = this.#index.at(target).drain;
    const rest = this.#index.list.filter(
      (order) => order.kind === "drain" && order !== known && order.target.cluster === target.cluster,
    );
    const names = rest.slice(0, NAMED_MAX).map((order) => targetText(order.target));
    const more = rest.length > NAMED_MAX ? ` and ${rest.length - NAMED_MAX} more` : "";
    const others = rest.length === 0 ? "" : `; still drained: ${names.join(", ")}${more}`;
    if (known === undefined)
      return { isChanged: false, text: `${name} is not drained: nothing to do${others}` };
    this.#index.replace(known, null);
    return { isChanged: true, text: `${name} is not drained any more${others}` };
  }

  /** A force of the same target takes the place of the one before. */
  force(target: OrderTarget, { verdict, forMs }: Forcing, nowMs: number, author: Author): Effect {
    const untilMs = forMs === null ? null : nowMs + forMs;
    const known = this.#index.at(target).force;
    this.#index.replace(known, { kind: "force", target, verdict, sinceMs: nowMs, untilMs, ...author });
    const above = this.forceOf(target.cluster, target.service, nowMs, target.address);
    const but = above === verdict ? "" : "; but a wider order forces it down, and that wins";
    const isDrained =
      verdict === "up" && this.#drainShare(target.cluster, target.service, nowMs) < SHARE_FULL;
    const note = isDrained ? "; but it is drained, and that holds" : but;
    const time = forMs === null ? "" : ` for ${formatDuration(forMs)}`;
    return { isChanged: true, text: `${targetText(target)} is forced ${verdict}${time}${note}` };
  }

  unforce(target: OrderTarget): Effect {
    const name = targetText(target);
    const known = this.#index.at(target).force;
    if (known === undefined)
      return { isChanged: false, text: `nothing is forced for ${name}: nothing to do` };
    this.#index.replace(known, null);
    return { isChanged: true, text: `${name} is not forced ${known.verdict} any more` };
  }

  /**
   * What all orders together leave of the traffic of a cluster (service null: the orders for the cluster as a whole
   * alone), or of a service ("namespace/name") there: 255 all .. 0 nothing.
   */
  shareOf(cluster: string, service: string | null, nowMs: number): number {
    if (this.forceOf(cluster, service, nowMs) === "down") return 0;
    return this.#drainShare(cluster, service, nowMs);
  }

  /** What orders for exactly this service there leave of it, whatever holds for its cluster: where both are multiplied. */
  ownShareOf(cluster: string, service: string, nowMs: number): number {
    if (this.#forceAt(cluster, service, null, nowMs) === "down") return 0;
    const { drain } = this.#index.at({ cluster, service, address: null });
    return drain === undefined ? SHARE_FULL : shareOfDrain(drain, nowMs);
  }

  /** Down anywhere wins over up. `address`: orders for that one as well. */
  forceOf(
    cluster: string,
    service: string | null,
    nowMs: number,
    address: string | null = null,
  ): "up" | "down" | null {
    return worst([
      this.#forceAt(cluster, null, null, nowMs),
      service === null ? null : this.#forceAt(cluster, service, null, nowMs),
      ...(address === null ? [] : this.#forcesOfAddress(cluster, service, address, nowMs)),
    ]);
  }

  #forceAt(cluster: string, service: string | null, address: string | null, nowMs: number): EffectiveForce {
    const { force } = this.#index.at({ cluster, service, address });
    return force !== undefined && isInForce(force, nowMs) ? force.verdict : null;
  }

  #forcesOfAddress(
    cluster: string,
    service: string | null,
    address: string,
    nowMs: number,
  ): readonly EffectiveForce[] {
    const anywhere = this.#forceAt(cluster, null, address, nowMs);
    return service === null ? [anywhere] : [anywhere, this.#forceAt(cluster, service, address, nowMs)];
  }

  /**
   * What is forced for one address: by itself, with its service or with its cluster. That a whole cluster is down is
   * reported by its share (shareOf), and by none of its addresses.
   */
  addressForceOf({ cluster, service, address }: OrderTarget, nowMs: number): "up" | "down" | null {
    const whole = this.#forceAt(cluster, null, null, nowMs);
    return worst([
      whole === "down" ? null : whole,
      service === null ? null : this.#forceAt(cluster, service, null, nowMs),
      ...(address === null ? [] : this.#forcesOfAddress(cluster, service, address, nowMs)),
    ]);
  }

  /** The services and addresses of a cluster that have orders of their own. */
  targetsIn(cluster: string): readonly OrderTarget[] {
    const targets = this.#index.list.map((order) => order.target);
    return targets.filter(
      (target) => target.cluster === cluster && (target.service ?? target.address) !== null,
    );
  }

  /** False when some order takes it away, now or at the end of a ramp. */
  isWanted(cluster: string, service: string, nowMs: number): boolean {
    if (this.forceOf(cluster, service, nowMs) === "down") return false;
    return (
      (this.#index.at({ cluster, service: null, address: null }).drain ??
        this.#index.at({ cluster, service, address: null }).drain) === undefined
    );
  }

  /** The next moment, after now, at which a share or a force differs; null = never by itself. */
  nextChangeMs(nowMs: number): number | null {
    let next: number | null = null;
    for (const order of this.#index.list) {
      const at = order.kind === "drain" ? nextStepMs(order, nowMs) : order.untilMs;
      if (at !== null && at > nowMs && (next === null || at < next)) next = at;
    }
    return next;
  }

  /**
   * Forgets forces that have run out, and drains that have come to their end are so for good: a clock that is set
   * back brings no traffic back. Returns what changed: if any, it is worth saving.
   */
  tick(nowMs: number): readonly Order[] {
    const past: Order[] = [];
    const left = this.#index.list.flatMap((order): Order[] => {
      if (order.kind === "force" && !isInForce(order, nowMs)) past.push(order);
      else if (order.kind === "drain" && order.fromShare > 0 && shareOfDrain(order, nowMs) === 0) {
        past.push(order);
        return [{ ...order, fromShare: 0 }];
      } else return [order];
      return [];
    });
    this.#index.set(left);
    return past;
  }

  #drainShare(cluster: string, service: string | null, nowMs: number): number {
    const whole = this.#index.at({ cluster, service: null, address: null }).drain;
    const own = service === null ? undefined : this.#index.at({ cluster, service, address: null }).drain;
    return Math.min(
      whole === undefined ? SHARE_FULL : shareOfDrain(whole, nowMs),
      own === undefined ? SHARE_FULL : shareOfDrain(own, nowMs),
    );
  }
}

type EffectiveForce = Force["verdict"] | null;

/** Down wins over up. */
function worst(forces: readonly EffectiveForce[]): EffectiveForce {
  if (forces.includes("down")) return "down";
  return forces.includes("up") ? "up" : null;
}

function percent(share: number): string {
  return `${Math.round((share / SHARE_FULL) * 100)} %`;
}
