/** The goals of the `attack` bench, computed, and its tables. Pure. */
import type { Goal, Table } from "../bench.ts";
import { atMost, below } from "../goal.ts";
import { spreadOf } from "../load/quantile.ts";
import type { Asked, Transport } from "./client.ts";
import type { Crowd, Flood } from "./crowd-report.ts";

export type PhaseKind = "calm" | "connections" | "flood" | "limited";

/** One attack, with what the well-behaved client and the serve process did meanwhile. */
export type Phase = {
  readonly name: string;
  readonly kind: PhaseKind;
  readonly asked: Asked;
  /** RSS of serve in octets: the highest value during the attack, and the value at its end. */
  readonly rssMost: number | null;
  readonly rssAfter: number | null;
  /** Octets in the system's buffers of TCP, the most that was seen. */
  readonly buffersMost: number | null;
  readonly crowd: Crowd | null;
  readonly flood: Flood | null;
};

export type Limits = {
  readonly maxConnections: number;
  /** Complete answers per second to one address, and how many seconds' worth it may get at once. */
  readonly responsesPerSecond: number;
  readonly burstSeconds: number;
  readonly workers: number;
};

/**
 * Connections in transition when the count was taken: those of the well-behaved client, and those being opened or
 * closed.
 */
const CONNECTION_SLACK = 50;
const UDP_BOUND_MS = 10;
const TCP_BOUND_MS = 100;

export function lostIn(asked: readonly (number | null)[]): number {
  return asked.filter((tookMs) => tookMs === null).length;
}

/** Milliseconds; null when nothing was answered, or nothing asked. */
export function p99Of({ asked }: Phase, transport: Transport): number | null {
  return spreadOf(asked[transport].filter((tookMs) => tookMs !== null)).p99;
}

/** `rssBefore`: octets, when no attack had been yet. A phase that was not run meets no goal. */
export function attackGoals(
  phases: readonly Phase[],
  rssBefore: number | null,
  limits: Limits,
): readonly Goal[] {
  const of = (...kinds: PhaseKind[]): readonly Phase[] => phases.filter(({ kind }) => kinds.includes(kind));
  const attacks = of("connections", "flood", "limited");
  const lost = attacks.map(({ asked }) => lostIn(asked.udp) + lostIn(asked.tcp));
  const stillOpen = of("connections").map(({ crowd }) => crowd?.openAtEnd ?? null);
  const growth = attacks.map(({ rssMost }) =>
    rssMost === null || rssBefore === null ? null : (rssMost - rssBefore) / 2 ** 20,
  );
  const tcp = of("connections").map((phase) => p99Of(phase, "tcp"));
  const udp = of("flood", "limited").map((phase) => p99Of(phase, "udp"));
  const whole = of("limited").map(({ flood }) => (flood === null ? null : shareOfAllowance(flood, limits)));
  return [
    atMost("queries of the good client without a right answer", sum(lost), 0, "queries"),
    below("TCP p99 of the good client, worst crowd", worst(tcp), TCP_BOUND_MS, "ms"),
    atMost("UDP p99 of the good client, worst flood", worst(udp), UDP_BOUND_MS, "ms"),
    below("RSS of serve over its RSS before, most", worst(growth), 64, "MiB"),
    atMost(
      "connections held by the worst crowd",
      worst(stillOpen),
      limits.maxConnections + CONNECTION_SLACK,
      "connections",
    ),
    atMost("whole answers to the limited flood / allowed", worst(whole), 1.1, "x"),
  ];
}

/** What a reader of unmet goals must know: how much of it was there without any attack. */
export function warningsOf(phases: readonly Phase[]): readonly string[] {
  const bounds = { udp: UDP_BOUND_MS, tcp: TCP_BOUND_MS };
  return phases.flatMap((phase) => {
    if (phase.kind !== "calm") return [];
    return (["udp", "tcp"] as const).flatMap((transport) => {
      const p99 = p99Of(phase, transport);
      if (p99 !== null && p99 < bounds[transport]) return [];
      const what = `${transport.toUpperCase()} p99 was ${millis(p99)} ms without any attack`;
      return [`${what}: this machine is too busy for the goals to say anything of the server.`];
    });
  });
}

/** 1 means exactly as many complete answers as one address may get in that time. */
export function shareOfAllowance({ whole, seconds }: Flood, limits: Limits): number {
  const { responsesPerSecond, burstSeconds, workers } = limits;
  return whole / (workers * responsesPerSecond * (seconds + burstSeconds));
}

/** Null if one figure is missing: a goal that was not measured is not met. */
function worst(values: readonly (number | null)[]): number | null {
  const figures = values.filter((value) => value !== null);
  return figures.length === 0 || figures.length < values.length ? null : Math.max(...figures);
}

function sum(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((total, value) => total + value, 0);
}

export function attackTables(phases: readonly Phase[], rssBefore: number | null): readonly Table[] {
  const client = phases.map((phase) => [
    phase.name,
    ...(["udp", "tcp"] as const).flatMap((transport) => {
      const asked = phase.asked[transport];
      const { p50, p99, highest } = spreadOf(asked.filter((tookMs) => tookMs !== null));
      return [String(asked.length), String(lostIn(asked)), millis(p50), millis(p99), millis(highest)];
    }),
    mebi(phase.rssMost, rssBefore),
    mebi(phase.rssAfter, rssBefore),
    mebi(phase.buffersMost, 0),
  ]);
  const figures = ["asked", "lost", "p50 ms", "p99 ms", "most ms"];
  const columns = [
    "attack",
    ...figures.map((figure) => `UDP ${figure}`),
    ...figures.map((figure) => `TCP ${figure}`),
    "RSS + MiB, most",
    "RSS + MiB, after",
    "TCP buffers MiB, most",
  ];
  return [
    { title: "The good client, and the memory of serve", columns, rows: client },
    {
      title: "Crowds of connections",
      columns: [
        "attack",
        "opened",
        "never connected",
        "closed by serve",
        "held, most",
        "held at the end",
        "out of order",
      ],
      rows: phases.flatMap(({ name, crowd }) => (crowd === null ? [] : [crowdRow(name, crowd)])),
    },
    {
      title: "Floods over UDP",
      columns: ["attack", "sent per s", "replies per s", "whole answers per s", "octets back per octet sent"],
      rows: phases.flatMap(({ name, flood }) => (flood === null ? [] : [floodRow(name, flood)])),
    },
  ];
}

function crowdRow(name: string, crowd: Crowd): readonly string[] {
  const { opened, failed, closedByServer, openMost, openAtEnd, outOfOrder } = crowd;
  return [name, ...[opened, failed, closedByServer, openMost, openAtEnd, outOfOrder].map(String)];
}

function floodRow(name: string, flood: Flood): readonly string[] {
  const perSecond = (count: number): string => (count / flood.seconds).toFixed(0);
  const back = flood.receivedOctets / Math.max(1, flood.sentOctets);
  const counts = [flood.sent, flood.received, flood.whole].map(perSecond);
  return [name, ...counts, back.toFixed(2)];
}

function millis(value: number | null): string {
  return value === null ? "-" : value.toFixed(2);
}

function mebi(octets: number | null, before: number | null): string {
  return octets === null || before === null ? "-" : ((octets - before) / 2 ** 20).toFixed(1);
}
