/** The status as a page for a terminal: clusters, orders, zones and problems. */
import { placeLines } from "./places-part.ts";
import { propagationLines } from "./propagation-part.ts";
import { targetText } from "../../traffic/orders/order.ts";
import { type ClusterEntry, type OrderEntry, type StatusDocument } from "./status-document.ts";
import { age, ago, cachedText, shareText, timeOf } from "./status-words.ts";

const WIDTH_MIN = 60;
const WIDTH_MAX = 140;
const NUMBERS: ReadonlySet<string> = new Set(["SERVICES", "HOSTS"]);
/** The lines shown of each list; the rest is counted. */
const LINES_MAX = 50;

type TextOptions = {
  readonly width: number;
  /** Null: it was not asked for. */
  readonly drift?:
    | readonly { readonly cluster: string; readonly text: string; readonly cure: string }[]
    | null;
};

/** Lines end with a newline, have no control characters, and are at most `width` wide, except for single long words. */
export function statusText(facts: StatusDocument, { width, drift = null }: TextOptions): string {
  const room = Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, width));
  const blocks = [
    headLines(facts),
    clusterLines(facts, room),
    hostLines(facts),
    propagationLines(facts.propagation),
    orderLines(facts),
    forgottenLines(facts),
    placeLines(facts.rememberedPlaces, (time) => ago(time, facts.now)),
    zoneLines(facts),
    section("Problems", problemsOf(facts)),
    drift === null ? [] : driftLines(drift),
    section(
      "Conflicts",
      (facts.steering?.conflicts ?? []).map(({ service, text }) => `${service}: ${text}`),
    ),
  ];
  const lines = blocks
    .filter((block) => block.length > 0)
    .map((block) => block.flatMap((line) => wrap(line, room)));
  // Text from clusters and operators must not control the terminal.
  const clean = (line: string): string => `${line.replaceAll(/\p{Cc}/gu, "?").trimEnd()}\n`;
  return lines.map((block) => block.map(clean).join("")).join("\n");
}

function headLines(facts: StatusDocument): string[] {
  const state = facts.ready ? "ready" : "NOT READY";
  const lines = [`fedns ${facts.version} is ${state}, up ${age(facts.startedAt, facts.now)}`];
  for (const line of [...(facts.ready ? [] : facts.reasons), ...facts.notes]) lines.push(`  ${line}`);
  const places = facts.listen.map(({ address, port }) => `${address} port ${port}`);
  if (places.length > 0) lines.push(`DNS on ${places.join(", ")}`);
  lines.push(...settingsLines(facts));
  const { picture } = facts;
  if (picture !== null) {
    const written =
      picture.committedAt === null ? "never written" : `written ${ago(picture.committedAt, facts.now)}`;
    const stale = facts.isStale ? "; not all clusters were read" : "";
    lines.push(
      `picture ${picture.serial}, ${written}, ${picture.servicesAndNamespaces} services, hosts and namespaces${stale}`,
    );
  }
  return [...lines, ...probeLines(facts)];
}

function settingsLines({ settings, now }: StatusDocument): string[] {
  if (settings === null) return [];
  const { problems, problemsSince, inForceSince, needRestart } = settings;
  const lines: string[] = [];
  if (problems.length > 0) {
    const since = timeOf(problemsSince, now);
    const inForce = `those of ${timeOf(inForceSince, now)} are in force`;
    lines.push(`settings: the file has an error since ${since}; ${inForce}`);
    lines.push(
      ...problems.slice(0, LINES_MAX).map((line) => `  ${line}`),
      ...more(problems.length, LINES_MAX),
    );
  }
  for (const setting of needRestart)
    lines.push(`settings: ${setting} needs a restart of fedns; the running value stays until then`);
  return lines;
}

function probeLines({ health, now }: StatusDocument): string[] {
  if (health === null || health.targets === 0) return [];
  const { targets, up, down, unknown, guard, guardSinceWallMs } = health;
  const lines = [`probes of ${targets} targets: ${up} up, ${down} down, ${unknown} never seen up`];
  if (guard !== "holding") return lines;
  const since = guardSinceWallMs === null ? "" : ` since ${timeOf(dateOf(guardSinceWallMs), now)}`;
  return [...lines, `  most of the fleet fails at once${since}: no address is removed`];
}

/** Null outside the range of dates. */
function dateOf(ms: number): string | null {
  return Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : null;
}

function clusterLines(facts: StatusDocument, room: number): string[] {
  if (facts.clusters.length === 0) return [];
  const isForgotten = ({ name }: ClusterEntry): boolean =>
    facts.forgotten?.clusters.some(({ cluster }) => cluster === name) === true;
  const rows = facts.clusters.map((cluster) => [
    cluster.name,
    cluster.isSynced ? ago(cluster.lastSeen, facts.now) : isForgotten(cluster) ? "forgotten" : "not yet",
    String(cluster.services),
    String(cluster.hosts),
    placesText(cluster),
    marksOf(cluster.name, facts.orders?.orders ?? [], facts.now),
  ]);
  return table(["CLUSTER", "READ", "SERVICES", "HOSTS", "PLACES", "TRAFFIC"], rows.slice(0, 1000), room);
}

/** The members of the host cluster, and until when they can be reached without it. */
function hostLines({ host, now }: StatusDocument): string[] {
  if (host === null) return [];
  const seen = host.isSeen ? "seen" : "not seen: its members stay as last declared";
  const lines = host.members.slice(0, LINES_MAX).map(({ name, state, kubernetesVersion, token }) => {
    const until =
      token === null || token.expires === null ? [] : [`token until ${timeOf(token.expires, now)}`];
    return `  ${[`${name}: ${state ?? "not probed yet"}`, kubernetesVersion ?? "unknown version", ...until].join(", ")}`;
  });
  return [
    `Host cluster, namespace ${host.namespace}: ${seen}`,
    ...lines,
    ...more(host.members.length, LINES_MAX),
  ];
}

/** "us-west (a, b)" */
function placesText({ places }: ClusterEntry): string {
  const zones = new Map<string, string[]>();
  for (const { region, zone } of places)
    zones.set(region, [...(zones.get(region) ?? []), ...(zone === null ? [] : [zone])]);
  const texts = [...zones].map(([region, names]) =>
    names.length === 0 ? region : `${region} (${names.join(", ")})`,
  );
  return texts.length === 0 ? "unknown" : texts.join(", ");
}

function marksOf(cluster: string, orders: readonly OrderEntry[], now: string): string {
  const mine = orders.filter((order) => order.cluster === cluster);
  const whole = mine.filter(({ service, address }) => service === null && address === null);
  const marks = whole.map((order) => markOf(order, now));
  const others = mine.length - whole.length;
  if (others > 0) marks.push(others === 1 ? "1 order for a part of it" : `${others} orders for parts of it`);
  return marks.join("; ");
}

function markOf(order: OrderEntry, now: string): string {
  if (order.order === "removal") return `no clients since ${timeOf(order.since, now)}, as copies are to go`;
  return order.order === "drain" ? drainMark(order, now) : forceMark(order, now);
}

function drainMark(order: OrderEntry, now: string): string {
  return order.share === 0 ? shareText(order, now) : `draining, ${shareText(order, now)}`;
}

function forceMark({ order, since, until }: OrderEntry, now: string): string {
  const state = order.replace(/^force /, "forced ");
  return until === null ? `${state} since ${timeOf(since, now)}` : `${state} until ${timeOf(until, now)}`;
}

function orderLines({ orders, now }: StatusDocument): string[] {
  if (orders === null) return [];
  const lines = orders.orders.slice(0, LINES_MAX).flatMap((order) => {
    const { by, reason, since } = order;
    const why = reason === null || reason === "" ? "" : `: ${reason}`;
    const what = markOf(order, now);
    const cached = order.held === null || order.share !== 0 ? [] : [`    ${cachedText(order.held, now)}`];
    const doubts =
      cached.length === 0 ? [] : (order.held?.unprovable ?? []).map((doubt) => `    not proved: ${doubt}`);
    return [
      `  ${targetText(order)}: ${what}`,
      `    ordered ${ago(since, now)} by ${by}${why}`,
      ...(order.note === null ? [] : [`    ${order.note}`]),
      ...cached,
      ...doubts,
    ];
  });
  if (lines.length === 0) return [];
  return ["Orders, of this server alone", ...lines, ...more(orders.orders.length, LINES_MAX)];
}

function forgottenLines({ forgotten, now }: StatusDocument): string[] {
  const lines = (forgotten?.clusters ?? []).map(({ cluster, since, by, reason }) => {
    const why = reason === null || reason === "" ? "" : `: ${reason}`;
    return `  ${cluster}: forgotten by ${by} at ${timeOf(since, now)}${why}`;
  });
  if (lines.length === 0) return [];
  return ["Forgotten until they are read", ...lines.slice(0, LINES_MAX), ...more(lines.length, LINES_MAX)];
}

function zoneLines({ zones }: StatusDocument): string[] {
  if (zones === null) return [];
  const served = zones.zones.map(({ zone, records, serial, kept }) => {
    const old = kept === null ? "" : `, as before: ${kept.file}:${kept.line}: ${kept.reason}`;
    return {
      isOdd: kept !== null,
      line: `${zone}  ${records === 1 ? "1 record" : `${records} records`}, serial ${serial}${old}`,
    };
  });
  const notServed = zones.notServed.map(({ zone, file, line, reason }) => ({
    isOdd: true,
    line: `${zone}  its file is not served: ${file}:${line}: ${reason}`,
  }));
  // What is not as its file says comes first: the list may be cut.
  const all = [...notServed, ...served].sort((a, b) => Number(b.isOdd) - Number(a.isOdd));
  return section(
    "Zones from files",
    all.map(({ line }) => line),
  );
}

function problemsOf(facts: StatusDocument): string[] {
  return [
    ...(facts.problem === null ? [] : [facts.problem]),
    ...facts.clusters.flatMap(({ name, troubles }) => troubles.map((trouble) => `${name}: ${trouble}`)),
    ...(facts.health?.problems ?? []).map((problem) => `probe ${problem}`),
    ...(facts.host?.problems ?? []).map(({ object, sentence }) => `${object}: ${sentence}`),
    ...(facts.fleet?.conditions ?? []).map(
      ({ name, source, message }) => `${name} of the ${source}: ${message}`,
    ),
    ...(facts.orders?.problem == null ? [] : [facts.orders.problem]),
    ...(facts.forgotten?.problem == null ? [] : [facts.forgotten.problem]),
    ...(facts.rememberedPlaces?.problem == null ? [] : [facts.rememberedPlaces.problem]),
    ...(facts.zones?.problems ?? []),
    ...(facts.steering?.problems ?? []).map(({ object, message }) => `${object}: ${message}`),
    ...(facts.hosts?.problems ?? []).map(({ host, cluster, object, sentence }) =>
      host === ""
        ? `${object} in ${cluster}: ${sentence}`
        : `${host}, which ${object} in ${cluster} claims: ${sentence}`,
    ),
  ];
}

function driftLines(drift: NonNullable<TextOptions["drift"]>): string[] {
  if (drift.length === 0) return ["No differences between clusters that cause trouble"];
  return section(
    "Differences between clusters",
    drift.map(({ cluster, text, cure }) => `${cluster}: ${text}; ${cure}`),
  );
}

function section(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  return [title, ...items.slice(0, LINES_MAX).map((item) => `  ${item}`), ...more(items.length, LINES_MAX)];
}

function more(count: number, shown: number): string[] {
  return count > shown ? [`  and ${count - shown} more: --json has all`] : [];
}

/** Columns are as wide as needed; the last but one is shortened when the table is too wide. */
function table(head: readonly string[], rows: readonly (readonly string[])[], room: number): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const last = head.length - 1;
  const excess = widths.reduce((sum, width) => sum + width + 2, -2) - room;
  if (excess > 0) widths[last - 1] = Math.max(12, (widths[last - 1] as number) - excess);
  return all.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] as number;
        const text = column < last && cell.length > width ? `${cell.slice(0, width - 3)}...` : cell;
        return column === last
          ? text
          : NUMBERS.has(head[column] ?? "")
            ? text.padStart(width)
            : text.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}

/** Breaks at spaces; continuation lines are indented by two more. */
function wrap(line: string, room: number): string[] {
  if (line.length <= room) return [line];
  const indent = " ".repeat(/^ */.exec(line)![0].length + 2);
  const at = line.lastIndexOf(" ", room);
  if (at < indent.length) return [line];
  return [line.slice(0, at), ...wrap(`${indent}${line.slice(at + 1)}`, room)];
}
