/** The clients that would move with a plan, as text: for each Service the share of each cluster now and after. */
import { printable } from "../text/printable.ts";

type ShareMove = {
  readonly cluster: string;
  /** 0 to 1; null = it is in every answer. */
  readonly before: number | null;
  readonly after: number | null;
};

export type ServiceMoves = {
  readonly service: { readonly namespace: string; readonly name: string };
  readonly domainName: string | null;
  /** Empty = no share changes, or it is not known. */
  readonly clusters: readonly ShareMove[];
  /** Clusters that get a share when their copies are ready. */
  readonly arriving: readonly string[];
  /** What the server says of the answers after; null = nothing changes, or it is not known. */
  readonly outcome: string | null;
  /** Why the shares are not known; null = they are. */
  readonly problem: string | null;
};

export type ClientMoves = {
  readonly services: readonly ServiceMoves[];
  /** Services that were not asked about, since there are too many. */
  readonly left: number;
  /** Why nothing was asked; null = it was, or there is nothing to ask. */
  readonly problem: string | null;
};

/** The part of all clients that would go to another cluster, 0 to 1; null = that is not known. */
export function movedShare({ clusters, problem }: ServiceMoves): number | null {
  if (problem !== null || clusters.some(({ before, after }) => before === null || after === null))
    return null;
  return clusters.reduce((sum, { before, after }) => sum + Math.max(0, (before ?? 0) - (after ?? 0)), 0);
}

/** Ends with a newline, or is "". */
export function clientMovesText({ services, left }: ClientMoves): string {
  const more = left === 0 ? [] : [`Clients of ${left} more Services are not shown.`];
  const lines = [...services.flatMap(serviceLines), ...more];
  return lines.length === 0 ? "" : printable(`${lines.join("\n")}\n\n`);
}

function serviceLines(moves: ServiceMoves): readonly string[] {
  const { service, domainName, clusters, arriving, problem, outcome } = moves;
  const where = domainName === null ? "" : ` (${domainName})`;
  const head = `Clients of Service ${service.namespace}/${service.name}${where}`;
  const later = arriving.map((cluster) => `  ${cluster}: gets its share when its copy is ready`);
  if (problem !== null) return [`${head}: not known: ${problem}`, ...later];
  const width = Math.max(0, ...clusters.map(({ cluster }) => cluster.length));
  const shares = clusters.map(
    ({ cluster, before, after }) => `  ${cluster.padEnd(width)}  ${percent(before)} → ${percent(after)}`,
  );
  const moved = movedShare(moves);
  const isNobodyLeft = clusters.every(({ after }) => after === 0);
  const sum = isNobodyLeft
    ? `  nobody would answer them: ${outcome ?? "no cluster is left"}`
    : `  ${moved === null ? "how many would move is not known" : `${percent(moved)} of them would move`}`;
  return [head, ...shares, ...(clusters.length === 0 ? [] : [sum]), ...later];
}

function percent(share: number | null): string {
  if (share === null) return "in every answer";
  return share === 0 ? "0 %" : `${(100 * share).toFixed(1)} %`;
}
