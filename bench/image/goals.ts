/** The goals of the `image` bench, computed, and its tables. Pure. */
import type { Goal, Table } from "../bench.ts";
import { below, round } from "../goal.ts";
import type { Spread } from "../load/quantile.ts";
import type { HostFigures } from "./commands.ts";

export type Size = { readonly services: number; readonly records: number };

/** All measurements of one size; null where there is none. */
export type Sizing = Size & {
  readonly figures: HostFigures | null;
  readonly serviceLookupsPerSecond: number | null;
  readonly recordLookupsPerSecond: number | null;
  /** Milliseconds from a change to its answer on the wire. */
  readonly change: Spread;
  /** Milliseconds from a cluster's joining to its levels being committed. */
  readonly join: Spread;
  readonly compactMs: number | null;
  /** Queries per second that were answered meanwhile. */
  readonly loadPerSecond: number | null;
};

/**
 * A service takes its share of the whole file, with tables, garbage and fixed parts, in the largest picture without
 * records. A record takes the growth of that file when the records are added.
 */
export function octetsPerService(sizings: readonly Sizing[]): number | null {
  const { plain } = largest(sizings);
  return plain?.figures === undefined || plain.figures === null
    ? null
    : plain.figures.fileOctets / plain.services;
}

export function octetsPerRecord(sizings: readonly Sizing[]): number | null {
  const { plain, full } = largest(sizings);
  if (!plain?.figures || !full?.figures || plain.services !== full.services) return null;
  return (full.figures.fileOctets - plain.figures.fileOctets) / full.records;
}

function largest(sizings: readonly Sizing[]): {
  readonly plain: Sizing | undefined;
  readonly full: Sizing | undefined;
} {
  return {
    plain: sizings.findLast(({ records }) => records === 0),
    full: sizings.findLast(({ records }) => records > 0),
  };
}

export function imageGoals(sizings: readonly Sizing[]): readonly Goal[] {
  return [
    below("octets per service", octetsPerService(sizings), 600, "octets"),
    below("octets per record", octetsPerRecord(sizings), 200, "octets"),
    ...sizings.map((sizing) => below(`change p99, ${nameOf(sizing)}`, sizing.change.p99, 5, "ms")),
    ...sizings.map((sizing) => below(`join, median, ${nameOf(sizing)}`, sizing.join.p50, 10, "ms")),
  ];
}

/** "150,000 services and 1,000,000 records". */
export function nameOf({ services, records }: Size): string {
  const text = `${grouped(services)} services`;
  return records === 0 ? text : `${text} and ${grouped(records)} records`;
}

export function imageTables(sizings: readonly Sizing[]): readonly Table[] {
  const columns = ["", ...sizings.map(nameOf)];
  const row = (name: string, of: (sizing: Sizing) => string): readonly string[] => [
    name,
    ...sizings.map((sizing) => of(sizing)),
  ];
  const building = [
    row("zones read, ms", ({ figures }) => whole(figures?.zoneMs)),
    row("federation filled, ms", ({ figures }) => whole(figures?.federationMs)),
    row("published, ms", ({ figures }) => whole(figures?.publishMs)),
    row("live records, MiB", ({ figures }) => mebi(figures?.liveOctets)),
    row("file on disk, MiB", ({ figures }) => mebi(figures?.fileOctets)),
    row("RSS of the builder, MiB", ({ figures }) => mebi(figures?.residentOctets)),
    row("compaction, ms", ({ compactMs }) => whole(compactMs)),
  ];
  const using = [
    row("lookups/s, services", ({ serviceLookupsPerSecond }) => whole(serviceLookupsPerSecond)),
    row("lookups/s, records", ({ recordLookupsPerSecond }) => whole(recordLookupsPerSecond)),
    row("load meanwhile, queries/s", ({ loadPerSecond }) => whole(loadPerSecond)),
    row("changes", ({ change }) => String(change.count)),
    row("change to wire, p50 ms", ({ change }) => fine(change.p50)),
    row("change to wire, p99 ms", ({ change }) => fine(change.p99)),
    row("change to wire, highest ms", ({ change }) => fine(change.highest)),
    row("join, p50 ms", ({ join }) => fine(join.p50)),
    row("join, highest ms", ({ join }) => fine(join.highest)),
  ];
  return [
    { title: "The picture", columns, rows: building },
    { title: "Answers and changes", columns, rows: using },
  ];
}

function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

function whole(value: number | null | undefined): string {
  return value === null || value === undefined ? "-" : grouped(Math.round(value));
}

function mebi(octets: number | undefined): string {
  return octets === undefined ? "-" : (octets / 2 ** 20).toFixed(1);
}

function fine(value: number | null): string {
  const rounded = round(value);
  return rounded === null ? "-" : rounded.toFixed(2);
}
