/** The goals of the `failover` bench, computed, and its table. Pure. */
import type { Goal, Table } from "../bench.ts";
import { below, round } from "../goal.ts";
import { type Spread, spreadOf } from "../load/quantile.ts";
import { fall, intervalMs } from "./fleet.ts";
import type { Manner } from "./gateways.ts";

/** What the stage measured: milliseconds to the first answer without the address; null in JSON (Infinity) = never. */
export type Measured = {
  /** From writing an EndpointSlice without ready endpoints into the API server. */
  readonly events: readonly (number | null)[];
  readonly probes: Readonly<Record<Manner, readonly (number | null)[]>>;
};

const eventBoundMs = 250;
/** By probe: `fall` intervals, and the bound of an event. */
export const probeBoundMs: number = intervalMs * fall + eventBoundMs;

export function spreadsOf(measured: Measured | null): Readonly<Record<"event" | Manner, Spread>> {
  const spread = (values: readonly (number | null)[] | undefined): Spread =>
    spreadOf((values ?? []).map((value) => value ?? Infinity));
  return {
    event: spread(measured?.events),
    refuse: spread(measured?.probes.refuse),
    swallow: spread(measured?.probes.swallow),
  };
}

export function failoverGoals(measured: Measured | null): readonly Goal[] {
  const { event, refuse, swallow } = spreadsOf(measured);
  return [
    below("event to answer, p99", event.p99, eventBoundMs, "ms"),
    below("gateway that refuses to answer, p99", refuse.p99, probeBoundMs, "ms"),
    below("gateway that swallows to answer, p99", swallow.p99, probeBoundMs, "ms"),
  ];
}

export function failoverTable(measured: Measured | null): Table {
  const spreads = spreadsOf(measured);
  const row = (name: string, { count, p50, p99, highest }: Spread): readonly string[] => [
    name,
    String(count),
    fine(p50),
    fine(p99),
    fine(highest),
  ];
  return {
    title: "To the first answer without it",
    columns: ["what happens", "times", "p50 ms", "p99 ms", "highest ms"],
    rows: [
      row("the last endpoint of an EndpointSlice is not ready", spreads.event),
      row("a gateway refuses connections", spreads.refuse),
      row("a gateway takes connections and never answers", spreads.swallow),
    ],
  };
}

function fine(value: number | null): string {
  const rounded = round(value);
  return rounded === null ? "-" : rounded.toFixed(1);
}
