/** The goals of the `calm` bench, computed, and its tables. Pure. */
import type { Goal, Table } from "../bench.ts";
import { atMost, medianOf, ratioOf, type Rounds, round } from "../goal.ts";
import type { Latency, Transport } from "./generator.ts";

export type Server = "fedns" | "echo";

/** One run of the load generator, with what the control plane did meanwhile. */
export type Sample = {
  readonly server: Server;
  readonly transport: Transport;
  readonly round: number;
  readonly latency: Latency;
  /** Share of one core that the control process used, 0..1 and above. */
  readonly controlShare: number;
  /** Complete lists of 50 MB that were sent to it. */
  readonly lists: number;
};

const transports: readonly Transport[] = ["udp", "tcp"];
const servers: readonly Server[] = ["fedns", "echo"];
const tolerableLoss = 0.001;
/** With less than this of a core at work, nothing was being parsed and the figure would prove nothing. */
const shareMin = 0.2;

/** One figure per round; null where the control plane was idle in that round, or nothing was measured. */
export function roundsOf(
  samples: readonly Sample[],
  server: Server,
  transport: Transport,
  figure: (latency: Latency) => number | null,
): Rounds {
  const mine = samples.filter((one) => one.server === server && one.transport === transport);
  return mine.map(({ latency, controlShare }) => (controlShare < shareMin ? null : figure(latency)));
}

const p99 = (latency: Latency): number | null => latency.p99;

/** Ratios are made round by round, where both were measured within seconds of each other. */
export function calmGoals(samples: readonly Sample[]): readonly Goal[] {
  return transports.map((transport) => {
    const ratio = ratioOf(
      roundsOf(samples, "fedns", transport, p99),
      roundsOf(samples, "echo", transport, p99),
    );
    return atMost(`${transport.toUpperCase()} p99 / echo`, ratio, 1.25, "x");
  });
}

export function calmTable(samples: readonly Sample[]): Table {
  const columns = [
    "server",
    "p50 µs",
    "p99 µs",
    "p99.9 µs",
    "highest µs",
    "p99 ÷ echo",
    "lost",
    "generator late, p99 µs",
    "control, cores",
    "lists",
  ];
  const rows = transports.flatMap((transport) =>
    servers.map((server) => {
      const mine = samples.filter((one) => one.server === server && one.transport === transport);
      const middle = (of: (latency: Latency) => number | null): string =>
        spell(medianOf(roundsOf(samples, server, transport, of)), 0);
      const echo = roundsOf(samples, "echo", transport, p99);
      return [
        `${server}, ${transport.toUpperCase()}`,
        middle((latency) => latency.p50),
        middle(p99),
        middle((latency) => latency.p999),
        middle((latency) => latency.highest),
        spell(ratioOf(roundsOf(samples, server, transport, p99), echo), 2),
        String(mine.reduce((lost, { latency }) => lost + latency.sent - latency.received, 0)),
        middle((latency) => latency.latenessP99),
        spell(medianOf(mine.map(({ controlShare }) => controlShare)), 2),
        String(mine.reduce((sum, { lists }) => sum + lists, 0)),
      ];
    }),
  );
  return { title: "10,000 queries per second while the control plane reads lists of 50 MB", columns, rows };
}

export function warningsOf(samples: readonly Sample[]): readonly string[] {
  const warnings: string[] = [];
  for (const server of servers) {
    for (const transport of transports) {
      const mine = samples.filter((one) => one.server === server && one.transport === transport);
      const idle = mine.filter(({ controlShare }) => controlShare < shareMin).length;
      const worst = Math.max(0, ...mine.map(({ latency }) => 1 - latency.received / latency.sent));
      const where = `${server} over ${transport.toUpperCase()}`;
      if (idle > 0)
        warnings.push(`${where}: the control plane was idle in ${idle} rounds, which do not count.`);
      if (worst > tolerableLoss)
        warnings.push(`${where} lost up to ${(worst * 100).toFixed(1)} % of a round.`);
    }
  }
  return warnings;
}

function spell(value: number | null, digits: number): string {
  const rounded = round(value);
  return rounded === null ? "-" : rounded.toFixed(digits);
}
