/** The goals of the `geo` bench, computed, and its tables. Pure. */
import type { Goal, Table } from "../bench.ts";
import { atMost, below, median, ratioOf } from "../goal.ts";
import type { Resident } from "../memory/resident.ts";
import { roundsOf, type Series } from "../peers/scenario.ts";
import { fednsName, limitName, tableOf } from "../peers/goals.ts";
import type { HostFigures, JoinFigures, Residents, TableFigures } from "./figures.ts";

/** `g` and `h`: a service of nine endpoints, with subnets of IPv4 and of IPv6; `b`: as in `peers`. */
export type GeoId = "g" | "h" | "b";

export const titles: Readonly<Record<GeoId, string>> = {
  g: "federated name, nine endpoints in three clusters, geo, another IPv4 subnet with each query",
  h: "the same, with subnets of IPv6",
  b: "static name, three A records, no EDNS",
};

export type GeoFigures = {
  readonly series: readonly Series<GeoId>[];
  readonly host: HostFigures | null;
  /** After all rounds. */
  readonly atEnd: Residents | null;
  readonly table: TableFigures | null;
};

const mebi = 2 ** 20;
const growthMaxMebi = 32;

/** Whatever lacks a figure has no value and is not met. */
export function geoGoals({ series, host }: GeoFigures): readonly Goal[] {
  const ratio = (other: string, id: GeoId): number | null =>
    ratioOf(roundsOf(series, "g", fednsName), roundsOf(series, id, other));
  return [
    atMost("(g) CPU per query / limit", ratio(limitName, "g"), 1.25, "x"),
    below("(g) CPU per query / Knot's plain A", ratio("Knot", "b"), 1, "x"),
    below("(g) CPU per query / NSD's plain A", ratio("NSD", "b"), 1, "x"),
    below("RSS of control with the table over before", growthOf(host), growthMaxMebi, "MiB"),
  ];
}

function growthOf(host: HostFigures | null): number | null {
  const before = host?.before.control;
  const after = host?.after.control;
  return before && after ? (after.rss - before.rss) / mebi : null;
}

export function geoTables({ series, host, atEnd, table }: GeoFigures): readonly Table[] {
  const answers = (["g", "h", "b"] as const).map((id) => tableOf(series, { id, title: titles[id] }));
  return [
    ...answers,
    ...(host === null ? [] : [clientsTable(host, table), memoryTable(host, atEnd)]),
    ...(table === null ? [] : [joinTable(table.joins)]),
  ];
}

function clientsTable(host: HostFigures, table: TableFigures | null): Table {
  const { leavesV4, leavesV6, octets } = host;
  const row = (
    family: string,
    leaves: number,
    size: number,
    looked: TableFigures["v4"] | undefined,
  ): readonly string[] => [
    family,
    grouped(leaves),
    fixed(size / mebi),
    fixed(looked?.lowest),
    fixed(looked?.median),
  ];
  return {
    title: "The table of clients",
    columns: ["family", "prefixes", "MiB", "ns per look-up, least", "median"],
    rows: [row("IPv4", leavesV4, octets.v4, table?.v4), row("IPv6", leavesV6, octets.v6, table?.v6)],
  };
}

/** What is there to read beside the tables. */
export function clientsNote({ source, records, classes, buildSeconds, builderOctets }: HostFigures): string {
  return (
    `The table is of ${source}: ${grouped(records)} entries, ${grouped(classes)} classes, in the picture after ` +
    `${fixed(buildSeconds)} s; the process that built it had ${fixed(builderOctets / mebi)} MiB and is gone.`
  );
}

function memoryTable({ before, after }: HostFigures, atEnd: Residents | null): Table {
  const row = (process: string, when: string, resident: Resident | null | undefined): readonly string[] => [
    process,
    when,
    ...[resident?.rss, resident?.pss, resident?.own].map((octets) =>
      fixed(octets === undefined ? undefined : octets / mebi),
    ),
  ];
  const rows = (name: "control" | "serve"): readonly (readonly string[])[] => [
    row(name, "without the table", before[name]),
    row(name, "with the table", after[name]),
    row(name, "after all queries", atEnd?.[name]),
  ];
  const columns = ["process", "", "RSS MiB", "PSS MiB", "its own MiB"];
  return { title: "Memory", columns, rows: [...rows("control"), ...rows("serve")] };
}

function joinTable(joins: readonly JoinFigures[]): Table {
  const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);
  return {
    title: "A cluster joins",
    columns: [
      "clusters before",
      "nearness, median ms",
      "highest",
      "heard to committed, median ms",
      "highest",
    ],
    rows: joins.map(({ clusters, nearnessMs, joinMs }) => [
      String(clusters),
      fixed(median(nearnessMs)),
      fixed(most(nearnessMs)),
      fixed(median(joinMs)),
      fixed(most(joinMs)),
    ]),
  };
}

function fixed(value: number | null | undefined): string {
  return value === null || value === undefined ? "-" : value.toFixed(1);
}

function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}
