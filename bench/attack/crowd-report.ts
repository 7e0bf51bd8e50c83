/** What a crowd of bad TCP clients (crowd.ts) reports at its end. */
import { BenchError } from "../bench-error.ts";

export type CrowdKind = "idle" | "drip" | "half" | "deaf";

export type Crowd = {
  readonly opened: number;
  /** Never connected. */
  readonly failed: number;
  readonly closedByServer: number;
  /** Connections that were open on our side at once. */
  readonly openMost: number;
  readonly openAtEnd: number;
  /** Connections that were closed before one that is at least ORDER_SLACK older. */
  readonly outOfOrder: number;
};

/** Connections opened within a moment of each other are taken, and seen to end, in any order. */
const ORDER_SLACK = 50;

/** `closed`: connections by the number of their opening, in the order in which they were closed. */
export function outOfOrder(closed: readonly number[]): number {
  let count = 0;
  let oldestLeft = Infinity;
  for (const index of closed.toReversed()) {
    if (index > oldestLeft + ORDER_SLACK) count++;
    oldestLeft = Math.min(oldestLeft, index);
  }
  return count;
}

/** Throws BENCH_LOAD_REPORT unless the text is what a crowd prints. */
export function readCrowd(text: string): Crowd {
  const figure = figuresIn(text, "the crowd");
  return {
    opened: figure("opened"),
    failed: figure("failed"),
    closedByServer: figure("closedByServer"),
    openMost: figure("openMost"),
    openAtEnd: figure("openAtEnd"),
    outOfOrder: figure("outOfOrder"),
  };
}

/** What flood.c prints. `whole`: replies that were not truncated. */
export type Flood = {
  readonly sent: number;
  readonly sentOctets: number;
  readonly received: number;
  readonly receivedOctets: number;
  readonly whole: number;
  readonly seconds: number;
};

/** Throws BENCH_LOAD_REPORT unless the text is what flood.c prints. */
export function readFlood(text: string): Flood {
  const figure = figuresIn(text, "the flood");
  return {
    sent: figure("sent"),
    sentOctets: figure("sentOctets"),
    received: figure("received"),
    receivedOctets: figure("receivedOctets"),
    whole: figure("whole"),
    seconds: figure("seconds"),
  };
}

/** Octets in buffers of TCP, by /proc/net/sockstat (proc_net(5)), which counts pages of 4096; null for another text. */
export function readSockstat(text: string): number | null {
  const pages = /^TCP: .*\bmem (\d+)/m.exec(text)?.[1];
  return pages === undefined ? null : Number(pages) * 4096;
}

function figuresIn(text: string, who: string): (name: string) => number {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    raw = null;
  }
  const fields = typeof raw === "object" && raw !== null ? (raw as Readonly<Record<string, unknown>>) : {};
  return (name) => {
    const value = fields[name];
    if (typeof value === "number") return value;
    throw new BenchError("BENCH_LOAD_REPORT", `${who} reported no "${name}"`);
  };
}
