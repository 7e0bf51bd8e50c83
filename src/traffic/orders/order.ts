/** What an operator can order, as it comes over the wire, and as it is kept. Hostile until parsed. */
import { z } from "zod";

/** What an order is about: a whole cluster, one service there, or one address of it. */
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
/** `untilMs`: wall time; null = until taken back. */
export type Force = OrderFacts & {
  readonly kind: "force";
  readonly verdict: "up" | "down";
  readonly untilMs: number | null;
};
export type Order = Drain | Force;

/** What is asked for. `isForced`: also when services are left with nothing. */
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
      /** "none" takes back what was forced. */
      readonly verdict: "up" | "down" | "none";
      /** Null = until taken back. */
      readonly forMs: number | null;
      readonly isForced: boolean;
      readonly by: string;
      readonly reason: string | null;
    };

/** A year: what should last longer is a setting or an annotation. */
export const DURATION_MAX_MS: number = 366 * 86_400_000;
/** The year 2527: later ones are no dates of ours. */
const TIME_MAX_MS = 2 ** 44;
export const SHARE_FULL = 255;
const REASON_MAX = 256;

/** Null with what is wrong with the first thing that is. */
export function parseRequest(raw: unknown): { readonly request: OrderRequest } | { readonly wrong: string } {
  const result = requestSchema().safeParse(raw);
  if (result.success) return { request: result.data };
  const [issue] = result.error.issues;
  return { wrong: `an order's ${issue?.path.join(".") ?? ""} ${issue?.message ?? "is not sound"}` };
}

/** The orders of a file, as many as are sound, and what is wrong with others. Never throws. */
export function readOrders(
  raw: unknown,
  most: number,
): { readonly orders: Order[]; readonly problem: string | null } {
  const file = z.object({ version: z.literal(1), orders: z.array(z.unknown()) }).safeParse(raw);
  if (!file.success) return { orders: [], problem: "it is not a file of orders (version 1)" };
  const schema = orderSchema();
  const sound = file.data.orders.slice(0, most).flatMap((item) => schema.safeParse(item).data ?? []);
  const lost = file.data.orders.length - sound.length;
  return {
    orders: sound,
    problem: lost === 0 ? null : `${lost} of its orders are not sound and are not obeyed`,
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

/** The same for the same target; no part of it holds a space. */
export function targetKey({ cluster, service, address }: OrderTarget): string {
  return `${cluster} ${service ?? ""} ${address ?? ""}`;
}

/** A name that is in an object of Kubernetes; what it says is not checked further, for it is only compared. */
function word(most: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(most)
    .regex(/^[\u0021-\u007e]+$/, { error: "has characters that are in no name" });
}

/** One line that people wrote. */
function line(most: number): z.ZodString {
  return z
    .string()
    .max(most)
    .regex(/^\P{Cc}*$/u, { error: "has control characters" });
}

type Parts = ReturnType<typeof partsOf>;

// oxlint-disable-next-line typescript/explicit-function-return-type -- zod's own words for it are longer than it is
function partsOf() {
  const target = z.object({
    cluster: word(253),
    service: word(512)
      .regex(/^[^/]+(\/|\.)[^/]+$/, { error: "must be NAMESPACE/NAME, or a host" })
      .nullable(),
    address: word(45).nullable(),
  });
  return {
    target,
    /** Drains stop at services: who takes one address out of many forces it down. */
    broad: target.refine(({ address }) => address === null, {
      error: "has an address; that can only be forced",
    }),
    by: line(REASON_MAX),
    reason: line(REASON_MAX).nullable(),
    durationMs: z.int().min(0).max(DURATION_MAX_MS),
    timeMs: z.int().min(0).max(TIME_MAX_MS),
  };
}

function requestSchema(): z.ZodType<OrderRequest> {
  const { target, broad, by, reason, durationMs }: Parts = partsOf();
  const isForced = z.boolean();
  return z.discriminatedUnion("action", [
    z.object({ action: z.literal("drain"), target: broad, overMs: durationMs, isForced, by, reason }),
    z.object({ action: z.literal("undrain"), target: broad }),
    z.object({
      action: z.literal("force"),
      target,
      verdict: z.enum(["up", "down", "none"]),
      forMs: durationMs.min(1).nullable(),
      isForced,
      by,
      reason,
    }),
  ]);
}

function orderSchema(): z.ZodType<Order> {
  const { target, broad, by, reason, durationMs, timeMs }: Parts = partsOf();
  return z.discriminatedUnion("kind", [
    z.object({
      kind: z.literal("drain"),
      target: broad,
      sinceMs: timeMs,
      by,
      reason,
      fromShare: z.int().min(0).max(SHARE_FULL),
      overMs: durationMs,
    }),
    z.object({
      kind: z.literal("force"),
      target,
      sinceMs: timeMs,
      by,
      reason,
      verdict: z.enum(["up", "down"]),
      untilMs: timeMs.nullable(),
    }),
  ]);
}
