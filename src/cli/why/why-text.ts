/** An answer to why as text: a table of clusters, a line for each difference, and what could not be asked. */
import { alignedLines } from "../text/aligned.ts";
import { printable } from "../text/printable.ts";
import { shareText } from "../traffic/shares.ts";
import type { ClusterLine } from "./cluster-lines.ts";
import type { Why } from "./why.ts";

const HEAD = ["CLUSTER", "WANTED", "PLACED", "READY", "SHARE"];

/** Ends with a newline. */
export function whyText({ title, clusters, shares, service, workloads, missing, notes }: Why): string {
  const what = [
    shares === null ? null : `${shares.name}: ${shares.outcome}`,
    service === null ? null : `FederatedService ${service}`,
    ...workloads,
  ].filter((one) => one !== null);
  const width = Math.max(0, ...clusters.map(({ cluster }) => cluster.length));
  const reasons = clusters.flatMap(({ cluster, reasons: all }) =>
    all.map(({ text, isProblem }) => `  ${cluster.padEnd(width)}  ${isProblem ? "! " : ""}${text}`),
  );
  const table = clusters.length === 0 ? "" : alignedLines([HEAD, ...clusters.map(cellsOf)]);
  const said = [
    ...reasons,
    ...missing.map((one) => `not known: ${one}`),
    ...notes.map((one) => `note: ${one}`),
  ];
  return `${printable(`${[title, ...what.map((one) => `  ${one}`)].join("\n")}\n`)}${table}${printable(said.map((one) => `${one}\n`).join(""))}`;
}

function cellsOf({ cluster, wanted, placed, ready, traffic }: ClusterLine): readonly string[] {
  return [
    cluster,
    cellOf(wanted),
    cellOf(placed),
    cellOf(ready),
    traffic === null ? "-" : shareText(traffic),
  ];
}

function cellOf(value: number | boolean | null): string {
  if (value === null) return "-";
  return typeof value === "number" ? String(value) : value ? "yes" : "no";
}
