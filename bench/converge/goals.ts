/** The goals of the `converge` bench, computed, and its table. Pure. */
import type { Goal, Table } from "../bench.ts";
import { atMost, below, round } from "../goal.ts";
import { type Spread, spreadOf } from "../load/quantile.ts";

export type Measured = {
  readonly services: number;
  /** From the launch of the program to the last name answered. */
  readonly coldMs: readonly number[];
  /** From the launch of the bare reader to its end. */
  readonly bareMs: readonly number[];
  /** Milliseconds from telling the API server to the first answer with the new address; Infinity = never. */
  readonly idleMs: readonly number[];
  readonly relistMs: readonly number[];
  /** Octets of control at rest, with the fleet, and without any service. */
  readonly controlRss: number | null;
  readonly emptyRss: number | null;
  /** Seconds of the processor that control took until all names were answered. */
  readonly controlCpuSeconds: number | null;
};

const changeBoundMs = 100;
const octetsBound = 25;
const coldBound = 2.5;

/** The round that was disturbed least. */
function least(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.min(...values);
}

export function coldRatio({ coldMs, bareMs }: Measured): number | null {
  const [cold, bare] = [least(coldMs), least(bareMs)];
  return cold === null || bare === null || bare === 0 ? null : cold / bare;
}

/** Thousands of octets of control for each service with its Ingress; what control has without any is in it. */
export function kilobytesEach({ controlRss, services }: Measured): number | null {
  return controlRss === null ? null : controlRss / 1_000 / services;
}

export function convergeGoals(measured: Measured): readonly Goal[] {
  return [
    below("change to answer, idle, p99", spreadOf(measured.idleMs).p99, changeBoundMs, "ms"),
    below(
      "change to answer, while another cluster is read anew, p99",
      spreadOf(measured.relistMs).p99,
      changeBoundMs,
      "ms",
    ),
    below("control's RSS per service with an Ingress", kilobytesEach(measured), octetsBound, "kB"),
    atMost("cold start ÷ bare reading and parsing", coldRatio(measured), coldBound, "x"),
  ];
}

export function convergeTables(measured: Measured): readonly Table[] {
  const row = (name: string, { count, p50, p99, highest }: Spread): readonly string[] => [
    name,
    String(count),
    ...[p50, p99, highest].map((value) => (value === null ? "-" : (round(value) ?? 0).toFixed(1))),
  ];
  const seconds = (ms: number | null): string => (ms === null ? "-" : (ms / 1_000).toFixed(2));
  const megabytes = (octets: number | null): string => (octets === null ? "-" : (octets / 1e6).toFixed(0));
  return [
    {
      title: "From a change of an Ingress to the first answer with its new address",
      columns: ["meanwhile", "times", "p50 ms", "p99 ms", "highest ms"],
      rows: [
        row("nothing", spreadOf(measured.idleMs)),
        row("another cluster is read anew", spreadOf(measured.relistMs)),
      ],
    },
    {
      title: "Cold start and memory",
      columns: ["what", "figure"],
      rows: [
        ["services, each with an Ingress", measured.services.toLocaleString("en")],
        ["launch to all names answered, s", seconds(least(measured.coldMs))],
        ["bare reading and parsing of the same lists, launch to end, s", seconds(least(measured.bareMs))],
        ["CPU of control until then, s", measured.controlCpuSeconds?.toFixed(2) ?? "-"],
        ["RSS of control at rest, MB", megabytes(measured.controlRss)],
        ["the same without any service, MB", megabytes(measured.emptyRss)],
      ],
    },
  ];
}
