/** The orders of operators, as received on the admin socket, and those of the propagator; both as saved. Untrusted until parsed. */
import {
  boolean,
  integer,
  list,
  nullable,
  object,
  oneOf,
  readShape,
  ruled,
  type ValueShape,
  text,
  variants,
} from "../../kernel/shape.ts";

/** The subject of an order: a cluster, one service in it, or one address of that service. */
export type OrderTarget = {
  readonly cluster: string;
  /** "namespace/name", or a host; null = all. */
  readonly service: string | null;
  /** An IP address in canonical spelling; null = all. Only forces have one. */
  readonly address: string | null;
};

type OrderFacts = {
  readonly target: OrderTarget;
  /** Wall time, ms. */
  readonly sinceMs: number;
  readonly by: string;
  readonly reason: string | null;
};

/** The share falls linearly from `fromShare` at `sinceMs` to 0 `overMs` later, and stays there. */
export type Drain = OrderFacts & {
  readonly kind: "drain";
  readonly fromShare: number;
  readonly overMs: number;
};
/** `untilMs`: wall time; null = until cleared. */
export type Force = OrderFacts & {
  readonly kind: "force";
  readonly verdict: "up" | "down";
  readonly untilMs: number | null;
};
/**
 * The propagator's: a service gets no clients in a cluster while copies there are on their way out. It lapses at `untilMs`
 * (wall time) unless it is asked for again. It never has to do with a drain of an operator for the same service.
 */
export type RemovalOrder = OrderFacts & { readonly kind: "removal"; readonly untilMs: number };
export type Order = Drain | Force | RemovalOrder;

/** A request. `isForced`: apply it even if services are left without any cluster. */
export type OrderRequest =
  | {
      readonly action: "drain";
      readonly target: OrderTarget;
      readonly overMs: number;
      readonly isForced: boolean;
      readonly by: string;
      readonly reason: string | null;
    }
  | { readonly action: "undrain"; readonly target: OrderTarget }
  | {
      readonly action: "force";
      readonly target: OrderTarget;
      /** "none" clears the force. */
      readonly verdict: "up" | "down" | "none";
      /** Null = until cleared. */
      readonly forMs: number | null;
      readonly isForced: boolean;
      readonly by: string;
      readonly reason: string | null;
    };

/** A year. For a longer time use a setting or an annotation. */
export const DURATION_MAX_MS: number = 366 * 86_400_000;
/** The year 2527. Later times are invalid. */
const TIME_MAX_MS = 2 ** 44;
export const SHARE_FULL = 255;
const REASON_MAX = 256;

/** Returns the request, or the first problem. */
export function parseRequest(raw: unknown): { readonly request: OrderRequest } | { readonly wrong: string } {
  const read = readShape(requestShape, raw);
  return "value" in read ? { request: read.value } : { wrong: `an order's ${read.problem}` };
}

/** The valid orders of a file, and the problem of the others. Never throws. */
export function readOrders(
  raw: unknown,
  most: number,
): { readonly orders: Order[]; readonly problem: string | null } {
  const file = readShape(fileShape, raw);
  if ("problem" in file) return { orders: [], problem: "not a file of orders (version 1)" };
  const { orders } = file.value;
  const sound = orders.slice(0, most).flatMap((item) => {
    const read = readShape(orderShape, item);
    return "value" in read ? [read.value] : [];
  });
  const lost = orders.length - sound.length;
  return {
    orders: sound,
    problem: lost === 0 ? null : `${lost} of its orders are invalid and are ignored`,
  };
}

export function writeOrders(orders: readonly Order[]): string {
  return `${JSON.stringify({ version: 1, orders }, null, 1)}\n`;
}

/** For people: "us-west", "demo/hello in us-west", "192.0.2.1 of demo/hello in us-west". */
export function targetText({ cluster, service, address }: OrderTarget): string {
  const within = service === null ? cluster : `${service} in ${cluster}`;
  return address === null ? within : `${address} of ${within}`;
}

/** Equal for equal targets, because no part of a target contains a space. */
export function targetKey({ cluster, service, address }: OrderTarget): string {
  return `${cluster} ${service ?? ""} ${address ?? ""}`;
}

/** A name from an object of Kubernetes. Nothing else is checked, because names are only compared. */
const NAME_RULE = { pattern: /^[\u0021-\u007e]+$/, problem: "has characters that no name can have" };
const SERVICE_RULE = { pattern: /^[^/]+(\/|\.)[^/]+$/, problem: "must be NAMESPACE/NAME, or a host" };
const LINE_RULE = { pattern: /^\P{Cc}*$/u, problem: "has control characters" };

const target: ValueShape<OrderTarget> = object<OrderTarget>({
  cluster: text(1, 253, NAME_RULE),
  service: nullable(text(1, 512, NAME_RULE, SERVICE_RULE)),
  address: nullable(text(1, 45, NAME_RULE)),
});
/** A drain cannot have an address: a single address is removed by forcing it down. */
const drainTarget: ValueShape<OrderTarget> = ruled(
  target,
  ({ address }) => address === null,
  "has an address; that can only be forced",
);
const by: ValueShape<string> = text(0, REASON_MAX, LINE_RULE);
const reason: ValueShape<string | null> = nullable(by);
const timeMs: ValueShape<number> = integer(0, TIME_MAX_MS);
const overMs: ValueShape<number> = integer(0, DURATION_MAX_MS);

const requestShape: ValueShape<OrderRequest> = variants<OrderRequest>("action", {
  drain: object({ action: oneOf("drain"), target: drainTarget, overMs, isForced: boolean, by, reason }),
  undrain: object({ action: oneOf("undrain"), target: drainTarget }),
  force: object({
    action: oneOf("force"),
    target,
    verdict: oneOf("up", "down", "none"),
    forMs: nullable(integer(1, DURATION_MAX_MS)),
    isForced: boolean,
    by,
    reason,
  }),
});

const orderShape: ValueShape<Order> = variants<Order>("kind", {
  drain: object({
    kind: oneOf("drain"),
    target: drainTarget,
    sinceMs: timeMs,
    by,
    reason,
    fromShare: integer(0, SHARE_FULL),
    overMs,
  }),
  force: object({
    kind: oneOf("force"),
    target,
    sinceMs: timeMs,
    by,
    reason,
    verdict: oneOf("up", "down"),
    untilMs: nullable(timeMs),
  }),
  removal: object({
    kind: oneOf("removal"),
    target: ruled(drainTarget, ({ service }) => service !== null, "has no service"),
    sinceMs: timeMs,
    by,
    reason,
    untilMs: timeMs,
  }),
});

const fileShape: ValueShape<{ version: 1; orders: unknown[] }> = object({
  version: oneOf(1),
  orders: list(Number.POSITIVE_INFINITY),
});
