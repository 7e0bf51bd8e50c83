/**
 * The orders in force, and their effect on shares at a given time. Pure: time is a parameter, in ms of wall time, because
 * orders survive restarts.
 *
 *     cluster     service there   share            forced
 *     -           -               255              null
 *     drained     -               0                null
 *     draining    drained         the lesser, 0    null
 *     forced down forced up       0                "down" wins at every level
 *     any         copies leave    0                the service's own force or null
 *     -           forced up       255              "up": probes are ignored; a drain still applies
 */
import { formatDuration } from "../../kernel/duration.ts";
import {
  type Force,
  type Order,
  type OrderTarget,
  type RemovalOrder,
  SHARE_FULL,
  targetText,
} from "./order.ts";
import { isInForce, nextStepMs, shareOfDrain } from "./drain-ramp.ts";
import { OrderIndex, ORDERS_MAX } from "./order-index.ts";

/** How many orders a reply names; the status has all of them. */
const NAMED_MAX = 10;
/** The result of an order. `isChanged` false: it was in force already. */
export type Effect = { readonly isChanged: boolean; readonly text: string };

/** `forMs` null = until cleared. */
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

  /** The limit is reached. */
  get isFull(): boolean {
    return this.#index.list.length >= ORDERS_MAX;
  }

  /**
   * Lowers the share to 0 over `overMs`. Repeating an order has no effect (a script may repeat itself); another duration
   * starts at the present share.
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

  /** Restores the share at once; slow start limits the load on returning addresses. */
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

  /** A service gets no clients in a cluster until `untilMs`. One that is in force goes on from when it was given. */
  setRemoval(target: OrderTarget, untilMs: number, nowMs: number, author: Author): Effect {
    const known = this.removalOf(target, nowMs);
    const sinceMs = known?.sinceMs ?? nowMs;
    const { removal: before } = this.#index.at(target);
    this.#index.replace(before, { kind: "removal", target, sinceMs, untilMs, ...author });
    const name = targetText(target);
    return { isChanged: known === undefined, text: `${name} gets no clients, since copies leave` };
  }

  liftRemoval(target: OrderTarget): Effect {
    const { removal } = this.#index.at(target);
    const name = targetText(target);
    if (removal === undefined) return { isChanged: false, text: `no copies leave ${name}: nothing to do` };
    this.#index.replace(removal, null);
    return { isChanged: true, text: `${name} gets clients again as far as other orders allow` };
  }

  /** The removal in force for exactly this target. */
  removalOf(target: OrderTarget, nowMs: number): RemovalOrder | undefined {
    const { removal } = this.#index.at(target);
    return removal !== undefined && isInForce(removal, nowMs) ? removal : undefined;
  }

  /** A force replaces an earlier one of the same target. */
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
   * The share of a cluster, or of a service ("namespace/name") in it, under all orders: 255 all .. 0 nothing. With service
   * null, only orders for the whole cluster apply.
   */
  shareOf(cluster: string, service: string | null, nowMs: number): number {
    if (this.forceOf(cluster, service, nowMs) === "down") return 0;
    return this.#drainShare(cluster, service, nowMs);
  }

  /** The share under the orders for exactly this service, without those for its cluster: for callers that multiply both. */
  ownShareOf(cluster: string, service: string, nowMs: number): number {
    if (this.#forceAt(cluster, service, null, nowMs) === "down") return 0;
    const target = { cluster, service, address: null };
    if (this.removalOf(target, nowMs) !== undefined) return 0;
    const { drain } = this.#index.at(target);
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
   * The forced state of one address: its own, or that of its service or cluster. A whole cluster that is forced down is
   * reported by its share (shareOf), not by its addresses.
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

  /** False when an order removes it, now or at the end of a ramp. */
  isWanted(cluster: string, service: string, nowMs: number): boolean {
    if (this.removalOf({ cluster, service, address: null }, nowMs) !== undefined) return false;
    return this.isWantedByOperators(cluster, service, nowMs);
  }

  /** As isWanted, whether copies leave or not. */
  isWantedByOperators(cluster: string, service: string, nowMs: number): boolean {
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
   * Removes expired forces and removals, and marks completed drains as complete, so that setting the clock back restores no traffic.
   * Returns the orders that changed; if there are any, they should be saved.
   */
  tick(nowMs: number): readonly Order[] {
    const past: Order[] = [];
    const left = this.#index.list.flatMap((order): Order[] => {
      if (order.kind !== "drain" && !isInForce(order, nowMs)) past.push(order);
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
    const leaves =
      service !== null && this.removalOf({ cluster, service, address: null }, nowMs) !== undefined;
    if (leaves) return 0;
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
